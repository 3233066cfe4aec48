"""How long a change in Teams takes until it is here: Microsoft's part, and ours (docs/decisions/0026).

The process that applies what Microsoft tells measures it; the one that answers an admin may be another. So each
process counts how often each length occurred, and adds its counts to those in the database every few seconds.
"""

from __future__ import annotations

import collections
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from prometheus_client import Histogram

from deskbridge.accounts.model import AccountId
from deskbridge.clock import Clock
from deskbridge.storage.database import Database
from deskbridge.teams.store import delays
from deskbridge.teams.store.delays import Noted

KEPT: Final = timedelta(days=1)
_TOGETHER: Final = timedelta(minutes=15)
_EACH: Final = 1.2
"""A length is known to a tenth: each is in a bucket a fifth longer than the one before, from a millisecond on."""
_SHORTEST: Final = 0.001
_LONGEST: Final = 86_400.0
_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)

histogram = Histogram(
    "deskbridge_teams_delay_seconds",
    "From a change in Teams until we were told (microsoft), and from there until it was applied (here).",
    ["part"],
    buckets=_BUCKETS,
)


class Part(StrEnum):
    """Whose part of the delay."""

    MICROSOFT = "microsoft"
    HERE = "here"


_OF: Final = {part: histogram.labels(part.value) for part in Part}


def bucket_of(seconds: float) -> int:
    """The bucket of a length in seconds; what is shorter or longer than the others is in the first or the last."""
    return max(0, math.ceil(math.log(min(max(seconds, _SHORTEST), _LONGEST) / _SHORTEST, _EACH)))


def percentile(counts: Mapping[int, int], share: float) -> float:
    """The length in seconds, to a tenth, that this share of what was counted does not exceed; something was counted."""
    rank, seen = math.floor(share * sum(counts.values())), 0
    for bucket in sorted(counts):
        seen += counts[bucket]
        if seen > rank:
            break
    # The middle of the bucket, as lengths grow.
    return float(_SHORTEST * _EACH ** (bucket - 0.5))


class Delays:
    """What this process measured and has not added yet: at most one number for each Account, part and length."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._noted: collections.Counter[Noted] = collections.Counter()

    def note(self, account_id: AccountId, part: Part, took: timedelta) -> None:
        """Another one; clocks that differ must not make time run backwards."""
        seconds = max(0.0, took.total_seconds())
        _OF[part].observe(seconds)
        self._noted[account_id, part.value, bucket_of(seconds)] += 1

    async def find(self) -> list[str]:
        """Whether there is anything to add."""
        return ["all"] if self._noted else []

    async def work(self, key: str) -> None:
        """Add it."""
        noted, self._noted = self._noted, collections.Counter()
        now = self._clock()
        try:
            await self._db.perform(lambda tx: delays.add(tx.connection, noted, _begin(now), now))
        except Exception:
            self._noted.update(noted)
            raise


def _begin(now: datetime) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return now - (now - epoch) % _TOGETHER
