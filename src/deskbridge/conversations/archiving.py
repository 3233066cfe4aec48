"""A whole conversation as one who exports it wants it: JSON, a page to print, or both in a ZIP with all files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final
from urllib.parse import quote
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from deskbridge.conversations import exporting, file_store, record_files
from deskbridge.conversations.attachments import Attachment
from deskbridge.conversations.exporting import Format
from deskbridge.conversations.file_store import KeptFile
from deskbridge.conversations.model import MessageId, place_of
from deskbridge.conversations.record import RecordConversation, RecordMessage
from deskbridge.storage.database import Database

AT_ONCE: Final = 8 * file_store.PART
"""Bytes that are in memory of a file that somebody fetches."""

MISSING: Final = "missing files.txt"
"""Where an archive says which files it lacks; there is none where it has all."""


async def write(
    db: Database, conversation: RecordConversation, format_: Format, now: datetime, *, has_versions: bool
) -> AsyncIterator[bytes]:
    """The pieces in order, however much it is. A ZIP that broke off has no directory: no program takes it as whole."""
    if format_ is Format.ZIP:
        async for piece in _archive(db, conversation, now, has_versions=has_versions):
            yield piece
        return
    is_json = format_ is Format.JSON
    async for text in exporting.write(db, conversation, now, is_json=is_json, has_versions=has_versions):
        yield text.encode()


async def pieces_of(db: Database, file: KeptFile) -> AsyncIterator[bytes]:
    """The bytes of a file in order; fewer than its size where it is no longer kept."""
    for begin in range(0, file.size, AT_ONCE):
        async with db.read() as connection:
            piece = await file_store.some_of(connection, file.id, begin, AT_ONCE)
        if not piece:
            return
        yield piece


class _Sink:
    """Where a ZIP is written that nobody can go back in."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def flush(self) -> None:
        """Nothing is ever behind."""

    def close(self) -> None:
        """Whoever reads ends it."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        taken, self._written = bytes(self._written), bytearray()
        return taken


class _Files:
    """Where the files of messages are in the archive, and which those are."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[MessageId, str]] = {}

    def arrange(self, each: RecordMessage) -> RecordMessage:
        """The message with its files where they will be."""
        message, former = each.message, each.versions
        return RecordMessage(
            message=message.model_copy(update={"attachments": self._moved(each, message.attachments)}),
            versions=[one.model_copy(update={"attachments": self._moved(each, one.attachments)}) for one in former],
        )

    def _moved(self, each: RecordMessage, attachments: list[Attachment]) -> list[Attachment]:
        place = f"{place_of(each.message.conversation_id, each.message.id)}/files/"
        return [self._put(one, each.message.id, place) for one in attachments]

    def _put(self, each: Attachment, message_id: MessageId, place: str) -> Attachment:
        if each.address is None or not each.address.startswith(place):
            return each
        file_id = each.address.removeprefix(place)
        # A folder for each, as many are called the same.
        self.found[file_id] = (message_id, f"files/{file_id}/{each.name}")
        return each.model_copy(update={"address": f"files/{file_id}/{quote(each.name, safe='')}"})


async def _archive(
    db: Database, conversation: RecordConversation, now: datetime, *, has_versions: bool
) -> AsyncIterator[bytes]:
    sink, files = _Sink(), _Files()
    missing: list[str] = []
    with ZipFile(sink, "w") as archive:
        for format_ in (Format.HTML, Format.JSON):
            pieces = exporting.write(
                db,
                conversation,
                now,
                is_json=format_ is Format.JSON,
                has_versions=has_versions,
                arrange=files.arrange,
            )
            with archive.open(_entry(f"conversation.{format_.value}", now), "w", force_zip64=True) as entry:
                async for text in pieces:
                    entry.write(text.encode())
                    yield sink.taken()
        for file_id, (message_id, address) in files.found.items():
            async with db.read() as connection:
                file = await record_files.find_file(connection, conversation.id, message_id, file_id)
            if file is None:
                missing.append(address)
                continue
            with archive.open(_entry(address, file.created_at, ZIP_STORED), "w", force_zip64=True) as entry:
                left = file.size
                async for piece in pieces_of(db, file):
                    left -= entry.write(piece)
                    yield sink.taken()
            if left:
                missing.append(address)
        if missing:
            # Deleted while this was written, as retention does.
            words = "These files are no longer kept, or not whole:\n" + "".join(f"{each}\n" for each in missing)
            archive.writestr(_entry(MISSING, now), words)
    yield sink.taken()


def _entry(name: str, made_at: datetime, compression: int = ZIP_DEFLATED) -> ZipInfo:
    """Only its owner can read what is unpacked. Files stay as they are: to deflate them would hold everybody up."""
    entry = ZipInfo(name, made_at.timetuple()[:6])
    entry.compress_type = compression
    entry.external_attr = 0o600 << 16
    return entry
