"""From our words to Microsoft's: the body of a message as Graph takes it (facts.md 6.2). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deskbridge.teams.ids import GraphMessageId
from deskbridge.teams.resources import Attachment


def body_for(html: str, kept: Sequence[Attachment] = ()) -> dict[str, Any]:
    """A chatMessage that says it, with the quotes, files and cards that it had before."""
    before = "".join(_mark(each) for each in kept if _is_quote(each))
    after = "".join(_mark(each) for each in kept if not _is_quote(each))
    said: dict[str, Any] = {"body": {"contentType": "html", "content": before + html + after}}
    if kept:
        said["attachments"] = [_again(each) for each in kept]
    return said


def _mark(each: Attachment) -> str:
    return f'<attachment id="{each.id}"></attachment>'


def _again(each: Attachment) -> dict[str, Any]:
    said = {"id": each.id, "contentType": each.content_type, "content": each.content}
    more = {"contentUrl": each.content_url, "name": each.name}
    return said | {key: value for key, value in more.items() if value is not None}


def answer_to(quoted: GraphMessageId, html: str) -> dict[str, Any]:
    """What replyWithQuote takes."""
    return {"messageIds": [quoted], "replyMessage": body_for(html)}


def _is_quote(each: Attachment) -> bool:
    return (each.content_type or "").casefold() == "messagereference"
