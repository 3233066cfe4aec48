"""$filter over chats (facts.md 5)."""

import operator
from collections.abc import Callable
from typing import Any

from m365sim.clock import graph_time, parse_time
from m365sim.graph.call import Json
from m365sim.graph.errors import bad_request
from m365sim.graph.odata import Comparison
from m365sim.graph.render import chat_json
from m365sim.world.records import User
from m365sim.world.talk import Chat
from m365sim.world.world import World

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def matches(world: World, chat: Chat, viewer: User, alternatives: list[list[Comparison]]) -> bool:
    """Whether a chat fits one of the alternatives."""
    values = chat_json(world, chat, viewer.id)
    values["lastMessagePreview"] = {"createdDateTime": graph_time(chat.last_message_ms)}
    return any(all(_holds(values, part) for part in parts) for parts in alternatives)


def _holds(values: Json, part: Comparison) -> bool:
    left = _comparable(part.left, _text(_value(values, part.left)))
    right = _comparable(part.left, part.right)
    if part.operator == "startswith":
        return str(left).startswith(str(right))
    if part.operator not in _COMPARE:
        raise bad_request(f"The operator '{part.operator}' is not supported.")
    return _COMPARE[part.operator](left, right)


def _value(values: Json, path: str) -> object:
    value: object = values
    for name in path.split("/"):
        if not isinstance(value, dict) or name not in value:
            raise bad_request(f"Could not find a property named '{path}' on type 'chat'.")
        value = value[name]
    return value


def _text(value: object) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _comparable(path: str, text: str) -> object:
    if not path.endswith("DateTime"):
        return text
    try:
        return parse_time(text)
    except ValueError as trouble:
        raise bad_request(f"'{text}' is not a date and time.") from trouble
