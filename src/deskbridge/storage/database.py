"""One database, two kinds: SQLite with a single writer that commits what has gathered, or PostgreSQL.

`transaction()` and `perform()` are the only ways to write. What is emitted is recorded in the feed inside the
transaction and published after the commit; whoever awaits the end knows that it is on disk.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction

from deskbridge.clock import Clock
from deskbridge.events import Bus
from deskbridge.storage import asking, feed
from deskbridge.storage.asking import Begin
from deskbridge.storage.failures import connected, saying_that_it_is_away
from deskbridge.storage.gathering import MOST_IN_A_COMMIT, Gathering
from deskbridge.storage.shared import AtOnce, run_through, to_the_end
from deskbridge.storage.transaction import Transaction

__all__ = ["MOST_IN_A_COMMIT", "Database", "Transaction"]

T = TypeVar("T")


class Database:
    """Opened once per process by the composition root."""

    def __init__(
        self,
        write: AsyncEngine | tuple[AsyncEngine, Engine],
        read: AsyncEngine,
        bus: Bus,
        clock: Clock,
        at_once: Engine | AsyncEngine,
    ) -> None:
        write, same = write if isinstance(write, tuple) else (write, None)
        self._write = write
        self._read = read
        self._at_once = at_once
        self._bus = bus
        self._clock = clock
        self._gathering = Gathering(write, same, clock, bus) if same is not None else None
        self.epoch = ""

    @property
    def is_sqlite(self) -> bool:
        """Whether this process is the only one that writes."""
        return self._gathering is not None

    @contextlib.asynccontextmanager
    async def transaction(self, *, behind: bool = False) -> AsyncIterator[Transaction]:
        """All or nothing; when the block has ended normally, it is on disk and published.

        `behind`, on SQLite, is after all who are not: for what is done in the background and for long.
        """
        with saying_that_it_is_away():
            if self._gathering is not None:
                async with self._gathering.turn(behind=behind) as tx:
                    yield tx
                return
            async with connected(self._write) as connection:
                tx = Transaction(connection)
                async with connection.begin() as begun:
                    yield tx
                    await tx.flush(self._clock)
                    await to_the_end(self._commit(begun, tx))

    async def perform(self, work: Callable[[Transaction], Awaitable[T]], *, behind: bool = False) -> T:
        """A transaction as one function that waits for nothing but the database: for what is done often.

        On SQLite all that wait are run and committed together, in one thread; whoever asked and was cancelled has
        still asked. `work` runs beside the event loop there, so it changes nothing but the database and what is its
        own. What is asked `behind` is run alone, after all others.
        """
        if self._gathering is None:
            async with self.transaction() as tx:
                return await work(tx)
        with saying_that_it_is_away():
            return await self._gathering.perform(work, behind=behind)

    async def _commit(self, begun: AsyncTransaction, tx: Transaction) -> None:
        await begun.commit()
        tx.publish(self._bus)

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One consistent view of what is committed."""
        with saying_that_it_is_away():
            async with connected(self._read) as connection, connection.begin():
                yield connection

    async def read_in_steps(self, begin: Begin[T]) -> T:
        """What these steps return: short questions that have to be answered quickly (see `asking.py`)."""
        with saying_that_it_is_away():
            if isinstance(self._at_once, Engine):
                return await asyncio.to_thread(asking.on_sqlite, self._at_once, begin)
            return await asking.on_postgresql(self._at_once, begin)

    async def read_together(self, ask: Callable[[Connection], T]) -> T:
        """As `read()`, for several questions in a row: on SQLite asked in one thread, one after the other."""
        with saying_that_it_is_away():
            if isinstance(self._at_once, Engine):
                return await asyncio.to_thread(self._ask, self._at_once, ask)
            async with connected(self._read) as connection, connection.begin():
                return await connection.run_sync(ask)

    async def read_through(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """As `read()`, as one function that waits for nothing but the database: for what is asked often.

        On SQLite it is run in a thread, from its first statement to its last: each of them costs no way there and back.
        """
        with saying_that_it_is_away():
            if isinstance(self._at_once, Engine):
                return await asyncio.to_thread(self._run_through, self._at_once, work)
        async with self.read() as connection:
            return await work(connection)

    def _run_through(self, engine: Engine, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        with engine.connect() as connection, connection.begin():
            return run_through(work(AtOnce(self._read, connection)))

    @staticmethod
    def _ask(engine: Engine, ask: Callable[[Connection], T]) -> T:
        with engine.connect() as connection, connection.begin():
            return ask(connection)

    async def start(self) -> None:
        """Learn the epoch; the tables must be there."""
        async with self.transaction() as tx:
            self.epoch = await feed.epoch(tx.connection)

    async def close(self) -> None:
        """Close all connections."""
        if self._gathering is not None:
            await self._gathering.close()
        await self._write.dispose()
        await self._read.dispose()
        if isinstance(self._at_once, Engine):
            self._at_once.dispose()
        else:
            await self._at_once.dispose()
