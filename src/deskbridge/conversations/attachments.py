"""What comes with a message's words: files and cards, as everybody sees them and as they are kept. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from deskbridge.accounts.model import View

MOST_NAME: Final = 255
MOST_CARD: Final = 4_000
"""Characters of a card's words that are kept."""

KEPT_FILE: Final = "kept:"
"""Before the id of a file that is kept here, in place of an address."""

_ADDRESS: Final = re.compile(r"https?://[^\s\x00-\x1f]{1,4000}", re.IGNORECASE)


class AttachmentKind(StrEnum):
    """A `file` is opened where it is kept; a `card` is something that only its own platform shows whole."""

    FILE = "file"
    CARD = "card"


class Attachment(View):
    """A file or a card. `address` is where it opens; `size` is in bytes; both may not be known.

    `text` has the words of a card, as far as they are words.
    """

    kind: AttachmentKind
    name: str
    address: str | None
    size: int | None
    text: str


def attachment(
    kind: AttachmentKind, name: str, address: str | None = None, *, size: int | None = None, text: str = ""
) -> Attachment:
    """One, made safe: an address that is not of the web is none, and nothing is longer than it can be shown."""
    bare = " ".join(name.replace("\x00", "").split())[:MOST_NAME]
    words = text.replace("\x00", "").strip()[:MOST_CARD]
    kept = address if address and (_ADDRESS.fullmatch(address) or address.startswith(KEPT_FILE)) else None
    return Attachment(kind=kind, name=bare, address=kept, size=size, text=words)


def encode(attachments: Sequence[Attachment]) -> str | None:
    """As the record keeps them; None for none."""
    if not attachments:
        return None
    return json.dumps([each.model_dump(mode="json") for each in attachments])


def decode(kept: str | None) -> list[Attachment]:
    """From the record."""
    return [Attachment(**each) for each in json.loads(kept)] if kept else []


def kept_file(file_id: str, name: str, size: int) -> Attachment:
    """A file that is kept here."""
    return attachment(AttachmentKind.FILE, name, f"{KEPT_FILE}{file_id}", size=size)


def kept_ids(attachments: Iterable[Attachment]) -> list[str]:
    """Those of the files that are kept here, in their order."""
    addresses = [each.address or "" for each in attachments]
    return [each.removeprefix(KEPT_FILE) for each in addresses if each.startswith(KEPT_FILE)]


def with_addresses(attachments: list[Attachment], place: str) -> list[Attachment]:
    """With the addresses at which files that are kept here are given to who may see the message at that place."""
    return [
        each.model_copy(update={"address": f"{place}/files/{each.address.removeprefix(KEPT_FILE)}"})
        if each.address and each.address.startswith(KEPT_FILE)
        else each
        for each in attachments
    ]


def in_words(attachments: Iterable[Attachment]) -> str:
    """What one would read aloud, a line for each."""
    return "\n".join(_words(each) for each in attachments)


def with_words(text: str, attachments: Iterable[Attachment]) -> str:
    """The whole message as one would read it aloud."""
    return "\n".join(part for part in (text, in_words(attachments)) if part)


def _words(each: Attachment) -> str:
    if each.kind is AttachmentKind.FILE:
        return f"File: {each.name or 'without a name'}"
    return f"Card: {each.name}" if each.name else "A card"
