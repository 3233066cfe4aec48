"""Tells all processes whom people look at in this one, and who is connected to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from deskbridge.accounts.model import UserId
from deskbridge.clock import Clock
from deskbridge.presence import store
from deskbridge.presence.store import Watched
from deskbridge.storage.database import Database
from deskbridge.storage.schema import new_id

BEAT_EVERY: Final = timedelta(seconds=15)
COUNTS_FOR: Final = timedelta(seconds=45)
"""What a process said, after it was killed."""


class Attendance:
    """One per process; writes only what differs from what it wrote before."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._me = new_id()
        self._watched: frozenset[Watched] = frozenset()
        self._connected: frozenset[UserId] = frozenset()
        self._beat_at: datetime | None = None
        self._turn = asyncio.Lock()

    async def keep(self, watched: Collection[Watched], connected: Collection[UserId]) -> None:
        """These are looked at here now, and these are connected here."""
        async with self._turn:
            await self._keep(frozenset(watched), frozenset(connected))

    async def end(self) -> None:
        """This process ends: nobody looks at anybody here."""
        with contextlib.suppress(SQLAlchemyError, OSError):
            await self.keep((), ())

    async def _keep(self, watched: frozenset[Watched], connected: frozenset[UserId]) -> None:
        now = self._clock()
        is_same = (watched, connected) == (self._watched, self._connected)
        if is_same and (self._beat_at is None or self._beat_at > now):
            return
        async with self._db.transaction() as tx:
            known = await store.beat(tx.connection, self._me, now + COUNTS_FOR)
            # Whoever was silent for too long has been forgotten, and says everything again.
            before_watched = self._watched if known else frozenset()
            before_connected = self._connected if known else frozenset()
            came, gone = watched - before_watched, before_watched - watched
            await store.change_watched(tx.connection, self._me, came, gone)
            await store.change_connected(
                tx.connection, self._me, connected - before_connected, before_connected - connected
            )
            await store.forget_processes(tx.connection, self._me, now)
            for account_id in {each[0] for each in came | gone}:
                tx.announce(f"attendance.{account_id}")
        self._watched, self._connected = watched, connected
        self._beat_at = now + BEAT_EVERY if watched or connected else None
