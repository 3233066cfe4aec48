"""Whoever is cancelled in the middle of a transaction leaves the one database connection usable for all others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskbridge.accounts.model import View
from deskbridge.errors import DatabaseUnavailable
from deskbridge.storage import feed
from deskbridge.storage.database import Database, Transaction
from deskbridge.storage.feed import Topic
from deskbridge.storage.schema import new_id
from support.databases import Heard, accounts_in, add_account

TOGETHER = 6


class Happened(View):
    """Something, as a feed hears it."""

    name: str


Act = Callable[[], object]


def nothing() -> None:
    """What happens most of the time."""


async def change(db: Database, name: str, topic: Topic, before: Act = nothing, after: Act = nothing) -> None:
    """One row and one event, with something happening before it and after it."""
    async with db.transaction() as tx:
        before()
        await add_account(tx, name)
        tx.emit(topic, Happened(name=name))
        after()


cancellations = st.lists(
    st.tuples(st.integers(0, TOGETHER - 1), st.integers(0, TOGETHER - 1), st.booleans()), min_size=1, max_size=4
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cancellations)
async def test_those_who_were_not_cancelled_are_stored_and_told_once(
    db: Database, heard: Heard, plan: list[tuple[int, int, bool]]
) -> None:
    """While one has its turn, others are cancelled that wait for theirs, have had it, or are the same one."""
    base, topic = new_id(), Topic(f"user.{new_id()}")
    tasks: list[asyncio.Task[None]] = []

    def cancel(turn: int, *, early: bool) -> Callable[[], None]:
        return lambda: [tasks[other].cancel() for at, other, first in plan if (at, first) == (turn, early)] and None

    for turn in range(TOGETHER):
        work = change(db, f"{base} {turn}", topic, cancel(turn, early=True), cancel(turn, early=False))
        tasks.append(asyncio.create_task(work))
    async with asyncio.timeout(20):
        await asyncio.wait(tasks)

    alive = {f"{base} {turn}" for turn, task in enumerate(tasks) if not task.cancelled()}
    stored = {name for name in await accounts_in(db) if name.startswith(base)}
    assert alive <= stored
    assert [task.exception() for task in tasks if not task.cancelled()] == [None] * len(alive)
    await change(db, f"{base} last", topic)
    async with db.read() as connection:
        recorded = await feed.after(connection, topic, 0)
    assert recorded is not None
    assert [each.number for each in recorded] == list(range(1, len(stored) + 2))
    assert sorted(heard.on(f"feed.{topic}")) == [f"{each.number} {each.event}".encode() for each in recorded]


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
@pytest.mark.parametrize("another", [True, False])
async def test_the_last_in_the_queue_may_go_just_as_its_turn_comes(db: Database, *, another: bool) -> None:
    """It would have committed for those before it: somebody else does, also when one more begins right then."""
    topic, turns = Topic("user.anne"), db._gathering._turns  # type: ignore[union-attr]  # SQLite has one.
    first = asyncio.create_task(change(db, "first", topic))
    last = asyncio.create_task(change(db, "last", topic))
    for is_held in (False, True):
        while turns.is_awaited is is_held:  # noqa: ASYNC110  # Nothing tells; every step of the loop is looked at.
            await asyncio.sleep(0)
    last.cancel()
    rest = [first, asyncio.create_task(change(db, "late", topic))] if another else [first]
    async with asyncio.timeout(20):
        await asyncio.gather(*rest)

    assert await accounts_in(db) == ({"first", "late"} if another else {"first"})
    assert last.cancelled()


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_whoever_waits_is_told_what_became_of_it_when_the_writer_is_cancelled(db: Database) -> None:
    """Those whose work it has in hand, and those who asked meanwhile; whoever comes later is served."""
    started, go_on = threading.Event(), threading.Event()

    async def work(tx: Transaction) -> None:
        started.set()
        go_on.wait(20)
        await add_account(tx, "in hand")

    async def later(tx: Transaction) -> None:
        await add_account(tx, "later")

    gathering = db._gathering
    assert gathering
    waiting = [asyncio.create_task(db.perform(work))]
    assert await asyncio.to_thread(started.wait, 20)
    waiting.append(asyncio.create_task(db.perform(later)))
    while not gathering._asked:  # noqa: ASYNC110  # Nothing tells; every step of the loop is looked at.
        await asyncio.sleep(0)
    assert gathering._working
    gathering._working.cancel()
    await asyncio.sleep(0)
    go_on.set()
    async with asyncio.timeout(20):
        answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in answers] == [type(None), DatabaseUnavailable]

    await db.perform(later)
    assert await accounts_in(db) == {"in hand", "later"}
