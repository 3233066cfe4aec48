"""What is done in the background lets everybody else go first (one machine: SQLite has one writer)."""

from __future__ import annotations

import asyncio

import pytest

from deskbridge.storage.database import Database, Transaction
from support.databases import accounts_in, add_account

pytestmark = pytest.mark.parametrize("machines", ["one machine"], indirect=True)


async def test_whoever_comes_later_is_stored_before_the_background_goes_on(db: Database) -> None:
    """An agent waits for what is being written, and not for what an import writes next."""
    order: list[str] = []
    there: set[str] = set()

    async def one(name: str, *, behind: bool) -> None:
        async with db.transaction(behind=behind) as tx:
            there.update(await accounts_in(db) if behind else ())
            order.append(name)
            await add_account(tx, name)

    async def in_one_go(name: str, *, behind: bool) -> None:
        async def work(tx: Transaction) -> None:
            order.append(name)
            await add_account(tx, name)

        await db.perform(work, behind=behind)

    async with asyncio.TaskGroup() as group, db.transaction() as tx:
        await add_account(tx, "at work")
        group.create_task(in_one_go("a piece", behind=True))
        group.create_task(one("another piece", behind=True))
        group.create_task(one("anne", behind=False))
        group.create_task(in_one_go("ben", behind=False))
        await add_account(tx, "and still")

    assert order == ["anne", "ben", "a piece", "another piece"]
    # What Anne and Ben did was committed, and they were told, before the background went on.
    assert there == {"at work", "and still", "anne", "ben", "a piece"}


async def test_what_is_refused_behind_is_told_to_whoever_asked_and_all_others_go_on(db: Database) -> None:
    async def refuse(tx: Transaction) -> None:
        await add_account(tx, "nobody")
        raise LookupError("refused")

    async def put(tx: Transaction) -> None:
        await add_account(tx, "somebody")

    refused, done = await asyncio.gather(
        db.perform(refuse, behind=True), db.perform(put, behind=True), return_exceptions=True
    )

    assert isinstance(refused, LookupError)
    assert done is None
    assert await accounts_in(db) == {"somebody"}
