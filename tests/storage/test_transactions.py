"""A transaction is all or nothing, and nobody is told of it before it is on disk."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from deskbridge.accounts.model import AccountId, View
from deskbridge.events import LocalBus
from deskbridge.storage import feed
from deskbridge.storage.database import MOST_IN_A_COMMIT, Database, Transaction
from deskbridge.storage.feed import Topic
from support.clock import Clock
from support.databases import Heard, accounts_in, add_account

TOPIC = Topic("user.anne")


class Happened(View):
    """Something, as a feed hears it."""

    name: str


class Refused(Exception):
    """The block had second thoughts."""


async def add(tx: Transaction, name: str) -> None:
    """One row and one event."""
    await add_account(tx, name)
    tx.emit(TOPIC, Happened(name=name))


async def told(db: Database) -> list[str]:
    """What the feed of Anne says."""
    async with db.read() as connection:
        return [each.event for each in await feed.after(connection, TOPIC, 0) or []]


async def test_what_a_transaction_wrote_and_emitted_is_there_when_it_has_ended(db: Database, heard: Heard) -> None:
    async with db.transaction() as tx:
        await add(tx, "one")
        tx.announce("directory.a", b"changed")

    assert await accounts_in(db) == {"one"}
    assert await told(db) == ['{"name":"one"}']
    assert heard.on("feed.user.anne") == [b'1 {"name":"one"}']


async def test_one_that_fails_leaves_nothing_and_tells_nobody(db: Database, heard: Heard) -> None:
    async def change() -> None:
        async with db.transaction() as tx:
            await add(tx, "one")
            raise Refused

    with pytest.raises(Refused):
        await change()

    assert await accounts_in(db) == set()
    assert await told(db) == []
    assert heard.said == []


async def test_one_that_fails_takes_none_of_those_beside_it_along(db: Database, heard: Heard) -> None:
    async def change(number: int) -> None:
        async with db.transaction() as tx:
            await add(tx, f"account {number:03}")
            if number % 3 == 0:
                raise Refused

    ended = await asyncio.gather(*(change(number) for number in range(60)), return_exceptions=True)

    good = {f"account {number:03}" for number in range(60) if number % 3}
    assert [isinstance(each, Refused) for each in ended] == [number % 3 == 0 for number in range(60)]
    assert await accounts_in(db) == good
    assert len(await told(db)) == len(heard.on("feed.user.anne")) == len(good)


async def test_a_statement_that_the_database_refuses_takes_none_of_those_beside_it_along(db: Database) -> None:
    async def change(number: int) -> None:
        async with db.transaction() as tx:
            await add(tx, "the same name" if number % 2 else f"account {number}")

    ended = await asyncio.gather(*(change(number) for number in range(20)), return_exceptions=True)

    assert sum(each is None for each in ended) == 11
    assert await accounts_in(db) == {"the same name", *(f"account {number}" for number in range(0, 20, 2))}


async def test_nobody_is_told_before_it_can_be_read(db: Database, heard: Heard) -> None:
    """Whoever hears an event may look at once: what it is about is on disk by then."""
    seen_when_told: list[asyncio.Task[set[str]]] = []
    heard.also = lambda: seen_when_told.append(asyncio.ensure_future(accounts_in(db)))

    async def change(number: int) -> None:
        async with db.transaction() as tx:
            await add(tx, f"account {number}")

    await asyncio.gather(*(change(number) for number in range(10)))

    names = [f"account {number}" for number in range(10)]
    for payload, seen in zip(heard.on("feed.user.anne"), await asyncio.gather(*seen_when_told), strict=True):
        assert next(name for name in names if f'"{name}"'.encode() in payload) in seen


async def test_nobody_is_told_inside_the_transaction(db: Database, heard: Heard) -> None:
    async with db.transaction() as tx:
        await add(tx, "one")
        await tx.flush(Clock())
        assert heard.said == []


async def test_many_more_than_fit_into_one_commit_all_get_through(db: Database) -> None:
    async def change(number: int) -> None:
        async with db.transaction() as tx:
            await add(tx, f"account {number}")

    await asyncio.gather(*(change(number) for number in range(2 * MOST_IN_A_COMMIT + 5)))

    assert len(await accounts_in(db)) == 2 * MOST_IN_A_COMMIT + 5


async def test_an_announcement_is_made_once_and_after_the_commit(db: Database, bus: LocalBus, heard: Heard) -> None:
    await bus.subscribe("directory.a", heard)

    async with db.transaction() as tx:
        tx.announce("directory.a", b"changed")
        tx.announce("directory.a", b"changed")
        assert heard.said == []

    assert heard.on("directory.a") == [b"changed"]


@pytest.mark.troubles("bus_handler_failed")
async def test_a_hearer_that_fails_takes_no_writer_along(db: Database, bus: LocalBus) -> None:
    def fail(channel: str, payload: bytes) -> None:
        raise Refused

    await bus.subscribe("feed.*", fail)

    async with asyncio.timeout(10):
        async with db.transaction() as tx:
            await add(tx, "one")

    assert await accounts_in(db) == {"one"}


async def test_a_read_is_one_view_whatever_is_written_meanwhile(db: Database) -> None:
    async with db.read() as connection:
        before = await feed.head(connection, TOPIC)
        async with db.transaction() as tx:
            await add(tx, "one")
        assert await feed.head(connection, TOPIC) == before
        assert await feed.after(connection, TOPIC, before) == []


async def test_a_reader_cannot_write(db: Database) -> None:
    from deskbridge.accounts.store import accounts, update_account

    with pytest.raises(Exception, match=r"(?i)read.?only"):
        async with db.read() as connection:
            await update_account(connection, AccountId("any"), name="other")
    async with db.read() as connection:
        assert (await connection.execute(select(accounts))).all() == []
