"""What a service changes things with, and what of it is told after the commit."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.clock import Clock
from deskbridge.events import Bus
from deskbridge.storage import feed
from deskbridge.storage.feed import Name, Topic


@dataclass(slots=True)
class Transaction:
    """What a service changes things with; ends in exactly one commit, or in nothing."""

    connection: AsyncConnection
    _events: dict[Topic, list[feed.NewEvent]] = field(default_factory=lambda: defaultdict(list))
    _announcements: list[tuple[str, bytes]] = field(default_factory=list)
    _recorded: list[feed.Recorded] = field(default_factory=list)

    def emit(self, topic: Topic, what: BaseModel | str, name: Name | None = None) -> None:
        """Tell a feed what happened, once it has been committed; `what` may be in JSON already.

        With a name only that is recorded: whoever missed it is told what there is by then.
        """
        event = what if isinstance(what, str) else what.model_dump_json()
        self._events[topic].append(feed.NewEvent(event, name))

    def break_off(self, topic: Topic) -> None:
        """What is different cannot be told as events: whoever follows that feed fetches a snapshot, once committed."""
        self._events[topic].append(feed.NewEvent(feed.BREAK))

    def announce(self, channel: str, payload: bytes = b"") -> None:
        """Tell all processes, once committed; not recorded, so it may be missed."""
        self._announcements.append((channel, payload))

    async def flush(self, clock: Clock) -> None:
        """Record what was emitted; always last, so that two transactions cannot lock up."""
        self._recorded += await feed.append(self.connection, self._events, clock())

    def publish(self, bus: Bus) -> None:
        """After the commit: tell everyone."""
        for each in self._recorded:
            bus.publish(f"feed.{each.topic}", f"{each.number} {each.event}".encode())
        for channel, payload in dict.fromkeys(self._announcements):
            bus.publish(channel, payload)
