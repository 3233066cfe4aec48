"""Teams' attachments as ours: files that open at Microsoft, cards with those words that are surely words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

import msgspec

from deskbridge.conversations.attachments import Attachment as Shown
from deskbridge.conversations.attachments import AttachmentKind, attachment
from deskbridge.conversations.safe_html import to_text
from deskbridge.teams.html import sanitize
from deskbridge.teams.resources import Attachment

_MOST_DEPTH: Final = 12
_MOST_PARTS: Final = 40
_INSIDE: Final = ("body", "items", "columns", "rows", "cells", "inlines")


def attachments_from_graph(attachments: Sequence[Attachment] | None, chat_url: str | None) -> tuple[Shown, ...]:
    """Everything that comes with the message but quotes (facts.md 6.2)."""
    return tuple(_shown(each, chat_url) for each in attachments or () if not _is_quote(each))


def file_ids_of(attachments: Sequence[Attachment] | None) -> tuple[str, ...]:
    """Microsoft's ids of the files among them."""
    found = (each for each in attachments or () if (each.content_type or "").casefold() == "reference")
    return tuple(sorted((each.id or "").casefold() for each in found))


def _is_quote(each: Attachment) -> bool:
    return (each.content_type or "").casefold() == "messagereference"


def _shown(each: Attachment, chat_url: str | None) -> Shown:
    kind = (each.content_type or "").casefold()
    name = each.name or ""
    if kind == "reference":
        return attachment(AttachmentKind.FILE, name or "File", each.content_url or chat_url)
    if kind == "forwardedmessagereference":
        return attachment(AttachmentKind.CARD, "Forwarded message", chat_url, text=_forwarded(each))
    content = _parsed(each.content)
    # Buttons and fields of a card work in Teams only: what is shown here leads there.
    words = [*islice(_words_of(content), _MOST_PARTS)]
    title = name or (words.pop(0) if words else "")
    return attachment(AttachmentKind.CARD, title, chat_url, text="\n".join(words))


def _parsed(content: str | None) -> Any:
    try:
        return msgspec.json.decode(content or "null")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _forwarded(each: Attachment) -> str:
    found = _parsed(each.content)
    body = found.get("originalMessageContent") if isinstance(found, dict) else None
    return to_text(sanitize(body)) if isinstance(body, str) else ""


def _words_of(card: Any) -> Iterator[str]:
    """Titles and texts of adaptive, hero, thumbnail and connector cards, in the order in which they stand."""
    if not isinstance(card, dict):
        return
    for key in ("title", "subtitle", "summary", "text"):
        value = card.get(key)
        if isinstance(value, str) and value.strip():
            yield to_text(sanitize(value)) if key == "text" else " ".join(value.split())
    yield from _inside(card, 0)


def _inside(part: Any, depth: int) -> Iterator[str]:
    if not isinstance(part, dict) or depth > _MOST_DEPTH:
        return
    kind = str(part.get("type", ""))
    text = part.get("text")
    if depth and kind in {"TextBlock", "TextRun"} and isinstance(text, str) and text.strip():
        yield " ".join(text.split())
    if kind == "FactSet":
        facts = part.get("facts")
        for fact in facts if isinstance(facts, list) else ():
            if isinstance(fact, dict):
                yield f"{fact.get('title', '')}: {fact.get('value', '')}"
    for key in _INSIDE:
        inner = part.get(key)
        for each in inner if isinstance(inner, list) else ():
            yield from _inside(each, depth + 1)
