"""SQLite's one connection for all that write, and the two ways to run statements on it; apart from `gathering.py` by
size."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

A = TypeVar("A")
T = TypeVar("T")


async def to_the_end(work: Awaitable[T]) -> T:
    """A cancelled statement would leave the shared connection in an unknown state: wait it out, then be cancelled."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({task})
        raise


def run_through(work: Awaitable[T]) -> T:
    """The end of a coroutine that never has to wait."""
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration as end:
        answer: T = end.value
        return answer
    raise RuntimeError("What is done in one go waited for something other than the database.")


class Steady(AsyncConnection):
    """The connection that all writers of SQLite share: each statement on it is run to its end."""

    async def execute(self, *args: Any, **options: Any) -> CursorResult[Any]:
        """Run one statement; a cancelled caller still waits until the database is done with it."""
        return await to_the_end(super().execute(*args, **options))

    async def exec_driver_sql(self, *args: Any, **options: Any) -> CursorResult[Any]:
        """As `execute`, said in the driver's own words."""
        return await to_the_end(super().exec_driver_sql(*args, **options))


class AtOnce(AsyncConnection):
    """Offers what a transaction offers, and runs each statement where it is, at once: nothing is ever waited for."""

    def __init__(self, engine: AsyncEngine, connection: Connection) -> None:
        super().__init__(engine, connection)
        self.here = connection
        self.driver: Any = connection.connection.driver_connection

    def run(self, words: str, values: Sequence[Any] = ()) -> Any:
        """One statement in SQLite's own words: the driver's cursor. Fails as SQLAlchemy's statements do."""
        try:
            return self.driver.execute(words, values)
        except sqlite3.Error as error:
            raise _alike(words, error) from error

    def run_each(self, words: str, values: Sequence[Sequence[Any]]) -> None:
        """The same for each of these."""
        try:
            self.driver.executemany(words, values)
        except sqlite3.Error as error:
            raise _alike(words, error) from error

    async def execute(self, *args: Any, **options: Any) -> CursorResult[Any]:
        """Run one statement."""
        return self.here.execute(*args, **options)

    async def exec_driver_sql(self, *args: Any, **options: Any) -> CursorResult[Any]:
        """As `execute`, said in the driver's own words."""
        return self.here.exec_driver_sql(*args, **options)

    async def run_sync(self, fn: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Call it with the connection."""
        return fn(self.here, *args, **options)


async def aside(connection: AsyncConnection, work: Callable[[A], T], given: A) -> T:
    """Work that takes long, in a thread; at once where that is one already."""
    return work(given) if isinstance(connection, AtOnce) else await asyncio.to_thread(work, given)


def _alike(words: str, error: sqlite3.Error) -> BaseException:
    """Whoever called knows only SQLAlchemy's errors; what was stored does not get into them."""
    return DBAPIError.instance(words, None, error, sqlite3.Error, hide_parameters=True)


class Seat:
    """Makes SQLite's connection and keeps it, so that both ways in lead to the same one."""

    def __init__(self) -> None:
        self.taken: sqlite3.Connection | None = None

    def __call__(self, *args: Any, **options: Any) -> sqlite3.Connection:
        """To be given to the driver as its `factory`."""
        self.taken = sqlite3.Connection(*args, **options)
        return self.taken
