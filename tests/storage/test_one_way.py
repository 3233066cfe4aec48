"""SQLite's driver: whatever is asked, the answer is whole, and nothing stays open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from deskbridge.storage.one_way import BROUGHT_ALONG, OneWayConnection

MANY = 2 * BROUGHT_ALONG + 500


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[AsyncConnection]:
    """A table of many numbers."""
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{tmp_path}/numbers.sqlite3", connect_args={"async_creator_fn": OneWayConnection}
    )
    async with engine.connect() as opened:
        await opened.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY)"))
        await opened.execute(text("INSERT INTO numbers VALUES (:n)"), [{"n": each} for each in range(MANY)])
        await opened.commit()
        yield opened
    await engine.dispose()


@pytest.mark.parametrize("limit", [0, 1, BROUGHT_ALONG - 1, BROUGHT_ALONG, BROUGHT_ALONG + 1, MANY])
async def test_all_rows_come_in_one_piece_and_in_pieces(connection: AsyncConnection, limit: int) -> None:
    query = text(f"SELECT n FROM numbers ORDER BY n LIMIT {limit}")
    assert list((await connection.execute(query)).scalars()) == list(range(limit))
    streamed = await connection.stream(query)
    assert [row.n async for row in streamed] == list(range(limit))
    pieces = (await connection.stream(query)).partitions(300)
    assert [row.n async for piece in pieces for row in piece] == list(range(limit))


async def test_what_is_not_read_to_its_end_holds_nothing_back(connection: AsyncConnection) -> None:
    streamed = await connection.stream(text("SELECT n FROM numbers ORDER BY n"))
    assert (await streamed.fetchone()) == (0,)
    await streamed.close()
    assert (await connection.execute(text("SELECT n FROM numbers ORDER BY n"))).first() == (0,)
    # SQLite refuses this while a statement on the table is open.
    await connection.execute(text("DROP TABLE numbers"))
    await connection.commit()


async def test_what_was_changed_is_told(connection: AsyncConnection) -> None:
    changed = await connection.execute(text("UPDATE numbers SET n = n + 10000 WHERE n < 3"))
    assert changed.rowcount == 3
    inserted = await connection.execute(text("INSERT INTO numbers VALUES (77777) RETURNING n"))
    assert inserted.scalar_one() == 77777
    assert (await connection.execute(text("DELETE FROM numbers WHERE n = 5555555"))).rowcount == 0


async def test_a_statement_that_fails_harms_no_other(connection: AsyncConnection) -> None:
    with pytest.raises(OperationalError):
        await connection.execute(text("SELECT n FROM nowhere"))
    with pytest.raises(IntegrityError):
        await connection.execute(text("INSERT INTO numbers VALUES (:n)"), [{"n": -1}, {"n": 1}])
    await connection.rollback()
    assert await connection.scalar(text("SELECT count(*) FROM numbers")) == MANY
