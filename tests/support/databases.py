"""A database with all tables and a bus in this process, for tests of what is below the API."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from sqlalchemy.ext.asyncio import create_async_engine

import deskbridge.conversations.tables
from deskbridge.events import LocalBus
from deskbridge.storage.database import Database, open_database
from deskbridge.storage.schema import metadata
from support.clock import Clock

_ = deskbridge.conversations.tables


class Heard:
    """What was published, in order."""

    def __init__(self) -> None:
        self.said: list[tuple[str, bytes]] = []

    def __call__(self, channel: str, payload: bytes) -> None:
        """Hear one."""
        self.said.append((channel, payload))

    def on(self, channel: str) -> list[bytes]:
        """What was said on that channel."""
        return [payload for name, payload in self.said if name == channel]


async def _create_tables(url: str) -> None:
    engine = create_async_engine(
        url.replace("sqlite:", "sqlite+aiosqlite:").replace("postgresql:", "postgresql+asyncpg:")
    )
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()


@contextlib.asynccontextmanager
async def opened(url: str, clock: Callable[[], object] | None = None) -> AsyncIterator[tuple[Database, LocalBus]]:
    """The database of that address, migrated and started."""
    await _create_tables(url)
    bus = LocalBus()
    database = open_database(url, bus, clock or Clock())  # type: ignore[arg-type]
    try:
        await database.start()
        yield database, bus
    finally:
        await database.close()
