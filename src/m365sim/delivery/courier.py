"""Delivering notifications: batches to one address at a time, with retries for four hours (facts.md 7.3)."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from m365sim.delivery.envelopes import Envelopes
from m365sim.delivery.health import SLOW_AFTER, WINDOW, Health
from m365sim.world.watching import Pending, Subscription
from m365sim.world.world import World

BATCH = 500
BATCH_BYTES = 512 * 1024
"""Of what one POST tells in full, before it is encrypted. How much it may be, Microsoft does not say."""
GIVE_UP_AFTER = 4 * 3600.0
FIRST_RETRY = 5.0
LONGEST_RETRY = 900.0
ANSWER_WITHIN = 10.0


@dataclass(slots=True)
class _Lane:
    """What waits for one address, by the time it is due."""

    url: str
    waiting: list[tuple[float, int, str]] = field(default_factory=list)
    health: Health = field(default_factory=Health)
    task: asyncio.Task[None] | None = None


@dataclass(slots=True)
class Tally:
    """What has become of notifications, for the control page and the tests."""

    delivered: int = 0
    posts: int = 0
    failed_posts: int = 0
    given_up: int = 0
    dropped: int = 0


class Courier:
    """Owns one task for each address that has something due; `close` ends them all."""

    def __init__(self, world: World, envelopes: Envelopes) -> None:
        self.world = world
        self.tally = Tally()
        #: How long webhooks take is real time: the tenant's clock stands still while one answers.
        self.stopwatch: Callable[[], float] = time.monotonic
        self.slow_answer: Callable[[str, float], None] = lambda _url, _seconds: None
        self.gave_up: Callable[[str], None] = lambda _url: None
        self._envelopes = envelopes
        self._lanes: dict[str, _Lane] = {}
        self._order = itertools.count()
        self._client: httpx.AsyncClient | None = None

    def open(self, client: httpx.AsyncClient) -> None:
        """Start, with what a former process left undelivered."""
        self._client = client
        for pending in self.world.pending.values():
            self._queue(pending)

    async def close(self) -> None:
        """Stop; what is pending stays in the journal."""
        tasks = [lane.task for lane in self._lanes.values() if lane.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def forget(self) -> None:
        """After a reset nothing waits any more."""
        for lane in self._lanes.values():
            lane.waiting.clear()
            lane.health = Health()
        self.tally = Tally()

    def accept(self, pending: Pending) -> None:
        """Take a notification; a webhook that is far too slow loses it (facts.md 7.3)."""
        now = self.world.clock.now()
        state = self._lane(pending.url).health.state(now)
        if state == "drop":
            self.tally.dropped += 1
            return
        if state == "slow":
            pending.due_at = max(pending.due_at, now + WINDOW)
        self.world.save(pending)
        self._queue(pending)

    def release(self, subscription_id: str) -> None:
        """A renewed subscription: what was held back for it is due now."""
        for pending in self.world.pending.values():
            if pending.subscription_id == subscription_id:
                pending.due_at = min(pending.due_at, self.world.clock.now())
                self._queue(pending)

    async def settle(self) -> None:
        """Return when everything that is due has been delivered, put off or given up."""
        self.world.agenda.run_due()
        while running := [lane.task for lane in self._lanes.values() if lane.task]:
            await asyncio.wait(running)
            self.world.agenda.run_due()

    def states(self) -> dict[str, str]:
        """The state of each address."""
        now = self.world.clock.now()
        return {url: lane.health.state(now) for url, lane in self._lanes.items()}

    def _lane(self, url: str) -> _Lane:
        return self._lanes.setdefault(url, _Lane(url))

    def _queue(self, pending: Pending) -> None:
        lane = self._lane(pending.url)
        heapq.heappush(lane.waiting, (pending.due_at, next(self._order), pending.id))
        self._kick(lane)

    def _kick(self, lane: _Lane) -> None:
        """See to it that somebody delivers what is due, now or when it falls due."""
        if lane.task is not None or not lane.waiting or self._client is None:
            return
        due = lane.waiting[0][0]
        if due > self.world.clock.now():
            self.world.agenda.at(due, lambda: self._kick(lane))
            return
        lane.task = asyncio.get_running_loop().create_task(self._work(lane))

    async def _work(self, lane: _Lane) -> None:
        try:
            # What happens in one go, or within one batch's round trip, travels together.
            await asyncio.sleep(0)
            while batch := self._take(lane):
                await self.world.journal.commit()
                await self._deliver(lane, batch)
        finally:
            lane.task = None
            self._kick(lane)

    def _take(self, lane: _Lane) -> list[tuple[Pending, Subscription | None]]:
        now = self.world.clock.now()
        batch: dict[str, tuple[Pending, Subscription | None]] = {}
        size = 0
        while lane.waiting and lane.waiting[0][0] <= now and len(batch) < BATCH and size < BATCH_BYTES:
            _, _, pending_id = heapq.heappop(lane.waiting)
            pending = self.world.pending.get(pending_id)
            if pending is None or pending.due_at > now:
                continue
            subscription = self.world.subscriptions.get(pending.subscription_id)
            if self._is_over(pending, subscription, now):
                self._give_up(pending, now)
            elif subscription is None or not _held(pending, subscription, now):
                batch[pending.id] = (pending, subscription)
                size += len(pending.payload or b"")
        return list(batch.values())

    def _give_up(self, pending: Pending, now: float) -> None:
        self.world.forget(pending)
        self.tally.given_up += 1
        if now - pending.created_at > GIVE_UP_AFTER and pending.attempts:
            self.gave_up(pending.url)

    def _is_over(self, pending: Pending, subscription: Subscription | None, now: float) -> bool:
        """Four hours of trying, or no subscription any more (a removal notice carries its own)."""
        if subscription is None and pending.frozen_item is None:
            return True
        return now - pending.created_at > GIVE_UP_AFTER

    async def _deliver(self, lane: _Lane, batch: list[tuple[Pending, Subscription | None]]) -> None:
        started = self.stopwatch()
        accepted = await self._post(lane.url, self._envelopes.wrap(batch))
        took = self.stopwatch() - started
        now = self.world.clock.now()
        lane.health.note(now, took)
        if took >= SLOW_AFTER:
            self.slow_answer(lane.url, took)
        self.tally.posts += 1
        if accepted:
            self.tally.delivered += len(batch)
            for pending, _ in batch:
                self.world.forget(pending)
            return
        self.tally.failed_posts += 1
        for pending, _ in batch:
            pending.attempts += 1
            pending.due_at = now + min(LONGEST_RETRY, FIRST_RETRY * 2 ** (pending.attempts - 1))
            self.world.save(pending)
            self._queue(pending)

    async def _post(self, url: str, body: bytes) -> bool:
        if self._client is None:
            return False
        try:
            response = await self._client.post(
                url,
                content=body,
                headers={"Content-Type": "application/json; charset=utf-8"},
                timeout=ANSWER_WITHIN,
            )
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return response.is_success


def _held(pending: Pending, subscription: Subscription, now: float) -> bool:
    """Deliveries stop while the attached token has lapsed; lifecycle events still come."""
    return pending.lifecycle is None and subscription.token_expires_at <= now
