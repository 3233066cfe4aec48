"""Inserting and changing very many rows: handed to the driver as they are, a third of the time of compiled statements.

SQLite's driver is given the rows. Of many rows PostgreSQL is given each column as an array, in one statement: its
driver would have it run a statement for each row, which takes the server longer than the rows do.

Only for tables whose columns the driver takes as they are: no Moment among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Column, Dialect, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.storage.shared import AtOnce

_POSTGRESQL: Final[Dialect] = postgresql.dialect()  # type: ignore[no-untyped-call]  # It has no types.


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
    if rows:
        await _each(connection, _insert(table, names, connection.dialect.name != "sqlite"), rows)


async def insert_many(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """As `insert_rows`, for what is mostly a hundred rows or more."""
    if rows and connection.dialect.name != "sqlite":
        names = tuple(rows[0])
        await connection.exec_driver_sql(_insert_columns(table, names), _columns(names, rows))
    else:
        await insert_rows(connection, table, rows)


async def update_rows(connection: AsyncConnection, table: Table, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Change these, each by its `key` and with the same columns; nothing when there are none."""
    if not rows:
        return
    names = tuple(name for name in rows[0] if name != key)
    if connection.dialect.name != "sqlite":
        statement = _update_columns(table, key, names)
        await connection.exec_driver_sql(statement, _columns((key, *names), rows))
        return
    changed = ", ".join(f"{name} = ?" for name in names)
    statement = f"UPDATE {table.name} SET {changed} WHERE {key} = ?"  # noqa: S608  # Our own names; the values go beside it.
    await _each(connection, statement, list(map(itemgetter(*names, key), rows)))


async def _each(connection: AsyncConnection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if isinstance(connection, AtOnce):
        connection.run_each(statement, rows)
    else:
        await connection.exec_driver_sql(statement, rows)


def _columns(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> tuple[list[Any], ...]:
    return tuple([row[name] for row in rows] for name in names)


@cache
def _insert(table: Table, names: tuple[str, ...], is_numbered: bool) -> str:
    marks = ", ".join(f"${place}" if is_numbered else "?" for place in range(1, len(names) + 1))
    columns = ", ".join(table.c[name].name for name in names)
    return f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608  # Our own names; the values go beside it.


@cache
def _insert_columns(table: Table, names: tuple[str, ...]) -> str:
    columns = ", ".join(table.c[name].name for name in names)
    return f"INSERT INTO {table.name} ({columns}) SELECT * FROM {_unnested(table, names)}"  # noqa: S608  # Our own names.


@cache
def _update_columns(table: Table, key: str, names: tuple[str, ...]) -> str:
    changed = ", ".join(f"{name} = given.{name}" for name in names)
    given = f"{_unnested(table, (key, *names))} AS given ({', '.join((key, *names))})"
    return f"UPDATE {table.name} SET {changed} FROM {given} WHERE {table.name}.{key} = given.{key}"  # noqa: S608  # Our own names.


def _unnested(table: Table, names: Sequence[str]) -> str:
    arrays = ", ".join(f"${place}::{_kind(table.c[name])}[]" for place, name in enumerate(names, 1))
    return f"unnest({arrays})"


def _kind(column: Column[Any]) -> str:
    # Without its length: what is too long is to be refused, as everywhere, and not cut.
    return str(column.type.compile(_POSTGRESQL)).partition("(")[0].partition(" COLLATE")[0]
