"""What the reports of imports say of whom; part of the tables and SQL of imports, by size."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.directory.import_store import imports
from deskbridge.directory.imports import EntryKind, ImportEntry
from deskbridge.storage.schema import metadata

import_entries = Table(
    "import_entries",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("import_id", String(36), ForeignKey("imports.id"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("line", Integer),
    Column("name", String(320), nullable=False),
    Column("address", String(320)),
    Column("reason", String(30)),
    Column("words", Text, nullable=False),
    Index("ix_import_entries_of", "import_id", "id"),
)


async def insert_entries(connection: AsyncConnection, import_id: str, entries: Sequence[ImportEntry]) -> None:
    """What the report says of these."""
    rows = [
        {
            "import_id": import_id,
            "kind": each.kind.value,
            "line": each.line,
            "name": each.name[:320],
            "address": each.address[:320] if each.address else None,
            "reason": each.reason,
            "words": each.words,
        }
        for each in entries
    ]
    if rows:
        await connection.execute(import_entries.insert(), rows)


async def list_entries(
    connection: AsyncConnection, import_id: str, after: int, limit: int
) -> tuple[list[ImportEntry], int]:
    """A page of the report, and after which to ask for the next one; 0 at the end."""
    query = select(import_entries).where(import_entries.c.import_id == import_id, import_entries.c.id > after)
    rows = (await connection.execute(query.order_by(import_entries.c.id).limit(limit))).all()
    found = [
        ImportEntry.model_validate({name: getattr(row, name) for name in ImportEntry.model_fields}) for row in rows
    ]
    return found, rows[-1].id if len(rows) == limit else 0


async def forget_skipped(connection: AsyncConnection, import_id: str) -> None:
    """Whom that import has left out is read again, and said then."""
    theirs = import_entries.c.import_id == import_id
    await connection.execute(delete(import_entries).where(theirs, import_entries.c.kind == EntryKind.SKIPPED.value))


async def forget_entries(connection: AsyncConnection, before: datetime, at_most: int) -> bool:
    """Forget so many entries of all imports that ended before; whether there may be more."""
    old = select(imports.c.id).where(imports.c.finished_at < before)
    theirs = select(import_entries.c.id).where(import_entries.c.import_id.in_(old)).limit(at_most)
    gone = await connection.execute(delete(import_entries).where(import_entries.c.id.in_(theirs)))
    return gone.rowcount == at_most
