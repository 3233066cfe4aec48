"""Inserting very many rows: handed to the driver as they are, which takes a third of the time of compiled statements.

Only for tables whose columns the driver takes as they are: no Moment among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection


async def insert_rows(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """All of these, each with the same columns; nothing when there are none."""
    if not rows:
        return
    names = list(rows[0])
    numbered = connection.dialect.name != "sqlite"
    marks = ", ".join(f"${place}" if numbered else "?" for place in range(1, len(names) + 1))
    columns = ", ".join(table.c[name].name for name in names)
    statement = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608  # Our own names; the values go beside it.
    values = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
    await connection.exec_driver_sql(statement, [values(row) for row in rows])
