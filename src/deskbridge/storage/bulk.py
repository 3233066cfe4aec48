"""Inserting very many rows: handed to the driver as they are, which takes a third of the time of compiled statements.

Only for tables whose columns the driver takes as they are: no Moment among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.storage.shared import AtOnce


async def insert_rows(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """All of these, each with the same columns; nothing when there are none."""
    if not rows:
        return
    names = tuple(rows[0])
    values = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
    await insert_values(connection, table, names, [values(row) for row in rows])


async def insert_values(
    connection: AsyncConnection, table: Table, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """The same, of the values of these columns."""
    if not rows:
        return
    statement = _insert(table, names, connection.dialect.name != "sqlite")
    if isinstance(connection, AtOnce):
        connection.run_each(statement, rows)
    else:
        await connection.exec_driver_sql(statement, rows)


@cache
def _insert(table: Table, names: tuple[str, ...], is_numbered: bool) -> str:
    marks = ", ".join(f"${place}" if is_numbered else "?" for place in range(1, len(names) + 1))
    columns = ", ".join(table.c[name].name for name in names)
    return f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608  # Our own names; the values go beside it.
