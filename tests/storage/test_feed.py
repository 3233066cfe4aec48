"""The feed: an unbroken row of numbered events, from which a browser resumes or learns that it cannot."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from deskbridge.accounts.model import View
from deskbridge.storage import feed
from deskbridge.storage.database import Database
from deskbridge.storage.feed import KEEP_EVENTS, Recorded, Topic, user_topic
from deskbridge.storage.schema import new_id
from support.clock import Clock

ANNE, BEN = user_topic("anne"), user_topic("ben")


class Happened(View):
    """Something, as a feed hears it."""

    name: str


async def tell(db: Database, *what: tuple[Topic, str]) -> None:
    """One transaction that emits these."""
    async with db.transaction() as tx:
        for topic, name in what:
            tx.emit(topic, Happened(name=name))


async def after(db: Database, topic: Topic, number: int) -> list[Recorded] | None:
    """What a browser at that number has missed."""
    async with db.read() as connection:
        return await feed.after(connection, topic, number)


async def test_each_topic_has_its_own_row_in_the_order_of_emission(db: Database) -> None:
    await tell(db, (ANNE, "first"), (BEN, "other"), (ANNE, "second"))
    await tell(db, (ANNE, "third"))

    assert await after(db, ANNE, 0) == [
        Recorded(ANNE, 1, '{"name":"first"}'),
        Recorded(ANNE, 2, '{"name":"second"}'),
        Recorded(ANNE, 3, '{"name":"third"}'),
    ]
    assert await after(db, BEN, 0) == [Recorded(BEN, 1, '{"name":"other"}')]


async def test_numbers_are_unbroken_however_many_write_at_once(db: Database) -> None:
    """Also when their topics overlap in different orders, which must not lock them up either."""
    topics = [user_topic(new_id()) for _ in range(4)]

    async def change(number: int) -> None:
        turned = topics[number % 4 :] + topics[: number % 4]
        await tell(db, *((topic, f"{number}") for topic in turned))

    async with asyncio.timeout(30):
        await asyncio.gather(*(change(number) for number in range(40)))

    for topic in topics:
        recorded = await after(db, topic, 0) or []
        assert [each.number for each in recorded] == list(range(1, 41))
        assert {each.event for each in recorded} == {f'{{"name":"{number}"}}' for number in range(40)}


async def test_a_browser_that_reads_while_others_write_never_sees_a_gap(db: Database) -> None:
    seen: list[int] = []

    async def read() -> None:
        while len(seen) < 60:
            missed = await after(db, ANNE, len(seen))
            assert missed is not None
            seen.extend(each.number for each in missed)

    async with asyncio.timeout(30):
        await asyncio.gather(read(), *(tell(db, (ANNE, f"{number}")) for number in range(60)))

    assert seen == list(range(1, 61))


async def test_whoever_is_behind_is_told_the_rest_and_whoever_is_ahead_that_it_cannot_be(db: Database) -> None:
    await tell(db, (ANNE, "first"), (ANNE, "second"), (ANNE, "third"))

    for number, missed in [(0, [1, 2, 3]), (2, [3]), (3, []), (4, None), (10**15, None), (-1, None)]:
        found = await after(db, ANNE, number)
        assert (found if found is None else [each.number for each in found]) == missed, number


async def test_who_has_heard_nothing_of_a_topic_that_never_spoke_is_up_to_date(db: Database) -> None:
    assert await after(db, ANNE, 0) == []
    assert await after(db, ANNE, 1) is None


async def test_across_what_is_told_to_nobody_nobody_is_told_anything(db: Database) -> None:
    await tell(db, (ANNE, "first"), (BEN, "first"))
    async with db.transaction() as tx:
        tx.break_off(ANNE)
        tx.emit(ANNE, Happened(name="third"))
    assert await after(db, ANNE, 1) is None
    assert [each.number for each in await after(db, ANNE, 2) or []] == [3]
    assert await after(db, BEN, 1) == []

    async with db.transaction() as tx:
        tx.break_off(ANNE)
    await tell(db, (ANNE, "fifth"))
    assert await after(db, ANNE, 2) is None
    assert [each.number for each in await after(db, ANNE, 4) or []] == [5]


async def test_what_was_pruned_is_not_told_in_part(db: Database, clock: Clock) -> None:
    await tell(db, (ANNE, "first"), (ANNE, "second"))
    clock.move(hours=1)
    await tell(db, (ANNE, "third"))
    async with db.transaction() as tx:
        pruned = await feed.prune(tx.connection, clock() - timedelta(minutes=1))

    assert pruned == 2
    assert await after(db, ANNE, 0) is None
    assert await after(db, ANNE, 1) is None
    assert [each.number for each in await after(db, ANNE, 2) or []] == [3]
    assert await after(db, ANNE, 3) == []


async def test_numbers_go_on_after_everything_was_pruned(db: Database, clock: Clock) -> None:
    await tell(db, (ANNE, "first"))
    clock.move(hours=1)
    async with db.transaction() as tx:
        await feed.prune(tx.connection, clock())
    await tell(db, (ANNE, "second"))

    assert [each.number for each in await after(db, ANNE, 1) or []] == [2]
    assert await after(db, ANNE, 0) is None


async def test_whoever_missed_too_much_is_quicker_with_a_snapshot(db: Database) -> None:
    await tell(db, *((ANNE, f"{number}") for number in range(KEEP_EVENTS + 1)))

    assert await after(db, ANNE, 0) is None
    assert len(await after(db, ANNE, 1) or []) == KEEP_EVENTS


async def test_an_epoch_stays_with_its_database(db: Database) -> None:
    async with db.transaction() as tx:
        assert await feed.epoch(tx.connection) == db.epoch != ""
