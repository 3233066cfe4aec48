"""How processes tell each other what happened: within one process, or over NATS between many.

Nothing that matters depends on a message arriving: records and feeds are in the database, and whoever hears a
later number reads what was missed. A bus only makes it quick.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

if TYPE_CHECKING:
    from nats.aio.msg import Msg

log = structlog.get_logger(__name__)

START_WITHIN = timedelta(seconds=5)

Handler = Callable[[str, bytes], None]
"""Called with the channel and the payload, at once and without waiting."""


class Bus(Protocol):
    """Publish and subscribe; the order of one publisher on one channel is kept."""

    @property
    def is_up(self) -> bool:
        """Whether what is published leaves at once."""

    def publish(self, channel: str, payload: bytes) -> None:
        """Send soon; never waits and never fails the caller."""

    async def subscribe(self, channel: str, handler: Handler) -> Callable[[], Awaitable[None]]:
        """Hear a channel, or all below it with `name.*`; the answer ends it."""

    async def close(self) -> None:
        """Send what is still to go and end."""


class LocalBus:
    """Events within this process."""

    def __init__(self) -> None:
        self._handlers: dict[str, list[Handler]] = defaultdict(list)

    @property
    def is_up(self) -> bool:
        """Always."""
        return True

    def publish(self, channel: str, payload: bytes) -> None:
        """Call everyone who hears it, now."""
        family = channel.partition(".")[0] + ".*"
        for handler in [*self._handlers.get(channel, ()), *self._handlers.get(family, ())]:
            try:
                handler(channel, payload)
            except Exception:
                # Whoever publishes has committed already: a hearer's trouble is not theirs.
                log.exception("bus_handler_failed", channel=channel)

    async def subscribe(self, channel: str, handler: Handler) -> Callable[[], Awaitable[None]]:
        """Hear a channel from now on."""
        self._handlers[channel].append(handler)

        async def end() -> None:
            self._handlers[channel].remove(handler)

        return end

    async def close(self) -> None:
        """Nothing is ever left to send."""
        self._handlers.clear()


async def _log_trouble(error: Exception) -> None:
    log.warning("bus_trouble", error=repr(error))


class NatsBus:
    """Events between processes over a NATS server; reconnects by itself for ever."""

    def __init__(self, url: str) -> None:
        # Only here: with it comes an HTTP client, and a process on one machine starts a tenth sooner without.
        from nats.aio.client import Client

        self._url = url
        self._client = Client()
        self._outgoing: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(maxsize=10_000)
        self._sender: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect; raises when the server cannot be reached at the start."""
        from nats.errors import Error  # Only here, as above.

        try:
            # For ever once connected, but not at the start: an operator who mistyped wants to hear it.
            async with asyncio.timeout(START_WITHIN.total_seconds()):
                await self._client.connect(
                    self._url, max_reconnect_attempts=-1, reconnect_time_wait=1, error_cb=_log_trouble
                )
        except (TimeoutError, Error) as error:
            raise ConnectionError(f"no answer from {self._url}") from error
        self._sender = asyncio.create_task(self._send(), name="nats-sender")

    @property
    def is_up(self) -> bool:
        """Whether the server is connected."""
        return self._client.is_connected

    def publish(self, channel: str, payload: bytes) -> None:
        """Queue it; when 10,000 wait the newest is dropped, and hearers find out by its number."""
        try:
            self._outgoing.put_nowait((channel, payload))
        except asyncio.QueueFull:
            log.warning("bus_full", channel=channel)

    async def _send(self) -> None:
        while True:
            channel, payload = await self._outgoing.get()
            try:
                await self._client.publish(f"deskbridge.{channel}", payload)
            except Exception as error:  # noqa: BLE001  # Whatever it is, hearers catch up from the database.
                log.warning("bus_publish_failed", channel=channel, error=repr(error))
            finally:
                self._outgoing.task_done()

    async def subscribe(self, channel: str, handler: Handler) -> Callable[[], Awaitable[None]]:
        """Hear a channel of all processes, this one too."""

        async def on_message(message: Msg) -> None:
            handler(message.subject.removeprefix("deskbridge."), message.data)

        # Ours says `feed.*` for everything below; in NATS a star is one word and `>` is all the rest.
        subject = f"deskbridge.{channel.removesuffix('*')}>" if channel.endswith(".*") else f"deskbridge.{channel}"
        subscription = await self._client.subscribe(subject, cb=on_message)
        await self._client.flush()
        return subscription.unsubscribe

    async def close(self) -> None:
        """Send what is queued, then leave."""
        if self._sender is not None:
            await self._outgoing.join()
            self._sender.cancel()
        await self._client.close()


async def open_bus(url: str | None) -> Bus:
    """The bus that the settings ask for."""
    if url is None:
        return LocalBus()
    bus = NatsBus(url)
    await bus.open()
    return bus
