"""Several short questions in a row, each from the answers before it, asked by the bare driver.

Apart from `database.py` because of its speed: what SQLAlchemy does around a statement takes longer than an index does
to answer it, and on SQLite so does handing each question to a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import asyncpg
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from deskbridge.errors import DatabaseUnavailable
from deskbridge.storage.failures import connected

T = TypeVar("T")


class Ask(NamedTuple):
    """A statement in the words of the database, and what it is asked with."""

    statement: str
    given: tuple[Any, ...]


Answer = Sequence[Sequence[Any]]
Steps = Generator[Ask, Answer, T]
Begin = Callable[[], Steps[T]]


class Stale(Exception):
    """Somebody changed what an earlier answer told of: to be begun again."""


_LOST: Final = (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.InternalClientError)
"""What asyncpg raises when the server goes away; the last when it does so just as something is sent."""
_TRIES: Final = 2
"""Without a transaction, which would cost two more ways to PostgreSQL and back; then with one."""


def on_sqlite(engine: Engine, begin: Begin[T]) -> T:
    """In the thread that calls, in one view of the database."""
    pooled = engine.raw_connection()
    try:
        driver: Any = pooled.driver_connection
        driver.execute("BEGIN")
        try:
            steps, answer = begin(), None
            while True:
                ask = next(steps) if answer is None else steps.send(answer)
                answer = driver.execute(*ask).fetchall()
        except StopIteration as end:
            answered: T = end.value
            return answered
        finally:
            driver.execute("ROLLBACK")
    finally:
        pooled.close()


async def on_postgresql(engine: AsyncEngine, begin: Begin[T]) -> T:
    """Each statement prepared once for each connection; steps that find a change raise Stale and are begun again."""
    async with connected(engine) as connection:
        driver = await _driver_of(connection)
        try:
            for _ in range(_TRIES):
                try:
                    return await _walk(driver, begin())
                except Stale:
                    continue
            async with driver.transaction(isolation="repeatable_read", readonly=True):
                return await _walk(driver, begin())
        except _LOST as error:
            await connection.invalidate()
            raise DatabaseUnavailable from error


async def _driver_of(connection: AsyncConnection) -> Any:
    driver: Any = (await connection.get_raw_connection()).driver_connection
    if driver.is_closed():
        # The server ended it while it waited here; SQLAlchemy only learns of that from statements of its own.
        await connection.invalidate()
        driver = (await connection.get_raw_connection()).driver_connection
    return driver


async def _walk(driver: Any, steps: Steps[T]) -> T:
    try:
        ask = next(steps)
        while True:
            ask = steps.send(await driver.fetch(ask.statement, *ask.given))
    except StopIteration as end:
        answered: T = end.value
        return answered
