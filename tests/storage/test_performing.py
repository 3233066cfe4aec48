"""Transactions given as one function: all that wait share a commit, and each stands or falls by itself."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.exc import IntegrityError

from deskbridge.accounts.model import AccountId, View
from deskbridge.storage import feed
from deskbridge.storage.bulk import insert_rows
from deskbridge.storage.database import MOST_IN_A_COMMIT, Database, Transaction
from deskbridge.storage.feed import Topic
from support.databases import Heard, accounts_in, add_account

TOPIC = Topic("user.anne")


class Refused(Exception):
    """A service says no."""


class Happened(View):
    """Something, as a feed hears it."""

    name: str


async def put(db: Database, name: str, *, bad: bool = False) -> AccountId:
    """One row and one event, by `perform`."""

    async def work(tx: Transaction) -> AccountId:
        account_id = await add_account(tx, name)
        tx.emit(TOPIC, Happened(name=name))
        if bad:
            raise Refused
        return account_id

    return await db.perform(work)


async def put_slowly(db: Database, name: str) -> None:
    """The same, statement by statement."""
    async with db.transaction() as tx:
        await add_account(tx, name)
        tx.emit(TOPIC, Happened(name=name))


async def test_many_at_once_are_all_stored_told_once_and_in_order(db: Database, heard: Heard) -> None:
    names = [f"account {number}" for number in range(2 * MOST_IN_A_COMMIT + 5)]

    ids = await asyncio.gather(*(put(db, name) for name in names))

    assert len(set(ids)) == len(names)
    assert await accounts_in(db) == set(names)
    numbers = [int(payload.split(b" ")[0]) for payload in heard.on(f"feed.{TOPIC}")]
    assert sorted(numbers) == list(range(1, len(names) + 1))


async def test_one_that_is_refused_takes_none_of_those_beside_it_along(db: Database, heard: Heard) -> None:
    works = (put(db, f"account {number}", bad=number % 3 == 0) for number in range(30))

    ended = await asyncio.gather(*works, return_exceptions=True)

    assert [isinstance(each, Refused) for each in ended] == [number % 3 == 0 for number in range(30)]
    assert await accounts_in(db) == {f"account {number}" for number in range(30) if number % 3}
    assert len(heard.on(f"feed.{TOPIC}")) == 20


async def test_both_ways_of_changing_share_commits(db: Database, heard: Heard) -> None:
    works = (put(db, f"a {number}") if number % 2 else put_slowly(db, f"a {number}") for number in range(40))

    async with asyncio.timeout(60):
        await asyncio.gather(*works)

    assert await accounts_in(db) == {f"a {number}" for number in range(40)}
    assert len(heard.on(f"feed.{TOPIC}")) == 40


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_who_leaves_has_asked_all_the_same(db: Database) -> None:
    """On PostgreSQL nothing is stored then, as with every transaction: nobody was told that it is."""
    asked = asyncio.create_task(put(db, "one"))
    await asyncio.sleep(0)
    asked.cancel()
    await put(db, "two")

    assert await accounts_in(db) == {"one", "two"}
    assert asked.cancelled()


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_who_waits_for_something_else_inside_is_told_at_once(db: Database) -> None:
    something: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def work(tx: Transaction) -> None:
        await add_account(tx, "one")
        await something

    with pytest.raises(RuntimeError, match="other than the database"):
        await db.perform(work)

    await put(db, "two")
    assert await accounts_in(db) == {"two"}


async def test_what_the_database_does_not_take_is_said_alike_however_it_is_given(db: Database) -> None:
    async def prepared(tx: Transaction) -> None:
        event = {"topic": "t", "number": 1, "at": 0, "event": "{}", "kind": None, "about": None}
        await insert_rows(tx.connection, feed.log, [event, event])

    async def plain(tx: Transaction) -> None:
        await add_account(tx, "twice")
        await add_account(tx, "twice")

    for work in (prepared, plain):
        with pytest.raises(IntegrityError):
            await db.perform(work)
    assert await accounts_in(db) == set()
