"""Everything that is said over the WebSocket, as closed unions; web/src/realtime/protocol.ts is generated from it.

A browser fetches the snapshot (`GET /api/v1/workspace`), says `hello` with its version, and applies each `event`
whose version it gets. A version is `epoch.number`; after a gap the server answers `resync`: fetch the snapshot again.
Frames of the server that wait together come together, as an array.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from deskbridge.accounts.events import AccountChanged, MeChanged
from deskbridge.accounts.model import UserId, View
from deskbridge.conversations.events import ConversationChanged, MessageChanged, MessagesDeleted
from deskbridge.conversations.model import MOST_FILES, ConversationId, MessageId
from deskbridge.directory.model import PersonId
from deskbridge.presence.model import IdentityPresence
from deskbridge.teams.model import Connection

# ── what the server says ────────────────────────────────────────────────────────────────────────────


class ConnectionChanged(View):
    """The Teams connection is different."""

    type: Literal["connection_changed"] = "connection_changed"
    connection: Connection


FeedEvent = Annotated[
    MessageChanged | ConversationChanged | MessagesDeleted | MeChanged | ConnectionChanged | AccountChanged,
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


class Sent(View):
    """What was sent is on disk; the message itself comes as an event."""

    type: Literal["sent"] = "sent"
    client_id: str
    message_id: MessageId


class Refused(View):
    """What was sent is not stored, and why: as the REST API answers."""

    type: Literal["refused"] = "refused"
    client_id: str
    code: str
    message: str


class TypingNow(View):
    """Somebody is writing in a conversation; unless it is said again, they have stopped after so many seconds."""

    type: Literal["typing"] = "typing"
    conversation_id: ConversationId
    user_id: UserId
    display_name: str
    seconds: int


class Pong(View):
    """The answer to a ping: the connection lives."""

    type: Literal["pong"] = "pong"


ServerFrame = Annotated[
    Happened | Welcome | Resync | PresenceChanged | DirectoryChanged | Sent | Refused | TypingNow | Pong,
    Field(discriminator="type"),
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


class Send(View):
    """Send a message, as `POST …/messages` does: answered with `sent` or `refused`; the same id is the same message."""

    type: Literal["send"] = "send"
    conversation_id: ConversationId
    client_id: Annotated[str, Field(pattern=r"^[0-9a-fA-F-]{36}$")]
    text: Annotated[str, Field(max_length=100_000)]
    html: Annotated[str, Field(max_length=200_000)] | None = None
    reply_to: MessageId | None = None
    files: Annotated[list[str], Field(max_length=MOST_FILES)] = Field(default_factory=list)


class Typing(View):
    """I am writing in that conversation: said while one writes, every few seconds."""

    type: Literal["typing"] = "typing"
    conversation_id: ConversationId


ClientFrame = Annotated[Hello | Watch | Ping | Send | Typing, Field(discriminator="type")]

client_frame: TypeAdapter[Hello | Watch | Ping | Send | Typing] = TypeAdapter(ClientFrame)
server_frame: TypeAdapter[
    Happened | Welcome | Resync | PresenceChanged | DirectoryChanged | Sent | Refused | TypingNow | Pong
] = TypeAdapter(ServerFrame)
feed_event: TypeAdapter[
    MessageChanged | ConversationChanged | MessagesDeleted | MeChanged | ConnectionChanged | AccountChanged
] = TypeAdapter(FeedEvent)
