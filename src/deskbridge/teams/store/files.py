"""Files of ours on their way into an agent's OneDrive: what is known of each in Microsoft's place, step by step."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, Text, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.conversations import file_store
from deskbridge.conversations.attachments import Attachment, kept_file
from deskbridge.conversations.file_store import FileId
from deskbridge.conversations.model import MessageId
from deskbridge.storage.schema import Moment, metadata
from deskbridge.teams.ids import LinkId

files = Table(
    "teams_files",
    metadata,
    Column("link_id", String(36), ForeignKey("teams_chats.id"), primary_key=True),
    Column("file_id", String(36), primary_key=True),
    Column("message_id", String(36), nullable=False, index=True),
    # What it is to be called there, and how many names were taken before. Written down before anything is sent, with
    # a moment before which no file of ours can have that name: who finds one that is younger has found it.
    Column("name", String(255), nullable=False),
    Column("number", Integer, nullable=False),
    Column("since", Moment, nullable=False),
    # Each is known once its step is done.
    Column("item_id", String(200)),
    Column("etag_id", String(36)),
    Column("address", Text),
    Column("is_shared", Boolean, nullable=False),
    # Microsoft asked to wait until then.
    Column("not_before", Moment),
)


@dataclass(frozen=True, slots=True)
class FileThere:
    """One file of ours, as far as it has come."""

    link_id: LinkId
    file_id: FileId
    message_id: MessageId
    name: str
    number: int
    since: datetime
    item_id: str | None = None
    etag_id: str | None = None
    address: str | None = None
    is_shared: bool = False
    not_before: datetime | None = None

    @property
    def id(self) -> tuple[str, str]:
        """By which it is known while it goes."""
        return self.link_id, self.file_id


async def of_message(connection: AsyncConnection, link_id: LinkId, message_id: MessageId) -> dict[FileId, FileThere]:
    """Those that have set out, by their ids here."""
    query = select(files).where(files.c.message_id == message_id, files.c.link_id == link_id)
    return {row.file_id: FileThere(**row._mapping) for row in await connection.execute(query)}  # noqa: SLF001  # SQLAlchemy's public name for a row as a mapping.


async def as_kept(
    connection: AsyncConnection, link_id: LinkId, message_id: MessageId, attachments: Sequence[Attachment]
) -> tuple[Attachment, ...]:
    """With those of them that were sent from here as they are kept here."""
    there = await of_message(connection, link_id, message_id)
    kept = await file_store.of_message(connection, message_id)
    ours = {_bare(each.address): kept[each.file_id] for each in there.values() if each.address and each.file_id in kept}
    found = ((each, ours.get(_bare(each.address or ""))) for each in attachments)
    return tuple(kept_file(file.id, file.name, file.size) if file else each for each, file in found)


def _bare(address: str) -> str:
    """Microsoft may spell an address in several ways."""
    return unquote(address).casefold()


async def insert(connection: AsyncConnection, new: FileThere) -> None:
    """It sets out."""
    await connection.execute(files.insert().values(asdict(new)))


async def update_columns(connection: AsyncConnection, there: FileThere, **columns: Any) -> None:
    """It has come further."""
    this = (files.c.link_id == there.link_id, files.c.file_id == there.file_id)
    await connection.execute(update(files).where(*this).values(**columns))


async def share_anew(connection: AsyncConnection, message_id: MessageId) -> None:
    """Trying again begins with sharing them again, which shows whether they are still there."""
    await connection.execute(update(files).where(files.c.message_id == message_id).values(is_shared=False))


async def forget(connection: AsyncConnection, message_ids: Collection[MessageId]) -> None:
    """The messages are no longer kept here; in OneDrive the files stay."""
    await connection.execute(delete(files).where(files.c.message_id.in_(message_ids)))
