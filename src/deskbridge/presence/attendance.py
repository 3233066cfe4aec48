"""Tells all processes whom people look at in this one, and who is connected to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import UserId
from deskbridge.clock import Clock
from deskbridge.errors import DatabaseUnavailable
from deskbridge.presence import store
from deskbridge.presence.board import announce_status
from deskbridge.presence.store import Watched
from deskbridge.storage.database import Database, Transaction
from deskbridge.storage.schema import new_id

BEAT_EVERY: Final = timedelta(seconds=15)
COUNTS_FOR: Final = timedelta(seconds=45)
"""What a process said, after it was killed."""
GRACE: Final = timedelta(seconds=5)
"""For a page that is reloaded, and for a process that is restarted."""


class Attendance:
    """One per process; writes only what differs from what it wrote before."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._me = new_id()
        self._watched: frozenset[Watched] = frozenset()
        self._connected: frozenset[UserId] = frozenset()
        self._left: dict[UserId, datetime] = {}
        self._beat_at: datetime | None = None
        self._turn = asyncio.Lock()

    @property
    def rest(self) -> timedelta:
        """How long nothing needs to be done when nothing happens."""
        return timedelta(seconds=1) if self._left else BEAT_EVERY

    async def keep(self, watched: Collection[Watched], connected: Collection[UserId]) -> None:
        """These are looked at here now, and these are connected here."""
        async with self._turn:
            await self._keep(frozenset(watched), self._with_those_who_just_left(frozenset(connected)))

    async def end(self) -> None:
        """This process ends: nobody looks at anybody here, and who was connected has a moment to come back."""
        async with self._turn:
            with contextlib.suppress(SQLAlchemyError, DatabaseUnavailable):
                await self._write(frozenset(), self._connected, GRACE)

    def _with_those_who_just_left(self, connected: frozenset[UserId]) -> frozenset[UserId]:
        now = self._clock()
        for user_id in self._connected - connected:
            self._left.setdefault(user_id, now)
        self._left = {
            user_id: at for user_id, at in self._left.items() if user_id not in connected and at > now - GRACE
        }
        return connected | self._left.keys()

    async def _keep(self, watched: frozenset[Watched], connected: frozenset[UserId]) -> None:
        is_same = (watched, connected) == (self._watched, self._connected)
        if not is_same or (self._beat_at is not None and self._beat_at <= self._clock()):
            await self._write(watched, connected, COUNTS_FOR)

    async def _write(self, watched: frozenset[Watched], connected: frozenset[UserId], counts_for: timedelta) -> None:
        now = self._clock()
        async with self._db.transaction() as tx:
            is_known = await store.beat(tx.connection, self._me, now + counts_for)
            # Whoever was silent for too long has been forgotten, and says everything again.
            if not is_known:
                await store.forget(tx.connection, [self._me])
            before_watched = self._watched if is_known else frozenset()
            before_connected = self._connected if is_known else frozenset()
            came, gone = watched - before_watched, before_watched - watched
            if watched:
                await store.change_watched(tx.connection, self._me, came, gone)
            else:
                await store.forget_watched(tx.connection, self._me)
            for account_id in {each[0] for each in came | gone}:
                tx.announce(f"attendance.{account_id}")
            joined, left = connected - before_connected, before_connected - connected
            await store.change_connected(tx.connection, self._me, joined, left)
            lost = await store.forget_processes(tx.connection, self._me, now)
            await _announce(tx, joined | left | lost, now)
        self._watched, self._connected = watched, connected
        self._beat_at = now + BEAT_EVERY if watched or connected else None


async def _announce(tx: Transaction, user_ids: Collection[UserId], now: datetime) -> None:
    for user in (await accounts_store.find_users(tx.connection, user_ids)).values():
        # An agent's presence follows the Status, connected or not.
        if not user.is_agent:
            await announce_status(tx, user, now)
