"""The tenant's own time: tests and people can advance it, so an hour's token lapse takes no hour."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import lru_cache


class Clock:
    """Real time plus what has been advanced; a frozen clock moves only when told."""

    def __init__(self, frozen_at: float | None = None, offset: float = 0.0) -> None:
        self.frozen_at = frozen_at
        self.offset = offset

    def now(self) -> float:
        """Seconds since 1970."""
        return (time.time() if self.frozen_at is None else self.frozen_at) + self.offset

    def now_ms(self) -> int:
        """Milliseconds since 1970, the resolution that Graph shows."""
        return int(self.now() * 1000)

    def move_to(self, when: float) -> None:
        """Advance to a moment; time never goes back."""
        self.offset += max(0.0, when - self.now())


def graph_time(ms: int) -> str:
    """An instant as Graph prints it: UTC, milliseconds without trailing zeros (facts.md 6.1 samples)."""
    fraction = f".{ms % 1000:03d}".rstrip("0") if ms % 1000 else ""
    return f"{_whole_seconds(ms // 1000)}{fraction}Z"


@lru_cache(maxsize=4096)
def _whole_seconds(seconds: int) -> str:
    """Formatting a date costs more than the rest of a message, and most are of the last seconds."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def parse_time(text: str) -> float:
    """Seconds since 1970 of an ISO 8601 instant; without a zone it is UTC. Raises ValueError."""
    cut = _to_microseconds(text.strip().replace("Z", "+00:00").replace("z", "+00:00"))
    moment = datetime.fromisoformat(cut)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _to_microseconds(text: str) -> str:
    """Microsoft prints up to seven digits of a second; Python reads six."""
    whole, dot, rest = text.partition(".")
    if not dot:
        return text
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{whole}.{rest[:digits][:6]:0<6}{rest[digits:]}"


class Agenda:
    """What is to happen later, by the tenant's clock."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._changed = asyncio.Event()

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Plan an action; actions check for themselves whether they still make sense."""
        heapq.heappush(self._heap, (when, next(self._order), action))
        self._changed.set()

    def clear(self) -> None:
        """Forget everything, for a reset."""
        self._heap.clear()

    def run_due(self) -> None:
        """Do what is due now."""
        while self._heap and self._heap[0][0] <= self.clock.now():
            heapq.heappop(self._heap)[2]()

    async def advance(self, seconds: float, between: Callable[[], Awaitable[None]]) -> None:
        """Move time forward, stopping at each planned moment so that everything happens in its order."""
        target = self.clock.now() + seconds
        offset = self.clock.offset + seconds
        while self._heap and self._heap[0][0] <= target:
            self.clock.move_to(self._heap[0][0])
            self.run_due()
            await between()
        # Exactly as far as asked, however long the steps took in real time.
        self.clock.offset = max(offset, self.clock.offset)
        self._changed.set()

    async def run(self) -> None:
        """Do things as they fall due, until cancelled."""
        while True:
            self.run_due()
            self._changed.clear()
            try:
                async with asyncio.timeout(self._pause()):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _pause(self) -> float | None:
        if not self._heap or self.clock.frozen_at is not None:
            return None
        return max(0.0, self._heap[0][0] - self.clock.now())
