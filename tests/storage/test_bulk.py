"""What is handed to the driver as it is, is refused like what SQLAlchemy hands to it: nothing is cut or stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.storage.bulk import insert_many, insert_rows, update_rows
from deskbridge.storage.database import Database
from deskbridge.storage.failures import is_unfit

WORDS = Table(
    "words", MetaData(), Column("id", Integer, primary_key=True, autoincrement=False), Column("word", String(5))
)
FITS: list[dict[str, Any]] = [{"id": number, "word": "short"} for number in range(100)]
LONG: list[dict[str, Any]] = [*FITS, {"id": 100, "word": "longer"}]


async def as_sqlalchemy_does(connection: AsyncConnection, table: Table, rows: list[dict[str, Any]]) -> None:
    await connection.execute(table.insert(), rows)


async def changed(connection: AsyncConnection, table: Table, rows: list[dict[str, Any]]) -> None:
    await as_sqlalchemy_does(connection, table, [{**each, "word": None} for each in rows])
    await update_rows(connection, table, "id", rows)


# SQLite takes whatever length.
@pytest.mark.parametrize("machines", ["many machines"], indirect=True)
@pytest.mark.parametrize("way", [as_sqlalchemy_does, insert_many, insert_rows, changed])
async def test_what_is_too_long_is_refused(
    db: Database, way: Callable[[AsyncConnection, Table, list[dict[str, Any]]], Awaitable[None]]
) -> None:
    async with db.transaction() as tx:
        await tx.connection.run_sync(WORDS.create)
    async with db.transaction() as tx:
        await way(tx.connection, WORDS, FITS)
        await tx.connection.execute(WORDS.delete())

    with pytest.raises(DBAPIError) as refused:
        async with db.transaction() as tx:
            await way(tx.connection, WORDS, LONG)

    assert is_unfit(refused.value)
    async with db.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(WORDS)) == 0
