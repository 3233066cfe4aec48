"""Everything that is said over the WebSocket, as closed unions; web/src/realtime/protocol.ts is generated from it.

A browser fetches the snapshot (`GET /api/v1/workspace`), says `hello` with its version, and applies each `event`
whose version it gets. A version is `epoch.number`; after a gap the server answers `resync`: fetch the snapshot again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from deskbridge.accounts.events import AccountChanged, MeChanged
from deskbridge.accounts.model import View
from deskbridge.conversations.events import ConversationChanged, MessageChanged
from deskbridge.directory.model import PersonId
from deskbridge.presence.model import IdentityPresence
from deskbridge.teams.model import Connection

# ── what the server says ────────────────────────────────────────────────────────────────────────────


class ConnectionChanged(View):
    """The Teams connection is different."""

    type: Literal["connection_changed"] = "connection_changed"
    connection: Connection


FeedEvent = Annotated[
    MessageChanged | ConversationChanged | MeChanged | ConnectionChanged | AccountChanged,
    Field(discriminator="type"),
]


class Happened(View):
    """One event of the user's feed, and the version that a snapshot has after it."""

    type: Literal["event"] = "event"
    version: str
    event: FeedEvent


class Welcome(View):
    """Everything missed has been sent; `version` is where the feed is now."""

    type: Literal["welcome"] = "welcome"
    version: str
    server_time: datetime


class Resync(View):
    """What was missed cannot be told as events: fetch the snapshot again, then say hello again."""

    type: Literal["resync"] = "resync"


class PresenceChanged(View):
    """Presence of watched people: all of them after `watch`, later only what changed."""

    type: Literal["presence"] = "presence"
    presences: list[IdentityPresence]


class DirectoryChanged(View):
    """Entries of the Contacts directory changed: lists on screen are to be fetched again."""

    type: Literal["directory_changed"] = "directory_changed"


class Pong(View):
    """The answer to a ping: the connection lives."""

    type: Literal["pong"] = "pong"


ServerFrame = Annotated[
    Happened | Welcome | Resync | PresenceChanged | DirectoryChanged | Pong, Field(discriminator="type")
]

# ── what the browser says ───────────────────────────────────────────────────────────────────────────


class Hello(View):
    """First frame: the version of the snapshot that the browser holds."""

    type: Literal["hello"] = "hello"
    version: str


class Watch(View):
    """The people on screen now, instead of those said before; at most 500."""

    type: Literal["watch"] = "watch"
    person_ids: Annotated[list[PersonId], Field(max_length=500)]


class Ping(View):
    """Every 20 seconds: is anyone there, and am I up to date at this version?"""

    type: Literal["ping"] = "ping"
    version: str


ClientFrame = Annotated[Hello | Watch | Ping, Field(discriminator="type")]

client_frame: TypeAdapter[Hello | Watch | Ping] = TypeAdapter(ClientFrame)
server_frame: TypeAdapter[Happened | Welcome | Resync | PresenceChanged | DirectoryChanged | Pong] = TypeAdapter(
    ServerFrame
)
feed_event: TypeAdapter[MessageChanged | ConversationChanged | MeChanged | ConnectionChanged | AccountChanged] = (
    TypeAdapter(FeedEvent)
)
