"""What a subscription can watch (facts.md 7.1 and 7.2)."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from msgspec import structs

from m365sim.graph.operations import CHAT_BASIC, CHAT_READ
from m365sim.graph.router import split_path
from m365sim.world.watching import Resource

USER_MESSAGES = "user-messages"
CHAT_MESSAGES = "chat-messages"
USER_CHATS = "user-chats"
CHAT = "chat"
CHAT_MEMBERS = "chat-members"
ALL_MESSAGES = "all-messages"
ALL_CHATS = "all-chats"
ALL_MEMBERS = "all-members"
PRESENCE = "presence"
USERS = "users"
USER = "user"

MESSAGE_TYPE = "#Microsoft.Graph.chatMessage"
CHAT_TYPE = "#Microsoft.Graph.chat"
MEMBER_TYPE = "#Microsoft.Graph.conversationMember"
PRESENCE_TYPE = "#microsoft.graph.presence"
USER_TYPE = "#Microsoft.Graph.User"

MAX_PRESENCE_TARGETS = 650


@dataclass(frozen=True, slots=True)
class Kind:
    """The rules of one kind of resource; an empty permission tuple closes it to that kind of token."""

    delegated: tuple[str, ...]
    application: tuple[str, ...]
    changes: frozenset[str]
    minutes: int
    teams: bool = True
    per_user: bool = False
    rich: bool = True


_ALL = frozenset({"created", "updated", "deleted"})
_TEAMS = 4320
_APP_READ = ("Chat.Read.All", "Chat.ReadWrite.All")
_APP_BASIC = ("Chat.ReadBasic.All", *_APP_READ)

KINDS: dict[str, Kind] = {
    USER_MESSAGES: Kind(CHAT_READ, _APP_READ, _ALL, _TEAMS, per_user=True),
    CHAT_MESSAGES: Kind(CHAT_READ, _APP_READ, _ALL, _TEAMS),
    USER_CHATS: Kind(CHAT_BASIC, _APP_BASIC, frozenset({"created", "updated"}), _TEAMS, per_user=True),
    CHAT: Kind(CHAT_BASIC, _APP_BASIC, frozenset({"updated"}), _TEAMS),
    CHAT_MEMBERS: Kind(
        ("ChatMember.Read", "ChatMember.ReadWrite", *CHAT_BASIC),
        ("ChatMember.Read.All", *_APP_BASIC),
        frozenset({"created", "updated", "deleted"}),
        _TEAMS,
    ),
    ALL_MESSAGES: Kind((), _APP_READ, _ALL, _TEAMS),
    ALL_CHATS: Kind((), _APP_BASIC, frozenset({"created", "updated"}), _TEAMS),
    ALL_MEMBERS: Kind((), ("ChatMember.Read.All", *_APP_BASIC), _ALL, _TEAMS),
    PRESENCE: Kind(("Presence.Read.All",), (), frozenset({"updated"}), 60, teams=False),
    USERS: Kind(("User.Read.All",), ("User.Read.All",), _ALL, 41_760, teams=False, rich=False),
    USER: Kind(("User.Read.All",), ("User.Read.All",), _ALL, 41_760, teams=False, rich=False),
}

#: Kinds whose messages can be narrowed down.
MESSAGE_KINDS = (USER_MESSAGES, CHAT_MESSAGES, ALL_MESSAGES)
_MENTIONS = re.compile(r"mentions/any\(\s*(?:\w+)\s*:\s*\w+/mentioned/user/id\s+eq\s+'([^']+)'\s*\)", re.IGNORECASE)
_IN_LIST = re.compile(r"id\s+in\s*\(([^)]*)\)", re.IGNORECASE)


#: Path segments, the kind, and which segment says whose ("*" stands for any).
_PATHS: tuple[tuple[tuple[str, ...], str, int | None], ...] = (
    (("users", "*", "chats", "getallmessages"), USER_MESSAGES, 1),
    (("users", "*", "chats"), USER_CHATS, 1),
    (("chats", "getallmessages"), ALL_MESSAGES, None),
    (("chats", "getallmembers"), ALL_MEMBERS, None),
    (("chats",), ALL_CHATS, None),
    (("chats", "*", "messages"), CHAT_MESSAGES, 1),
    (("chats", "*", "members"), CHAT_MEMBERS, 1),
    (("chats", "*"), CHAT, 1),
    (("communications", "presences", "*"), PRESENCE, 2),
    (("users",), USERS, None),
    (("users", "*"), USER, 1),
)


def parse_resource(text: str, my_id: str | None) -> Resource | None:
    """The resource of a subscription request; None when nothing of that name can be watched."""
    path, _, options = text.partition("?")
    segments = split_path(path)
    if segments and segments[0].lower() == "me" and my_id:
        segments = ["users", my_id, *segments[1:]]
    lowered = [segment.lower() for segment in segments]
    if lowered == ["communications", "presences"]:
        return _several_presences(options)
    for pattern, kind, place in _PATHS:
        if len(pattern) == len(lowered) and all(
            wanted in ("*", given) for wanted, given in zip(pattern, lowered, strict=True)
        ):
            return _resource(kind, segments[place] if place is not None else "", options)
    return None


def _resource(kind: str, target: str, options: str) -> Resource | None:
    # A leading $ was printed by the page that called it preview.
    own_view = "notifyonuserspecificproperties=true" in options.lower()
    if kind in (PRESENCE, USER):
        return Resource(kind, target.lower(), (target.lower(),))
    if kind in MESSAGE_KINDS:
        return _some_messages(Resource(kind, target), options)
    return Resource(kind, target, own_viewpoint=own_view and kind in (USER_CHATS, CHAT))


def _some_messages(every: Resource, options: str) -> Resource | None:
    """$search for words, $filter for mentions of somebody; None for what is not understood."""
    asked = {name: value.strip() for name, value in parse_qsl(options)}
    if asked.keys() & {"$orderby", "$expand", "$top"}:
        return None
    mentioned = _MENTIONS.fullmatch(asked.get("$filter", ""))
    if "$filter" in asked and mentioned is None:
        return None
    search = asked.get("$search", "").strip('"').lower()
    return structs.replace(every, search=search, mentions=mentioned[1].lower() if mentioned else "")


def _several_presences(options: str) -> Resource | None:
    match = _IN_LIST.search(unquote(options.replace("+", " ")))
    if match is None:
        return None
    ids = tuple(part.strip().strip("'").lower() for part in match[1].split(",") if part.strip())
    return Resource(PRESENCE, ",".join(sorted(ids)), ids)
