"""What both sides must agree about: a message as it is here, and as it is in Teams, told in the same words."""

from __future__ import annotations

from typing import Any

Told = tuple[str, bool, bool, list[str]]


def told_here(message: Any) -> Told:
    """A message of the Conversation."""
    gone = message["deleted_at"] is not None
    reactions = [] if gone else sorted(each["reaction"] for each in message["reactions"] for _ in each["by"])
    return ("" if gone else " ".join(message["text"].split()), gone, message["edited_at"] is not None, reactions)


def told_there(message: Any) -> Told:
    """The same of a message of the chat."""
    gone = bool(message["is_deleted"])
    reactions = [] if gone else sorted(each["reactionType"] for each in message["reactions"])
    return (
        "" if gone else " ".join(message["text"].split()),
        gone,
        message["lastEditedDateTime"] is not None,
        reactions,
    )


def quoted_here(message: Any) -> str | None:
    """What it answers, as that is now; None for nothing."""
    is_shown = message["quote"] is not None and message["deleted_at"] is None
    return " ".join(message["quote"]["text"].split()) if is_shown else None


def quoted_there(message: Any, there: list[Any]) -> str | None:
    """The same of a message of the chat, all of whose messages these are."""
    if message["is_deleted"]:
        return None
    ids = [each["id"] for each in message["attachments"] or () if each["contentType"] == "messageReference"]
    return next((told_there(each)[0] for each in there if each["id"] in ids), None)
