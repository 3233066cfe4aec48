"""Bodies of requests from whoever finds the webhook: read whole, in time, and no more than there is memory for.

Anybody can ask there, and it is not limited how often: Microsoft sends as much as there is. So what a request may cost
is limited, before it is known who sent it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MOST_BYTES: Final = 4 * 1024 * 1024
MOST_OBJECTS: Final = 15_000
"""In one body. An item is three of them, and as many items with content as this allows are larger than MOST_BYTES; of
empty ones, without it, as many fit that looking at them took a second and a hundred megabytes."""
MOST_AT_ONCE: Final = 64 * 1024 * 1024
"""Bytes of all bodies that are not whole yet."""
READ_WITHIN: Final = 10.0
"""Seconds; Microsoft sends at once, and gives up after three (facts.md 7.3)."""


class NotRead(Exception):
    """There is no body to look at, and what is answered."""

    def __init__(self, status: int, *, closes: bool = False) -> None:
        super().__init__(status)
        self.status = status
        self.closes = closes
        """Whether the rest of the body may not come either."""


class Bodies:
    """Those that one process reads at the moment."""

    def __init__(self) -> None:
        self.read_within = READ_WITHIN
        self._read = 0

    async def read(self, receive: Receive) -> bytes:
        """The whole body; raises NotRead."""
        body = bytearray()
        try:
            async with asyncio.timeout(self.read_within):
                await self._read_into(body, receive)
        except TimeoutError as error:
            raise NotRead(408, closes=True) from error
        finally:
            self._read -= len(body)
        if body.count(b"{") > MOST_OBJECTS:
            raise NotRead(413)
        return bytes(body)

    async def _read_into(self, body: bytearray, receive: Receive) -> None:
        is_more = True
        while is_more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise NotRead(400)
            part = message.get("body", b"")
            body += part
            self._read += len(part)
            if len(body) > MOST_BYTES:
                raise NotRead(413)
            if self._read > MOST_AT_ONCE:
                raise NotRead(503, closes=True)
            is_more = message.get("more_body", False)
