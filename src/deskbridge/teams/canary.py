"""The canary: notices that Microsoft silently stopped telling us things (facts.md 0.5: nothing says so).

Two signs, and no request is made for either. What an agent sends comes back as a notification, within ten seconds on
average (facts.md 7.3): where nothing of that chat has come after five minutes, nobody is telling us. And what a chat is
read for without a known gap brings nothing that is older than two minutes and was not told. Either is counted, and the
agent's subscription is made anew, which fills the gap.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog
from prometheus_client import Counter

from deskbridge.accounts.model import UserId
from deskbridge.clock import Clock
from deskbridge.storage.database import Database, Transaction
from deskbridge.teams.store import connections, gaps, looks, subscriptions
from deskbridge.teams.store.leases import LEASE, Leases

log = structlog.get_logger(__name__)

SILENT_AFTER: Final = timedelta(minutes=5)
LATE_AFTER: Final = timedelta(minutes=2)
APART: Final = timedelta(minutes=30)
"""Between two subscriptions made anew for one agent: a single notification that was lost needs no more."""

not_told = Counter(
    "deskbridge_teams_not_told",
    "What Microsoft did not tell us: own messages without an echo, and messages found by reading.",
    ["sign"],
)


class Canary:
    """Listens for silence, one lane for each agent."""

    def __init__(self, db: Database, clock: Clock, leases: Leases) -> None:
        self._db = db
        self._clock = clock
        self._leases = leases

    async def find(self) -> list[str]:
        """Agents who sent something of which nothing has come back."""
        now = self._clock()
        return list(await self._db.read_through(lambda there: gaps.list_unheard(there, now - SILENT_AFTER)))

    async def work(self, key: str) -> datetime | None:
        """Count the silence, and have the agent's subscription made anew."""
        lease = f"canary:{key}"
        if not await self._leases.claim(lease):
            return self._clock() + LEASE
        try:
            async with self._db.transaction() as tx:
                unheard = await gaps.forget_unheard(tx.connection, UserId(key), self._clock() - SILENT_AFTER)
                if unheard:
                    await self._ring(tx, UserId(key), "no_echo", unheard)
        finally:
            await self._leases.release(lease)
        return None

    async def found(self, user_id: UserId, how_many: int) -> None:
        """So much was found by reading that had not been told."""
        async with self._db.transaction() as tx:
            await self._ring(tx, user_id, "found", how_many)

    def is_late(self, said_at: datetime, read_at: datetime) -> bool:
        """Whether it should have been told before it was read."""
        return read_at - said_at > LATE_AFTER

    async def _ring(self, tx: Transaction, user_id: UserId, sign: str, how_many: int) -> None:
        now = self._clock()
        row = await connections.find(tx.connection, user_id)
        kept = await subscriptions.find(tx.connection, user_id)
        if row is None or not row.is_usable or kept is None or kept.subscription_id is None:
            # There is nothing that could tell us; making it anew fills the gap.
            return
        not_told.labels(sign).inc(how_many)
        log.warning("not_told", user_id=user_id, sign=sign, how_many=how_many)
        if await looks.ring(tx.connection, user_id, now, now - APART):
            await subscriptions.update_columns(tx.connection, kept.id, subscription_id=None, renew_at=now)
            tx.announce(f"teams_subscriptions.{user_id}")
