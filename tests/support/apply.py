"""What the browser does with one event (web/src/realtime/apply-event.ts), told again in Python: pure."""

from __future__ import annotations

from typing import Any

World = dict[str, Any]
"""A snapshot, and under `messages` those of each conversation that has been opened."""


def apply(world: World, event: dict[str, Any]) -> World:
    """The world after the event."""
    match event["type"]:
        case "message_changed":
            return _with_message(world, event["message"])
        case "conversation_changed":
            return _with_conversation(world, event["conversation"])
        case "messages_deleted":
            return _without(world, event["conversation_id"], set(event["message_ids"]))
        case "me_changed":
            return world | {"me": event["me"]}
        case "connection_changed":
            return world | {"connection": event["connection"]}
        case "account_changed":
            return world | {"account": event["account"]}
    raise AssertionError(event["type"])


def _without(world: World, conversation_id: str, gone: set[str]) -> World:
    held = world["messages"].get(conversation_id)
    if held is None:
        return world
    return world | {
        "messages": world["messages"] | {conversation_id: [each for each in held if each["id"] not in gone]}
    }


def _with_conversation(world: World, conversation: World) -> World:
    held = {each["id"]: each for each in world["conversations"]}
    if conversation["id"] in held and held[conversation["id"]]["revision"] >= conversation["revision"]:
        return world
    held[conversation["id"]] = conversation
    return world | {"conversations": list(held.values())}


def _with_message(world: World, message: World) -> World:
    messages = dict(world["messages"])
    if message["conversation_id"] in messages:
        held = {each["id"]: each for each in messages[message["conversation_id"]]}
        if message["id"] not in held or held[message["id"]]["revision"] < message["revision"]:
            held[message["id"]] = message
        messages[message["conversation_id"]] = sorted(held.values(), key=lambda each: each["position"])
    conversations = [
        each | {"last_message": message}
        if (last := each["last_message"]) and last["id"] == message["id"] and last["revision"] < message["revision"]
        else each
        for each in world["conversations"]
    ]
    return world | {"messages": messages, "conversations": conversations}
