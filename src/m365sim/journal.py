"""Where the tenant's state outlives the process: a SQLite file with one row for each record.

An effect is acknowledged only after its records are committed. Commits are gathered: whatever was
marked while the last transaction was being written goes into the next one together.
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol


class Row(NamedTuple):
    """One record as stored; without a value it is deleted."""

    kind: str
    key: str
    value: bytes | None


class Journal(Protocol):
    """What the world needs of its memory."""

    def mark(self, kind: str, key: str, value: bytes | None) -> None:
        """Note a changed or deleted record."""

    def position(self) -> int:
        """How many marks there have been."""

    async def commit(self) -> None:
        """Return once all marks so far are durable."""

    async def close(self) -> None:
        """Write the rest and let go."""


class NoJournal:
    """State in memory only."""

    def mark(self, kind: str, key: str, value: bytes | None) -> None:
        """Nothing to remember."""

    def position(self) -> int:
        """Never moves."""
        return 0

    async def commit(self) -> None:
        """Nothing to wait for."""

    async def close(self) -> None:
        """Nothing to close."""


class SqliteJournal:
    """Group commit into one table of a SQLite file."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS record"
            " (number INTEGER PRIMARY KEY, kind TEXT, key TEXT, value BLOB, UNIQUE (kind, key))"
        )
        self._waiting: dict[tuple[str, str], bytes | None] = {}
        self._marked = 0
        self._written = 0
        self._work = asyncio.Event()
        self._progress = asyncio.Condition()
        self._writer: asyncio.Task[None] | None = None

    def rows(self) -> Iterator[Row]:
        """Everything stored, in the order in which it first came."""
        for kind, key, value in self._db.execute("SELECT kind, key, value FROM record ORDER BY number"):
            yield Row(kind, key, value)

    def mark(self, kind: str, key: str, value: bytes | None) -> None:
        """Note a changed or deleted record; the writer takes it with the next transaction."""
        self._waiting[kind, key] = value
        self._marked += 1
        self._work.set()

    def position(self) -> int:
        """How many marks there have been."""
        return self._marked

    async def commit(self) -> None:
        """Return once all marks so far are durable."""
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_forever())
        target = self._marked
        async with self._progress:
            while self._written < target:
                await self._progress.wait()
                if self._writer.done():
                    self._writer.result()

    async def close(self) -> None:
        """Write the rest and close the file."""
        await self.commit()
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        self._db.close()

    async def _write_forever(self) -> None:
        try:
            while True:
                await self._work.wait()
                self._work.clear()
                rows, self._waiting = self._waiting, {}
                position = self._marked
                await asyncio.to_thread(self._write, rows)
                async with self._progress:
                    self._written = position
                    self._progress.notify_all()
        finally:
            # A disk that fails must not leave requests hanging: they wake and see the writer's error.
            async with self._progress:
                self._progress.notify_all()

    def _write(self, rows: dict[tuple[str, str], bytes | None]) -> None:
        gone = [key for key, value in rows.items() if value is None]
        kept = [(kind, key, value) for (kind, key), value in rows.items() if value is not None]
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany("DELETE FROM record WHERE kind = ? AND key = ?", gone)
        self._db.executemany(
            "INSERT INTO record (kind, key, value) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
            kept,
        )
        self._db.execute("COMMIT")
