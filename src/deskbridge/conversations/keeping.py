"""Keeping what somebody is about to send with a message: stored before it is acknowledged, under an id of their own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import User, View
from deskbridge.conversations import file_names, file_store, store
from deskbridge.conversations.attachments import MOST_NAME
from deskbridge.conversations.errors import EmptyFile, NotAnImage, TooManyUnsent
from deskbridge.conversations.file_store import FileId, KeptFile
from deskbridge.conversations.image_kinds import TO_SEND, kind_of
from deskbridge.conversations.model import ConversationId
from deskbridge.errors import Conflict, NotFound
from deskbridge.storage.database import Transaction

MOST_PICTURE: Final = 4 * 1024 * 1024
"""Bytes of one picture, and of all pictures of one message: what Graph takes (facts.md 6.2)."""
UNKNOWN: Final = "application/octet-stream"
"""Of every file that is no picture: what somebody says of it is not believed."""
MOST_UNSENT: Final = 100 * 1024 * 1024
"""Bytes that one User may have here without sending them."""
KEEP_UNSENT_FOR: Final = timedelta(days=7)
"""As long as a draft may wait for its writer."""

_TAKEN: Final = "Something else was given under this id. Choose another one."


class Picture(View):
    """A picture that is kept here; `address` is where its sender sees it, also before it is sent."""

    id: FileId
    name: str
    content_type: str
    size: int
    address: str


class GivenFile(View):
    """A file of any kind that is kept here until its message comes."""

    id: FileId
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody gives to be kept: under which id, for which conversation, called what."""

    id: FileId
    conversation_id: ConversationId
    name: str
    content: bytes


async def keep_picture(tx: Transaction, user: User, given: Given, now: datetime) -> Picture:
    """Keep it until its message comes; the same id and bytes again are the same picture."""
    await _require_participant(tx, user, given)
    kind = kind_of(given.content)
    if kind is None or kind not in TO_SEND:
        raise NotAnImage
    name = " ".join(given.name.replace("\x00", "").split())[:MOST_NAME] or "Picture"
    return picture_of(await _keep(tx, user, given, (name, kind), now))


async def keep_file(tx: Transaction, user: User, given: Given, now: datetime) -> GivenFile:
    """Keep any file until its message comes; the same id and bytes again are the same file."""
    await _require_participant(tx, user, given)
    if not given.content:
        raise EmptyFile
    kind = kind_of(given.content)
    what = (file_names.clean(given.name), kind if kind is not None and kind in TO_SEND else UNKNOWN)
    file = await _keep(tx, user, given, what, now)
    return GivenFile(id=file.id, name=file.name, size=file.size)


async def _require_participant(tx: Transaction, user: User, given: Given) -> None:
    if not await store.is_participant(tx.connection, given.conversation_id, user.id):
        raise NotFound("There is no such conversation of yours.")


async def _keep(tx: Transaction, user: User, given: Given, what: tuple[str, str], now: datetime) -> KeptFile:
    digest = hashlib.sha256(given.content).hexdigest()
    # Whoever gives two things at once gives them one after the other.
    await accounts_store.lock_user(tx.connection, user.id)
    known = await file_store.find(tx.connection, given.id)
    if known is not None:
        if (known.user_id, known.conversation_id, known.digest) != (user.id, given.conversation_id, digest):
            raise Conflict(_TAKEN)
        return known
    if await file_store.unsent_size(tx.connection, user.id) + len(given.content) > MOST_UNSENT:
        raise TooManyUnsent
    name, kind = what
    file = KeptFile(
        given.id, given.conversation_id, user.id, None, name, kind, len(given.content), digest, created_at=now
    )
    if not await file_store.insert(tx.connection, file, given.content):
        raise Conflict(_TAKEN)
    return file


def picture_of(file: KeptFile) -> Picture:
    """As its sender sees it."""
    address = f"/api/v1/conversations/{file.conversation_id}/images/{file.id}"
    return Picture(id=file.id, name=file.name, content_type=file.content_type, size=file.size, address=address)
