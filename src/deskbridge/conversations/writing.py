"""What may be written in a message, and how it is kept: as plain text, or as HTML of which the list lets through."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple
from urllib.parse import quote

from deskbridge.conversations.errors import PictureMissing
from deskbridge.conversations.model import MOST_BYTES, MessageId, html_from_text
from deskbridge.conversations.safe_html import clean, to_text, with_persons
from deskbridge.directory.model import PersonId
from deskbridge.errors import EmptyMessage, MessageTooLarge


class Written(NamedTuple):
    """What somebody wrote, under an id of their own, perhaps as an answer to a message.

    With `html` that is what they wrote; without it, `text` is, and nothing in it is markup.
    """

    client_id: str
    text: str
    reply_to: MessageId | None = None
    html: str | None = None
    files: tuple[str, ...] = ()
    """The ids of files that were given before, in their order."""


class Known(NamedTuple):
    """What the HTML of somebody in a conversation may speak of."""

    persons: Collection[PersonId] = ()
    images: Mapping[str, str] = {}
    """By the id in the address at which they are shown: the address that is kept."""


def text_and_html(text: str, html: str | None = None, known: Known | None = None) -> tuple[str, str]:
    """What somebody wrote as text and as safe HTML; raises EmptyMessage and MessageTooLarge."""
    words, shown = _plain(text) if html is None else _rich(html, known or Known())
    if len(shown.encode()) > MOST_BYTES:
        raise MessageTooLarge
    return words, shown


def _plain(text: str) -> tuple[str, str]:
    # PostgreSQL stores no NUL, and nobody means one.
    bare = text.replace("\0", "").strip("\n")
    if not bare.strip():
        raise EmptyMessage
    return bare, html_from_text(bare)


_SHOWN_AT: Final = re.compile(r'(<img\b[^<>]*?\ssrc=")/api/v1/conversations/[^"<>]*/images/([A-Za-z0-9_.~%-]+)"')
_GIVEN_AT: Final = re.compile(r'<img\b[^<>]*?\ssrc="/api/v1/conversations/[^"<>/]*/images/([A-Za-z0-9_.~%-]+)"')
_IMAGE: Final = re.compile(r'<img\b[^<>]*?\ssrc="([^"<>]*)"[^<>]*>|<img\b[^<>]*>')
_EDGES: Final = re.compile(r"^(?:<p>(?:\s|<br>)*</p>\s*)+|(?:\s*<p>(?:\s|<br>)*</p>)+$")


def pictures_in(html: str) -> set[str]:
    """The ids of the pictures that were given for a message, and that it shows."""
    return set(_GIVEN_AT.findall(html)) if "<img" in html else set()


def _rich(html: str, known: Known) -> tuple[str, str]:
    """Nobody is named who takes no part, and no picture is shown that is not the message's own."""
    if not pictures_in(html) <= known.images.keys():
        raise PictureMissing
    addressed = _SHOWN_AT.sub(lambda found: f'{found[1]}{known.images.get(found[2], "")}"', html)
    allowed = set(known.images.values())
    cleaned = clean(addressed.replace("\x00", ""))
    pictured = _IMAGE.sub(lambda found: found[0] if found[1] in allowed else "", cleaned)
    shown = _EDGES.sub("", with_persons(pictured, {each: each for each in known.persons}))
    words = to_text(shown)
    if not words:
        raise EmptyMessage
    return words, shown


def image_address(scheme: str, image_id: str) -> str:
    """As a message keeps it."""
    return f"{scheme}:{quote(image_id, safe='')}"
