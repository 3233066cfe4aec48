"""What an operation is: where, who may call it, how it is throttled, and where that is written."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from m365sim.graph.call import Answer, Call

Handler = Callable[[Call], Answer] | Callable[[Call], Awaitable[Answer]]
Evidence = Literal["documented", "observed", "assumed"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the list of what exists."""

    method: str
    paths: tuple[str, ...]
    handler: Handler
    #: Any of these scopes is enough; an empty tuple means that delegated tokens cannot call it.
    delegated: tuple[str, ...]
    #: Any of these app roles; an empty tuple means that app-only tokens cannot call it.
    application: tuple[str, ...]
    source: str
    #: Row of the throttling table (facts.md 8).
    throttle: str = "default"
    #: "teams" operations check the caller's license and word a missing scope as Teams does.
    family: Literal["teams", "directory", "presence", "subscriptions", "batch", "files"] = "teams"
    evidence: Evidence = "documented"
    note: str = ""


USER_READERS = ("User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All",
                "Directory.ReadWrite.All")  # fmt: skip
USER_FULL_READERS = USER_READERS[1:]
CHAT_BASIC = ("Chat.ReadBasic", "Chat.Read", "Chat.ReadWrite")
CHAT_READ = ("Chat.Read", "Chat.ReadWrite")
CHAT_WRITE = ("Chat.ReadWrite",)
CHAT_SEND = ("ChatMessage.Send", "Chat.ReadWrite")
APP_CHAT_BASIC = ("Chat.ReadBasic.All", "Chat.Read.All", "Chat.ReadWrite.All")
APP_CHAT_READ = ("Chat.Read.All", "Chat.ReadWrite.All")

APP_VIOLATION = ("Chat.UpdatePolicyViolation.All",)


def in_chats(rest: str) -> tuple[str, ...]:
    """The three spellings of a path below a chat."""
    return (f"/chats/{{chat}}{rest}", f"/me/chats/{{chat}}{rest}", f"/users/{{user}}/chats/{{chat}}{rest}")


def of_user(rest: str) -> tuple[str, ...]:
    """The two spellings of a path below a user."""
    return (f"/me{rest}", f"/users/{{user}}{rest}")
