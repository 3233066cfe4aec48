"""One database, two kinds: SQLite with a single writer that commits what has gathered, or PostgreSQL.

`transaction()` is the only way to write. What it emits is recorded in the feed inside the transaction and
published after the commit; whoever awaits the block's end knows that it is on disk.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection, CursorResult, Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction

from deskbridge.clock import Clock
from deskbridge.events import Bus
from deskbridge.storage import asking, feed
from deskbridge.storage.asking import Begin
from deskbridge.storage.failures import connected, saying_that_it_is_away
from deskbridge.storage.feed import Topic

MOST_IN_A_COMMIT = 64
"""More gain nothing: measured, 50 rows a commit already reach ten times the rate of one by one."""

T = TypeVar("T")


@dataclass(slots=True)
class Transaction:
    """What a service changes things with; ends in exactly one commit, or in nothing."""

    connection: AsyncConnection
    _events: dict[Topic, list[feed.NewEvent]] = field(default_factory=lambda: defaultdict(list))
    _announcements: list[tuple[str, bytes]] = field(default_factory=list)
    _recorded: list[feed.Recorded] = field(default_factory=list)

    def emit(self, topic: Topic, what: BaseModel, about: feed.About | None = None) -> None:
        """Tell a feed what happened, once it has been committed."""
        self._events[topic].append(feed.NewEvent(what.model_dump_json(), about))

    def announce(self, channel: str, payload: bytes = b"") -> None:
        """Tell all processes, once committed; not recorded, so it may be missed."""
        self._announcements.append((channel, payload))

    async def flush(self, clock: Clock) -> None:
        """Record what was emitted; always last and in order of topics, so that two transactions cannot lock up."""
        for topic in sorted(self._events):
            events = self._events[topic]
            self._recorded += await feed.append(self.connection, topic, events, clock())

    def publish(self, bus: Bus) -> None:
        """After the commit: tell everyone."""
        for each in self._recorded:
            bus.publish(f"feed.{each.topic}", f"{each.number} {each.event}".encode())
        for channel, payload in dict.fromkeys(self._announcements):
            bus.publish(channel, payload)


async def _to_the_end(work: Awaitable[T]) -> T:
    """A cancelled statement would leave the shared connection in an unknown state: wait it out, then be cancelled."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({task})
        raise


class _Steady(AsyncConnection):
    """The connection that all writers of SQLite share: each statement on it is run to its end."""

    async def execute(self, *args: Any, **options: Any) -> CursorResult[Any]:
        """Run one statement; a cancelled caller still waits until the database is done with it."""
        return await _to_the_end(super().execute(*args, **options))

    async def exec_driver_sql(self, *args: Any, **options: Any) -> CursorResult[Any]:
        """As `execute`, said in the driver's own words."""
        return await _to_the_end(super().exec_driver_sql(*args, **options))


class Database:
    """Opened once per process by the composition root."""

    def __init__(
        self, write: AsyncEngine, read: AsyncEngine, bus: Bus, clock: Clock, at_once: Engine | AsyncEngine
    ) -> None:
        self._write = write
        self._read = read
        self._at_once = at_once
        self._bus = bus
        self._clock = clock
        self._gathering = _Gathering(write) if write.dialect.name == "sqlite" else None
        self.epoch = ""

    @property
    def is_sqlite(self) -> bool:
        """Whether this process is the only one that writes."""
        return self._gathering is not None

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """All or nothing; when the block has ended normally, it is on disk and published."""
        with saying_that_it_is_away():
            if self._gathering is not None:
                async with self._gathering.turn(self._clock, self._bus) as tx:
                    yield tx
                return
            async with connected(self._write) as connection:
                tx = Transaction(connection)
                async with connection.begin() as begun:
                    yield tx
                    await tx.flush(self._clock)
                    await _to_the_end(self._commit(begun, tx))

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


class _Gathering:
    """SQLite's one writer. Transactions take turns inside one open commit; the last in the queue commits for all.

    Each is a savepoint, so one that fails takes nobody along. Nobody is told of success before the commit.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._gathered: list[tuple[Transaction, asyncio.Future[None]]] = []

    @contextlib.asynccontextmanager
    async def turn(self, clock: Clock, bus: Bus) -> AsyncIterator[Transaction]:
        """One transaction's turn, and the wait for the commit that it is part of."""
        await self._take_turn(bus)
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            tx = Transaction(await self._begin())
            try:
                yield tx
                await tx.flush(clock)
            except BaseException:
                await _to_the_end(self._run("ROLLBACK TO turn", "RELEASE turn"))
                raise
            # From here on it is part of the commit, also when its caller is cancelled.
            self._gathered.append((tx, committed))
            await _to_the_end(self._run("RELEASE turn"))
        finally:
            try:
                if self._waiting == 0 or len(self._gathered) >= MOST_IN_A_COMMIT:
                    await _to_the_end(self._commit(bus))
            finally:
                self._turn.release()
        await committed

    async def _take_turn(self, bus: Bus) -> None:
        self._waiting += 1
        try:
            await self._turn.acquire()
        except asyncio.CancelledError:
            if self._waiting == 1 and not self._turn.locked():
                # The others rely on the last in the queue to commit; it has just left.
                async with self._turn:
                    await _to_the_end(self._commit(bus))
            raise
        finally:
            self._waiting -= 1

    async def _begin(self) -> AsyncConnection:
        connection = await _to_the_end(self._opened())
        if not self._gathered:
            # An empty commit may still be open when the turn before failed: BEGIN only when none is.
            await _to_the_end(self._begin_if_none(connection))
        await _to_the_end(self._run("SAVEPOINT turn"))
        return connection

    async def _opened(self) -> AsyncConnection:
        if self._connection is None:
            self._connection = await _Steady(self._engine).start()
        return self._connection

    async def _begin_if_none(self, connection: AsyncConnection) -> None:
        raw = await connection.get_raw_connection()
        if not raw.driver_connection.in_transaction:  # type: ignore[union-attr]  # aiosqlite's own connection.
            await connection.exec_driver_sql("BEGIN IMMEDIATE")

    async def _run(self, *statements: str) -> None:
        if self._connection is not None:
            for sql in statements:
                await self._connection.exec_driver_sql(sql)

    async def _commit(self, bus: Bus) -> None:
        gathered, self._gathered = self._gathered, []
        try:
            await self._run("COMMIT")
        except Exception as error:  # noqa: BLE001  # Everyone in it must learn that nothing was stored.
            with contextlib.suppress(Exception):
                await self._run("ROLLBACK")
            for _, committed in gathered:
                if not committed.done():
                    committed.set_exception(error)
                    committed.exception()
            return
        for tx, committed in gathered:
            tx.publish(bus)
            if not committed.done():
                committed.set_result(None)

    async def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
