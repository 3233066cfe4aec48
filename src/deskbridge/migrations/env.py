"""Alembic's entry: runs migrations on SQLite or PostgreSQL, one at a time where many start at once."""

from __future__ import annotations

import asyncio
from typing import Literal, cast

from alembic import context
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

import deskbridge.tables
from deskbridge.addresses import for_driver
from deskbridge.conversations import search_tables
from deskbridge.storage.schema import Moment, metadata

_ = deskbridge.tables
LOCK = 5_047_301
"""Any number: two processes that migrate at once wait for each other on it."""


def _render(kind: str, item: object, autogen_context: object) -> str | Literal[False]:
    # A migration says what the column is, so that it stays true when our type changes.
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Moment) else False


def _is_ours(name: str | None, kind: str, parents: object) -> bool:
    # Derived by the database from one of our tables, which is compared.
    return not (kind == "table" and name is not None and name.startswith(search_tables.INDEX))


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=_render,
        include_name=_is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()
    search_tables.create(connection)


async def _migrate_async(url: str) -> None:
    address, tls = for_driver(url)
    engine = create_async_engine(address, connect_args=tls)
    async with engine.begin() as connection:
        await connection.run_sync(_migrate)
    await engine.dispose()


def run() -> None:
    """Whatever Alembic was asked to do."""
    url = cast("str", context.config.attributes["url"])
    if url.startswith("sqlite"):
        engine = create_engine(url)
        with engine.begin() as connection:
            _migrate(connection)
        engine.dispose()
    else:
        asyncio.run(_migrate_async(url))


run()
