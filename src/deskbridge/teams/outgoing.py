"""From our words to Microsoft's: the body of a message as Graph takes it (facts.md 6.2). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deskbridge.teams.ids import GraphMessageId
from deskbridge.teams.resources import Attachment


def body_for(html: str, quotes: Sequence[Attachment] = ()) -> dict[str, Any]:
    """A chatMessage that says it, with the quotes that it had before."""
    marks = "".join(f'<attachment id="{each.id}"></attachment>' for each in quotes)
    said: dict[str, Any] = {"body": {"contentType": "html", "content": marks + html}}
    if quotes:
        said["attachments"] = [
            {"id": each.id, "contentType": each.content_type, "content": each.content} for each in quotes
        ]
    return said


def answer_to(quoted: GraphMessageId, html: str) -> dict[str, Any]:
    """What replyWithQuote takes."""
    return {"messageIds": [quoted], "replyMessage": body_for(html)}


def quotes_of(attachments: Sequence[Attachment] | None) -> list[Attachment]:
    """Those attachments of a message that are quotes."""
    return [each for each in attachments or [] if (each.content_type or "").casefold() == "messagereference"]
