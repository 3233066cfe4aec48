"""Somebody else holds SQLite's file: whoever writes is told, also those who asked meanwhile, and all goes on after."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from deskbridge.errors import DatabaseUnavailable
from deskbridge.storage.database import Database, Transaction
from support.databases import accounts_in, add_account


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_a_file_that_is_locked_is_told_to_everybody_who_waits(db: Database, tmp_path: Path) -> None:
    async with db.transaction() as tx:
        # The product waits for ten seconds.
        await tx.connection.exec_driver_sql("PRAGMA busy_timeout=1")

    def change(name: str) -> asyncio.Task[object]:
        async def work(tx: Transaction) -> object:
            return await add_account(tx, name)

        return asyncio.create_task(db.perform(work))

    somebody = sqlite3.connect(tmp_path / "deskbridge.sqlite3", isolation_level=None)
    somebody.execute("BEGIN IMMEDIATE")
    gathering = db._gathering
    assert gathering
    first = change("first")
    while not gathering._working or gathering._asked:  # noqa: ASYNC110  # Nothing tells; every step is looked at.
        await asyncio.sleep(0)
    second = change("second")
    async with asyncio.timeout(20):
        answers = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(each) for each in answers] == [DatabaseUnavailable, DatabaseUnavailable]

    somebody.execute("ROLLBACK")
    somebody.close()
    await change("third")
    assert await accounts_in(db) == {"third"}
