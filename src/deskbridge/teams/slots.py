"""Requests to a tenant, spread over time: after a restart thousands of agents have something to be read at once.

Microsoft's limits for a tenant are 20 reads of chats a second and 20 of messages, over all our processes (facts.md 8).
Each process takes less than half of one, so that two may begin at once; more than two are told to wait by Microsoft.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from deskbridge.clock import Clock
from deskbridge.teams.lanes import NotYet

EVERY: Final = timedelta(milliseconds=125)
AT_ONCE: Final = 8


class Slots:
    """Gives everyone a turn: at once while few ask, else one after the other."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next: datetime | None = None
        self._given: dict[str, datetime] = {}

    def take(self, key: str) -> None:
        """Raises NotYet with the moment of that key's turn, which is then kept for it."""
        now = self._clock()
        turn = self._given.get(key)
        if turn is None:
            earliest = now - AT_ONCE * EVERY
            turn = max(self._next or earliest, earliest)
            self._next = turn + EVERY
        if turn > now:
            self._given[key] = turn
            raise NotYet(turn)
        self._given.pop(key, None)
