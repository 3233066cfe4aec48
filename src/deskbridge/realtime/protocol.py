"""Everything that is said over the WebSocket, as closed unions; web/src/realtime/protocol.ts is generated from it.

A browser fetches the snapshot (`GET /api/v1/workspace`), says `hello` with its version, and applies each `event`
whose version it gets. A version is `epoch.number`; after a gap the server answers `resync`: fetch the snapshot again.
Frames of the server that wait together come together, as an array.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from deskbridge.accounts.events import AccountChanged, MeChanged
from deskbridge.accounts.model import UserId, View
from deskbridge.conversations.events import ConversationChanged, MessageChanged, MessagesDeleted
from deskbridge.conversations.model import MOST_FILES, ConversationId, MessageId
from deskbridge.directory.model import PersonId
from deskbridge.errors import Unprocessable
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


def _storable(text: str) -> str:
    # PostgreSQL takes no NUL, and nobody means one: what is left is the id of nothing.
    return text.replace("\0", "")


_Storable: Final = AfterValidator(_storable)
_CLIENT_ID: Final = "[0-9a-fA-F-]{36}"


class Hello(View):
    """First frame: the version of the snapshot that the browser holds."""

    type: Literal["hello"] = "hello"
    version: str


class Watch(View):
    """The people on screen now, instead of those said before; at most 500."""

    type: Literal["watch"] = "watch"
    person_ids: Annotated[list[Annotated[PersonId, _Storable]], Field(max_length=500)]


class Ping(View):
    """Every 20 seconds: is anyone there, and am I up to date at this version?"""

    type: Literal["ping"] = "ping"
    version: str


class Send(View):
    """Send a message, as `POST …/messages` does: answered with `sent` or `refused`; the same id is the same message."""

    type: Literal["send"] = "send"
    conversation_id: Annotated[ConversationId, _Storable]
    client_id: Annotated[str, Field(pattern=f"^{_CLIENT_ID}$")]
    text: Annotated[str, Field(max_length=100_000)]
    html: Annotated[str, Field(max_length=200_000)] | None = None
    reply_to: Annotated[MessageId, _Storable] | None = None
    files: Annotated[list[Annotated[str, _Storable]], Field(max_length=MOST_FILES)] = Field(default_factory=list)


class Typing(View):
    """I am writing in that conversation: said while one writes, every few seconds."""

    type: Literal["typing"] = "typing"
    conversation_id: Annotated[ConversationId, _Storable]


ClientFrame = Annotated[Hello | Watch | Ping | Send | Typing, Field(discriminator="type")]

client_frame: TypeAdapter[Hello | Watch | Ping | Send | Typing] = TypeAdapter(ClientFrame)
server_frame: TypeAdapter[
    Happened | Welcome | Resync | PresenceChanged | DirectoryChanged | Sent | Refused | TypingNow | Pong
] = TypeAdapter(ServerFrame)
feed_event: TypeAdapter[
    MessageChanged | ConversationChanged | MessagesDeleted | MeChanged | ConnectionChanged | AccountChanged
] = TypeAdapter(FeedEvent)


def refusal_of(said: str, error: ValidationError) -> Refused | None:
    """The answer to what was to be sent and is not as it has to be; None: nobody waits for one under an id."""
    try:
        frame = json.loads(said)
    except (ValueError, RecursionError):
        return None
    client_id = frame.get("client_id") if isinstance(frame, dict) and frame.get("type") == "send" else None
    if not isinstance(client_id, str) or not re.fullmatch(_CLIENT_ID, client_id):
        return None
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(each) for each in first["loc"][1:])
    words = f"{place}: {first['msg']}."
    if first["type"] == "json_invalid":
        # All that Python's reader takes and ours does not are lone surrogates and numbers that are none.
        words = "It holds half a character, or a number that is none. Write it again."
    return Refused(client_id=client_id, code=Unprocessable.code, message=words[:300])
