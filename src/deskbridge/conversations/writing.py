"""What may be written in a message, and how it is kept: pure."""

from __future__ import annotations

from typing import NamedTuple

from deskbridge.conversations.model import MOST_BYTES, MessageId, html_from_text
from deskbridge.errors import EmptyMessage, MessageTooLarge


class Written(NamedTuple):
    """What somebody wrote, under an id of their own, perhaps as an answer to a message."""

    client_id: str
    text: str
    reply_to: MessageId | None = None


def text_and_html(written: str) -> tuple[str, str]:
    """What somebody wrote as text and as safe HTML; raises EmptyMessage and MessageTooLarge."""
    text = written.strip("\n")
    if not text.strip():
        raise EmptyMessage
    html = html_from_text(text)
    if len(html.encode()) > MOST_BYTES:
        raise MessageTooLarge
    return text, html
