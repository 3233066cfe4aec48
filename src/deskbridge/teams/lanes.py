"""Lanes: work that must be in order for each key, while different keys go on side by side.

At most one task for a key and `width` tasks at once; nobody waits for a slow one. What there is to do is found in the
database: a wake-up only makes it quick, and a sparse look finds what a lost wake-up or a killed process left.

Where most of the work is quick, and quicker for many keys together, `together` has the first go: whatever keys are
ready are given to it, and only what it hands back is worked on key by key.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from deskbridge.clock import Clock
from deskbridge.errors import DatabaseUnavailable, MicrosoftUnavailable

log = structlog.get_logger(__name__)

LOOK_EVERY = timedelta(seconds=5)
_END_WITHIN = 3.0
_MOST_PATIENCE = timedelta(minutes=1)

Find = Callable[[], Awaitable[Iterable[str]]]
"""The keys for which there may be something to do."""
Work = Callable[[str], Awaitable[datetime | None]]
"""Do what is due for a key; the answer is when to come again, or None: when woken."""


@dataclass(frozen=True, slots=True)
class Left:
    """Of many keys, those that are to be worked on one by one, and those for which more waits of the same kind."""

    alone: Collection[str] = ()
    more: Collection[str] = ()


Together = Callable[[Sequence[str]], Awaitable[Left]]
"""Do for many keys what can be done without waiting for anybody else."""
MOST_GROUPS = 2
"""While what one group is given is being opened, that of the other is being stored."""
MOST_TOGETHER = 500


class NotYet(Exception):
    """What is to be done must wait until then; not a failure."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"not before {until}")
        self.until = until


class Lanes:
    """The lanes of one kind of work in one process."""

    def __init__(
        self, name: str, find: Find, work: Work, clock: Clock, width: int = 16, together: Together | None = None
    ) -> None:
        self._name = name
        self._find = find
        self._work = work
        self._clock = clock
        self._width = width
        self._together = together
        self._ready: dict[str, None] = {}
        self._alone: dict[str, None] = {} if together else self._ready
        self._groups: set[asyncio.Task[None]] = set()
        self._grouped: set[str] = set()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._due: dict[str, datetime] = {}
        self._failures: dict[str, int] = {}
        self._look_at: datetime | None = None
        self._wake = asyncio.Event()
        self._begun = 0

    def wake(self, key: str) -> None:
        """There is something to do for that key, now."""
        if key in self._running or key in self._grouped:
            self._again.add(key)
        else:
            self._ready[key] = None
        self._wake.set()

    def look_soon(self) -> None:
        """There is something to do for somebody."""
        self._look_at = None
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; then let what runs come to its end, for a moment."""
        stopping = asyncio.create_task(_heard(stop))
        try:
            while not stop.is_set():
                self._wake.clear()
                await self._look_if_due()
                self._start()
                await self._rest(stopping)
        finally:
            stopping.cancel()
            await self._end()

    async def settle(self) -> int:
        """Do everything that is due now, and return when nothing of it is left: for how many keys there was any."""
        await self._look()
        before = self._begun
        while True:
            self._start()
            if not (self._running or self._groups):
                return self._begun - before
            await asyncio.wait([*self._running.values(), *self._groups], return_when=asyncio.FIRST_COMPLETED)

    async def _rest(self, stopping: asyncio.Task[None]) -> None:
        waking = asyncio.create_task(_heard(self._wake))
        due = min([*self._due.values(), self._look_at or self._clock()])
        seconds = max(0.0, (due - self._clock()).total_seconds())
        if len(self._running) >= self._width:
            # Whoever ends wakes us; looking at what cannot be started would only spin.
            seconds = LOOK_EVERY.total_seconds()
        try:
            await asyncio.wait({waking, stopping}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waking.cancel()

    async def _look_if_due(self) -> None:
        if self._look_at is not None and self._look_at > self._clock():
            return
        try:
            await self._look()
        except Exception as error:  # noqa: BLE001  # Whatever is away comes back; the loop must be there then.
            log.warning("look_failed", lanes=self._name, error=repr(error))

    async def _look(self) -> None:
        self._look_at = self._clock() + LOOK_EVERY
        for key in await self._find():
            if key not in self._running and key not in self._grouped and key not in self._due:
                self._ready[key] = None

    def _start(self) -> None:
        now = self._clock()
        for key in [key for key, at in self._due.items() if at <= now]:
            self._alone[key] = None
        if self._together is not None:
            self._start_together(self._together)
        while self._alone and len(self._running) < self._width:
            key = next(iter(self._alone))
            for waiting in (self._alone, self._ready):
                waiting.pop(key, None)
            self._due.pop(key, None)
            self._begun += 1
            self._running[key] = asyncio.create_task(self._go(key), name=f"{self._name}:{key}")

    def _start_together(self, together: Together) -> None:
        keys = [key for key in self._ready if key not in self._alone][:MOST_TOGETHER]
        if not keys or len(self._groups) >= MOST_GROUPS:
            return
        for key in keys:
            del self._ready[key]
            self._due.pop(key, None)
        self._begun += len(keys)
        self._grouped.update(keys)
        group = asyncio.create_task(self._go_together(together, keys), name=f"{self._name}:together")
        self._groups.add(group)
        group.add_done_callback(self._end_group)

    def _end_group(self, group: asyncio.Task[None]) -> None:
        self._groups.discard(group)
        self._wake.set()

    async def _go_together(self, together: Together, keys: Sequence[str]) -> None:
        left = Left(alone=keys)
        try:
            left = await together(keys)
        except Exception as error:  # noqa: BLE001  # Each by itself: whose trouble it is shows then.
            log.warning("lanes_failed_together", lanes=self._name, keys=len(keys), error=repr(error)[:300])
        self._grouped.difference_update(keys)
        woken = self._again.intersection(keys)
        self._again -= woken
        self._alone.update(dict.fromkeys(left.alone))
        self._ready.update(dict.fromkeys(woken.union(left.more).difference(left.alone)))

    async def _go(self, key: str) -> None:
        try:
            again_at = await self._work(key)
            self._failures.pop(key, None)
        except NotYet as wait:
            again_at = wait.until
        except MicrosoftUnavailable as error:
            again_at = self._clock() + self._patience(key)
            log.info("microsoft_away", lanes=self._name, key=key, error=error.message)
        except DatabaseUnavailable as error:
            again_at = self._clock() + self._patience(key)
            # Not a defect: one line, without the way that led there, as there may be a thousand lanes.
            log.warning("database_away", lanes=self._name, key=key, error=repr(error.__cause__)[:200])
        except Exception as error:  # One lane's trouble must not end the others.
            again_at = self._clock() + self._patience(key)
            log.warning("lane_failed", lanes=self._name, key=key, error=repr(error), exc_info=True)
        finally:
            del self._running[key]
            self._wake.set()
        if again_at is not None:
            self._due[key] = again_at
        if key in self._again:
            self._again.discard(key)
            self._ready[key] = None

    def _patience(self, key: str) -> timedelta:
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        return backoff(failures)

    async def _end(self) -> None:
        running = {*self._running.values(), *self._groups}
        if running:
            _, late = await asyncio.wait(running, timeout=_END_WITHIN)
            for task in late:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*late, return_exceptions=True)


async def _heard(event: asyncio.Event) -> None:
    await event.wait()


def backoff(failures: int) -> timedelta:
    """Longer each time up to a minute, and never the same for two who failed together (facts.md 8)."""
    seconds = min(2.0 ** min(failures - 1, 10), _MOST_PATIENCE.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311  # Not a secret.
