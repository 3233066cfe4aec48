"""Looking once more after something happened in a chat: a notification that was lost says nothing (M5).

Not polling (facts.md 8): each look follows something that was said, a few looks follow one event with growing
distance, and where nothing happens nothing is read. Kept in memory only: a start reads chats that were lively anyway.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from deskbridge.clock import Clock
from deskbridge.storage.database import Database
from deskbridge.teams.ids import LinkId
from deskbridge.teams.store import chats, gaps

LOOKS: Final = (timedelta(seconds=20), timedelta(minutes=3), timedelta(minutes=20))
"""After the last thing that happened. Teams tells of a message within 10 s on average (facts.md 7.3)."""
APART: Final = timedelta(minutes=2)
"""Between two looks at one chat, however lively it is."""
MOST: Final = 10_000
"""Chats at once; beyond that the oldest are left to the next start or subscription."""


@dataclass(slots=True)
class _Plan:
    look_at: datetime
    looks: int = 0
    looked_at: datetime | None = None


class FollowUp:
    """Which chats this process looks at once more, and when."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._plans: dict[LinkId, _Plan] = {}

    def note(self, link_id: LinkId) -> None:
        """Something happened in that chat, which was not read from its list."""
        now = self._clock()
        plan = self._plans.get(link_id)
        if plan is None:
            self._plans[link_id] = _Plan(now + _about(LOOKS[0]))
            if len(self._plans) > MOST:
                del self._plans[next(iter(self._plans))]
        elif plan.looks:
            earliest = (plan.looked_at or now) + APART
            plan.looks, plan.look_at = 0, max(now + _about(LOOKS[0]), earliest)

    async def find(self) -> Iterable[str]:
        """Chats whose time has come."""
        now = self._clock()
        return [link_id for link_id, plan in self._plans.items() if plan.look_at <= now]

    async def work(self, key: str) -> datetime | None:
        """Have the chat read, and plan the next look."""
        link_id = LinkId(key)
        plan = self._plans.get(link_id)
        now = self._clock()
        if plan is None or plan.look_at > now:
            return None
        async with self._db.transaction() as tx:
            link = await chats.find(tx.connection, link_id)
            if link is not None:
                await gaps.ask_for_sync(tx.connection, link_ids=[link_id])
                tx.announce(f"teams_sync.{link.user_id}")
        plan.looks += 1
        plan.looked_at = now
        if link is None or plan.looks >= len(LOOKS):
            del self._plans[link_id]
        else:
            plan.look_at = now + _about(LOOKS[plan.looks])
        return None


def _about(delay: timedelta) -> timedelta:
    return delay * random.uniform(0.8, 1.2)  # noqa: S311  # Not a secret.
