"""All that a database holds, and a row in every table of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Boolean, Column, Integer, LargeBinary, select
from sqlalchemy.ext.asyncio import AsyncConnection

import deskbridge.tables
from deskbridge.clock import system_clock
from deskbridge.storage.database import Database
from deskbridge.storage.schema import Moment, metadata, new_id

_ = deskbridge.tables
Rows = dict[str, list[tuple[Any, ...]]]
OF_PROCESSES = {"message_search", "message_search_due", "presence_connected", "presence_processes", "teams_leases"}
"""Tables of what processes say of themselves, and of what they do in the background."""


async def everything(db: Database) -> Rows:
    """All rows of all tables."""
    async with db.read() as connection:
        return await seen_by(connection)


async def seen_by(connection: AsyncConnection) -> Rows:
    """All rows as that connection sees them, whose transaction may not have ended."""
    return {
        table.name: sorted((_plain(row) for row in await connection.execute(select(table))), key=repr)
        for table in metadata.sorted_tables
    }


def _plain(row: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(str(each) if isinstance(each, dict | list) else each for each in row)


async def fill(db: Database, known: Mapping[str, str], mark: str) -> None:
    """A row in every table that has none; `known` are values of columns, `mark` is in every text."""
    rows = await everything(db)
    async with db.transaction() as tx:
        for table in metadata.sorted_tables:
            if not rows[table.name]:
                row = {each.name: await _value(tx.connection, each, known, mark) for each in table.columns}
                await tx.connection.execute(table.insert().values(row))


async def _value(connection: Any, column: Column[Any], known: Mapping[str, str], mark: str) -> Any:
    for key in column.foreign_keys:
        return await connection.scalar(select(key.column))
    if column.name in known:
        return known[column.name]
    # Beyond those that the database gives itself.
    number = 1_000_000 if column.primary_key else 1
    for kind, value in ((Moment, system_clock()), (Boolean, False), (Integer, number), (LargeBinary, mark.encode())):
        if isinstance(column.type, kind):
            return value
    fits = (getattr(column.type, "length", None) or 36) >= 36
    return new_id() if column.primary_key and fits else mark
