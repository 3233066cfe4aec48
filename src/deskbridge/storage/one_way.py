"""SQLite's driver with one way to its thread and back for each statement.

As it comes, aiosqlite goes there four times: for a cursor, to execute, for the rows and to close the cursor. Here the
statement is run there and its first rows are brought along: nearly always that is all of them, after which nothing of
it is left open.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import partial
from typing import Any, Final

import aiosqlite

BROUGHT_ALONG: Final = 1_000
_Rows = list[Any]


class OneWayCursor(aiosqlite.Cursor):
    """What SQLAlchemy asks of a cursor."""

    def __init__(self, connection: OneWayConnection) -> None:
        # There is none before something is run.
        super().__init__(connection, None)  # type: ignore[arg-type]  # The base class only hands it on.
        self._there = connection.there
        self._rows: _Rows = []
        self._is_open = False

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> OneWayCursor:
        """Run it and fetch its first rows; raises what SQLite raises."""
        await self.close()
        self._cursor, self._rows = await self._there(_run, sql, parameters or ())
        self._is_open = len(self._rows) == BROUGHT_ALONG
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> OneWayCursor:
        """Run it for each of these."""
        await self.close()
        self._cursor = await self._there(sqlite3.Connection.executemany, sql, parameters)
        return self

    async def fetchone(self) -> Any:
        """The next row, or None."""
        return next(iter(await self.fetchmany(1)), None)

    async def fetchmany(self, size: int | None = None) -> _Rows:
        """The next rows."""
        wanted = size or self.arraysize
        if not self._rows and self._is_open:
            more: _Rows = await self._there(_more, self._cursor, wanted)
            return more
        rows, self._rows = self._rows[:wanted], self._rows[wanted:]
        return rows

    async def fetchall(self) -> _Rows:
        """All rows that are left."""
        rows, self._rows = self._rows, []
        if self._is_open:
            self._is_open = False
            rows += await self._there(_all, self._cursor)
        return rows

    async def close(self) -> None:
        """Let go of what was not fetched."""
        self._rows = []
        if self._is_open:
            self._is_open = False
            await self._there(_close, self._cursor)


class OneWayConnection(aiosqlite.Connection):
    """Given to SQLAlchemy as its `async_creator_fn`, with the arguments of `sqlite3.connect`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(partial(sqlite3.connect, *args, **options), BROUGHT_ALONG)
        # Whoever forgets to close it does not keep the process from ending, as with SQLAlchemy's own.
        self._thread.daemon = True

    def cursor(self) -> OneWayCursor:  # type: ignore[override]  # Nothing has to be waited for.
        """A cursor, made when it runs something."""
        return OneWayCursor(self)

    async def there(self, work: Any, *args: Any) -> Any:
        """Call it with SQLite's own connection, in the thread of that."""
        return await self._execute(work, self._conn, *args)  # type: ignore[no-untyped-call]  # The driver has no types.


def _run(connection: sqlite3.Connection, sql: str, parameters: Any) -> tuple[sqlite3.Cursor, _Rows]:
    cursor = connection.execute(sql, parameters)
    return cursor, cursor.fetchmany(BROUGHT_ALONG) if cursor.description else []


def _more(_: sqlite3.Connection, cursor: sqlite3.Cursor, size: int) -> _Rows:
    return cursor.fetchmany(size)


def _all(_: sqlite3.Connection, cursor: sqlite3.Cursor) -> _Rows:
    return cursor.fetchall()


def _close(_: sqlite3.Connection, cursor: sqlite3.Cursor) -> None:
    cursor.close()
