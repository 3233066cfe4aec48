"""The SQL of what people send with their messages. The bytes are in parts, so that no row is large."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, NewType

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import UserId
from deskbridge.conversations.file_tables import files, parts
from deskbridge.conversations.model import ConversationId, MessageId

FileId = NewType("FileId", str)

PART: Final = 128 * 1024
"""Bytes in one row."""
TOGETHER: Final = 200
"""Files that are forgotten at once."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that somebody sends, or is about to; `name_there` is what the other platform calls it, once it has it."""

    id: FileId
    conversation_id: ConversationId
    user_id: UserId
    message_id: MessageId | None
    name: str
    content_type: str
    size: int
    digest: str
    created_at: datetime
    name_there: str | None = None


def _kept(row: Row[Any]) -> KeptFile:
    return KeptFile(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for a row as a mapping.


async def find(connection: AsyncConnection, file_id: str) -> KeptFile | None:
    """What is kept under that id, whoever's it is."""
    row = (await connection.execute(select(files).where(files.c.id == file_id))).first()
    return _kept(row) if row else None


async def find_to_send(connection: AsyncConnection, ids: Collection[str]) -> list[KeptFile]:
    """Those of them that went with no message yet; nobody forgets them before this transaction ends."""
    if not ids:
        return []
    query = select(files).where(files.c.id.in_(ids), files.c.message_id.is_(None)).order_by(files.c.id)
    return [_kept(row) for row in await connection.execute(query.with_for_update())]


async def insert(connection: AsyncConnection, file: KeptFile, content: bytes) -> bool:
    """Keep it; False where somebody else has kept something under that id meanwhile."""
    add = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    statement = add(files).values(asdict(file)).on_conflict_do_nothing(index_elements=[files.c.id])
    if await connection.scalar(statement.returning(files.c.id)) is None:
        return False
    some = [
        {"file_id": file.id, "number": number, "content": content[at : at + PART]}
        for number, at in enumerate(range(0, len(content), PART))
    ]
    if some:
        await connection.execute(parts.insert(), some)
    return True


async def content_of(connection: AsyncConnection, file_id: str) -> bytes:
    """All of its bytes."""
    query = select(parts.c.content).where(parts.c.file_id == file_id).order_by(parts.c.number)
    return b"".join((await connection.scalars(query)).all())


async def some_of(connection: AsyncConnection, file_id: str, begin: int, length: int) -> bytes:
    """Its bytes from one on; the places of parts are whole."""
    numbers = parts.c.number.between(begin // PART, (begin + length - 1) // PART)
    query = select(parts.c.content).where(parts.c.file_id == file_id, numbers).order_by(parts.c.number)
    return b"".join((await connection.scalars(query)).all())[begin % PART :][:length]


async def of_message(connection: AsyncConnection, message_id: MessageId) -> dict[str, KeptFile]:
    """Everything that went with a message, by id."""
    rows = await connection.execute(select(files).where(files.c.message_id == message_id))
    return {row.id: _kept(row) for row in rows}


async def forget(connection: AsyncConnection, user_id: UserId, file_id: str) -> None:
    """That User does not want to send it any more; what went with a message stays."""
    mine = (files.c.id == file_id, files.c.user_id == user_id, files.c.message_id.is_(None))
    found = await connection.scalar(select(files.c.id).where(*mine).with_for_update())
    if found is not None:
        await connection.execute(delete(parts).where(parts.c.file_id == found))
        await connection.execute(delete(files).where(files.c.id == found))


async def go_with(connection: AsyncConnection, message_id: MessageId, ids: Collection[str]) -> None:
    """These went with that message."""
    await connection.execute(update(files).where(files.c.id.in_(ids)).values(message_id=message_id))


async def set_name_there(connection: AsyncConnection, file_id: str, name: str) -> None:
    """The other platform has it, and calls it that."""
    await connection.execute(update(files).where(files.c.id == file_id).values(name_there=name))


async def names_there(connection: AsyncConnection, message_id: MessageId) -> dict[str, str]:
    """What the other platform calls the files of a message, by their ids here."""
    query = select(files.c.id, files.c.name_there).where(
        files.c.message_id == message_id, files.c.name_there.is_not(None)
    )
    return {row.id: row.name_there for row in await connection.execute(query)}


async def size_of(connection: AsyncConnection, ids: Collection[str]) -> int:
    """Bytes of those of them that are kept here."""
    query = select(func.coalesce(func.sum(files.c.size), 0)).where(files.c.id.in_(ids))
    return int(await connection.scalar(query) or 0)


async def unsent_size(connection: AsyncConnection, user_id: UserId) -> int:
    """Bytes of that User's that went with no message yet."""
    query = select(func.coalesce(func.sum(files.c.size), 0))
    return int(await connection.scalar(query.where(files.c.user_id == user_id, files.c.message_id.is_(None))) or 0)


async def forget_unsent(connection: AsyncConnection, before: datetime) -> bool:
    """Erase what was given before that moment and never sent; whether there may be more."""
    query = select(files.c.id).where(files.c.message_id.is_(None), files.c.created_at < before)
    ids = (await connection.scalars(query.limit(TOGETHER).with_for_update(skip_locked=True))).all()
    await connection.execute(delete(parts).where(parts.c.file_id.in_(ids)))
    await connection.execute(delete(files).where(files.c.id.in_(ids)))
    return len(ids) == TOGETHER
