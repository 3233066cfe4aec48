"""Short questions in a row see one moment of the database, and outlive its connections."""

from __future__ import annotations

import contextlib

import pytest
from sqlalchemy import text

from deskbridge.errors import DatabaseUnavailable
from deskbridge.storage.asking import Ask, Stale, Steps
from deskbridge.storage.database import Database
from support.databases import add_account


def _count() -> Steps[int]:
    rows = yield Ask("SELECT count(*) FROM accounts", ())
    return int(rows[0][0])


async def test_each_answer_goes_to_the_steps_that_asked(db: Database) -> None:
    async with db.transaction() as tx:
        await add_account(tx, "one")

    def steps() -> Steps[tuple[int, list[str]]]:
        how_many = yield from _count()
        rows = yield Ask("SELECT name FROM accounts WHERE name <> ''", ())
        return how_many, [name for (name,) in rows]

    assert await db.read_in_steps(steps) == (1, ["one"])


async def test_who_finds_a_change_begins_again_and_at_last_sees_one_moment(db: Database) -> None:
    begun: list[str] = []

    def steps() -> Steps[str]:
        level = yield Ask(
            "SELECT current_setting('transaction_isolation')" if not db.is_sqlite else "SELECT 'sqlite'", ()
        )
        begun.append(level[0][0])
        if level[0][0] == "read committed":
            raise Stale
        return str(level[0][0])

    at_last = await db.read_in_steps(steps)

    assert begun == ["sqlite"] if db.is_sqlite else begun == ["read committed", "read committed", "repeatable read"]
    assert at_last == begun[-1]


async def test_what_fails_fails_and_the_next_is_answered(db: Database) -> None:
    def wrong() -> Steps[None]:
        yield Ask("SELECT name FROM nowhere", ())

    for _ in range(9):
        with pytest.raises(Exception, match="nowhere"):
            await db.read_in_steps(wrong)

    assert await db.read_in_steps(_count) == 0


async def test_connections_that_the_server_has_ended_are_replaced(db: Database) -> None:
    if db.is_sqlite:
        return
    assert await db.read_in_steps(_count) == 0
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

    async with db.transaction() as tx:
        await tx.connection.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))

    # Each that was lost is noticed at most once.
    for _ in range(9):
        with contextlib.suppress(DatabaseUnavailable):
            await db.read_in_steps(_count)
    assert await db.read_in_steps(_count) == 0
