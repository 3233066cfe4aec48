"""What can happen in the tenant, as a closed list; delivery and the Teams-like page listen."""

from dataclasses import dataclass
from typing import Literal

from m365sim.world.records import User
from m365sim.world.talk import Chat, Message

type_of_change = Literal["created", "updated", "deleted"]


@dataclass(frozen=True, slots=True)
class MessageChanged:
    """A message was sent, edited, deleted, brought back or reacted to."""

    chat: Chat
    message: Message
    change: type_of_change
    repeats: int = 1


@dataclass(frozen=True, slots=True)
class ChatChanged:
    """A chat was created, or its topic or roster changed."""

    chat: Chat
    change: type_of_change


@dataclass(frozen=True, slots=True)
class MembershipChanged:
    """Somebody joined or left a chat."""

    chat: Chat
    user_id: str
    change: type_of_change


@dataclass(frozen=True, slots=True)
class ViewpointChanged:
    """A member read, hid or showed a chat."""

    chat: Chat
    user_id: str


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    """What others see of somebody's presence changed."""

    user_id: str


@dataclass(frozen=True, slots=True)
class UserChanged:
    """A directory entry was created, changed or deleted."""

    user: User
    change: type_of_change


@dataclass(frozen=True, slots=True)
class AccessWithdrawn:
    """What somebody had allowed an app is gone: sign-ins revoked, consent taken back, the account closed."""

    user_id: str | None = None
    client_id: str | None = None


Change = (
    MessageChanged
    | ChatChanged
    | MembershipChanged
    | ViewpointChanged
    | PresenceChanged
    | UserChanged
    | AccessWithdrawn
)
