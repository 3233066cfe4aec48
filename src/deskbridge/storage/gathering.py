"""SQLite's one writer: transactions gather in an open commit (docs/decisions/0002).

There are two ways in, on one connection. A *turn* lets somebody run statements one at a time, each through the thread
of the asynchronous connection. A *work* is a whole transaction given as one function: all that wait are run one after
the other in the writer's own thread and committed there, so that many cost one way there and back. Either may stand
*behind* all that do not: what nobody waits for (`turns.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from deskbridge.clock import Clock
from deskbridge.errors import DatabaseUnavailable
from deskbridge.events import Bus
from deskbridge.logs import of_nobody
from deskbridge.storage.shared import AtOnce, Steady, run_through, to_the_end
from deskbridge.storage.transaction import Transaction
from deskbridge.storage.turns import GivenUp, Turns

MOST_IN_A_COMMIT = 64
"""More gain nothing: measured, 50 rows a commit already reach ten times the rate of one by one."""

_AMONG_OTHERS: Final = (("SAVEPOINT turn",), ("ROLLBACK TO turn", "RELEASE turn"), ("RELEASE turn",))
"""How a transaction that shares a commit begins, is undone, and ends."""
_BY_ITSELF: Final = ((), ("ROLLBACK", "BEGIN IMMEDIATE"), ())
"""The commit is its own: SQLite need not keep what each page was before."""

T = TypeVar("T")
Work = Callable[[Transaction], Awaitable[T]]
"""One whole transaction, which waits for nothing but the database."""


@dataclass(slots=True)
class _Gathered:
    """A transaction that is part of the open commit, and whoever waits for its end."""

    tx: Transaction
    committed: asyncio.Future[Any]
    answer: Any = None


@dataclass(slots=True)
class _Asked:
    work: Work[Any]
    committed: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


async def _whole(work: Work[T], tx: Transaction, clock: Clock) -> T:
    answer = await work(tx)
    await tx.flush(clock)
    return answer


class Gathering:
    """Each transaction is a savepoint, so one that fails takes nobody along. Nobody is told of success before the
    commit, which is done by the last in the queue, for all."""

    def __init__(self, engine: AsyncEngine, same: Engine, clock: Clock, bus: Bus) -> None:
        self._engine = engine
        self._same = same
        self._clock = clock
        self._bus = bus
        self._connection: AsyncConnection | None = None
        self._at_once: AtOnce | None = None
        self._turns = Turns()
        self._gathered: list[_Gathered] = []
        self._asked: list[_Asked] = []
        self._working: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite-writer")

    async def perform(self, work: Work[T], *, behind: bool = False) -> T:
        """Run a whole transaction beside all others that wait; a caller who is cancelled does not undo it."""
        asked = _Asked(work)
        if behind:
            await self._take_turn(behind=True)
            return await to_the_end(self._perform_alone(asked))
        self._asked.append(asked)
        if self._working is None:
            self._working = asyncio.create_task(self._work(), name="sqlite-writer", context=of_nobody())
        answer: T = await asyncio.shield(asked.committed)
        return answer

    async def _perform_alone(self, asked: _Asked) -> Any:
        try:
            await self._perform([asked])
        finally:
            self._turns.end()
        return await asked.committed

    async def _work(self) -> None:
        try:
            while self._asked:
                await self._take_turn()
                some, self._asked = self._asked[:MOST_IN_A_COMMIT], self._asked[MOST_IN_A_COMMIT:]
                try:
                    await self._perform(some)
                except Exception as error:  # noqa: BLE001  # Whoever asked is told; those who asked since have their turn.
                    _fail_all(some, error)
                except BaseException:
                    waiting = [each.committed for each in self._gathered]
                    _fail_all([each for each in some if each.committed not in waiting], DatabaseUnavailable())
                    raise
                finally:
                    self._turns.end()
        except BaseException:
            # It ends here, with the process as a rule: nobody else would ever answer those who still wait.
            asked, self._asked = self._asked, []
            _fail_all(asked, DatabaseUnavailable())
            raise
        finally:
            self._working = None

    async def _perform(self, some: list[_Asked]) -> None:
        here = await self._opened_at_once()
        is_last = not self._is_awaited or len(self._gathered) + len(some) >= MOST_IN_A_COMMIT
        done = asyncio.get_running_loop().run_in_executor(self._thread, self._perform_all, here, some, is_last)
        try:
            await to_the_end(done)
        finally:
            # Also when this was cancelled: whoever asked learns what became of it.
            self._note(some, *done.result(), is_last=is_last)

    def _note(
        self,
        some: list[_Asked],
        ended: list[tuple[Transaction | None, Any]],
        trouble: Exception | None,
        *,
        is_last: bool,
    ) -> None:
        for each, (tx, answer) in zip(some, ended, strict=True):
            if tx is None:
                _fail(each.committed, answer)
            else:
                self._gathered.append(_Gathered(tx, each.committed, answer))
        if is_last:
            self._tell(trouble)

    def _perform_all(
        self, connection: AtOnce, some: list[_Asked], is_last: bool
    ) -> tuple[list[tuple[Transaction | None, Any]], Exception | None]:
        """In the writer's thread: what became of each, and what the commit failed of."""
        run = connection.run
        is_alone = is_last and len(some) == 1 and not connection.driver.in_transaction
        if not connection.driver.in_transaction:
            run("BEGIN IMMEDIATE")
        ended = [self._perform_one(connection, each.work, is_alone=is_alone) for each in some]
        if not is_last:
            return ended, None
        try:
            run("COMMIT")
        except Exception as error:  # noqa: BLE001  # Everyone in it must learn that nothing was stored.
            with contextlib.suppress(Exception):
                run("ROLLBACK")
            return ended, error
        return ended, None

    def _perform_one(self, connection: AtOnce, work: Work[Any], *, is_alone: bool) -> tuple[Transaction | None, Any]:
        begin, undo, end = _BY_ITSELF if is_alone else _AMONG_OTHERS
        run = connection.run
        for words in begin:
            run(words)
        try:
            tx = Transaction(connection)
            answer = run_through(_whole(work, tx, self._clock))
        except BaseException as error:  # noqa: BLE001  # It is told to whoever asked.
            for words in undo:
                run(words)
            return None, error
        for words in end:
            run(words)
        return tx, answer

    @contextlib.asynccontextmanager
    async def turn(self, *, behind: bool = False) -> AsyncIterator[Transaction]:
        """One transaction's turn, and the wait for the commit that it is part of."""
        await self._take_turn(behind=behind)
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            tx = Transaction(await self._begin())
            try:
                yield tx
                await tx.flush(self._clock)
            except BaseException:
                await to_the_end(self._run("ROLLBACK TO turn", "RELEASE turn"))
                raise
            # From here on it is part of the commit, also when its caller is cancelled.
            self._gathered.append(_Gathered(tx, committed))
            await to_the_end(self._run("RELEASE turn"))
        finally:
            await self._end_turn()
        await committed

    @property
    def _is_awaited(self) -> bool:
        """Whether somebody comes who will commit; those behind would keep the others waiting."""
        return self._turns.is_awaited

    async def _end_turn(self) -> None:
        try:
            if not self._is_awaited or len(self._gathered) >= MOST_IN_A_COMMIT:
                await to_the_end(self._commit())
        finally:
            self._turns.end()

    async def _take_turn(self, *, behind: bool = False) -> None:
        try:
            await self._turns.take(behind=behind)
        except GivenUp:
            # The others rely on the last in the queue to commit.
            await self._end_turn()
            raise

    async def _begin(self) -> AsyncConnection:
        connection = await to_the_end(self._opened())
        if not self._gathered:
            # An empty commit may still be open when the turn before failed: BEGIN only when none is.
            await to_the_end(self._begin_if_none(connection))
        await to_the_end(self._run("SAVEPOINT turn"))
        return connection

    async def _opened(self) -> AsyncConnection:
        if self._connection is None:
            self._connection = await Steady(self._engine).start()
        return self._connection

    async def _opened_at_once(self) -> AtOnce:
        if self._at_once is None:
            await self._opened()
            self._at_once = AtOnce(self._engine, self._same.connect())
        return self._at_once

    async def _begin_if_none(self, connection: AsyncConnection) -> None:
        raw = await connection.get_raw_connection()
        if not raw.driver_connection.in_transaction:  # type: ignore[union-attr]  # aiosqlite's own connection.
            await connection.exec_driver_sql("BEGIN IMMEDIATE")

    async def _run(self, *statements: str) -> None:
        if self._connection is not None:
            for sql in statements:
                await self._connection.exec_driver_sql(sql)

    async def _commit(self) -> None:
        try:
            await self._run("COMMIT")
        except Exception as error:  # noqa: BLE001  # Everyone in it must learn that nothing was stored.
            with contextlib.suppress(Exception):
                await self._run("ROLLBACK")
            self._tell(error)
            return
        self._tell(None)

    def _tell(self, trouble: Exception | None) -> None:
        gathered, self._gathered = self._gathered, []
        for each in gathered:
            if trouble is not None:
                _fail(each.committed, trouble)
                continue
            each.tx.publish(self._bus)
            if not each.committed.done():
                each.committed.set_result(each.answer)

    async def close(self) -> None:
        """Give the connection back."""
        if self._working is not None:
            await asyncio.wait({self._working})
        self._thread.shutdown()
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


def _fail_all(some: list[_Asked], error: BaseException) -> None:
    for each in some:
        _fail(each.committed, error)


def _fail(committed: asyncio.Future[Any], error: BaseException) -> None:
    if not committed.done():
        committed.set_exception(error)
        # Whoever asked may have gone: then nobody retrieves it.
        committed.exception()
