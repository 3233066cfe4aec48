"""Telling open pages what has happened, as server-sent events."""

import asyncio
from collections.abc import AsyncIterator

import msgspec

#: A page that does not read is cut off; it reconnects and starts from the whole state.
QUEUE_LIMIT = 500
KEEP_ALIVE = 15.0
_encode = msgspec.json.Encoder().encode


class Live:
    """The open pages of each person."""

    def __init__(self) -> None:
        self._queues: dict[str, set[asyncio.Queue[bytes | None]]] = {}

    def is_watched(self, user_id: str) -> bool:
        """Whether the person has a page open."""
        return bool(self._queues.get(user_id))

    def watchers(self) -> list[str]:
        """Everybody who has a page open."""
        return [user_id for user_id, queues in self._queues.items() if queues]

    def tell(self, user_id: str, event: dict[str, object]) -> None:
        """Send an event to all pages of a person."""
        text = b"data: " + _encode(event) + b"\n\n"
        for queue in list(self._queues.get(user_id, ())):
            if queue.qsize() >= QUEUE_LIMIT:
                self._queues[user_id].discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(text)

    def close(self) -> None:
        """End all streams."""
        for queues in self._queues.values():
            for queue in queues:
                queue.put_nowait(None)

    async def stream(self, user_id: str) -> AsyncIterator[bytes]:
        """One page's events, until it goes away."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._queues.setdefault(user_id, set()).add(queue)
        try:
            yield b"retry: 1000\nevent: hello\ndata: {}\n\n"
            while True:
                try:
                    async with asyncio.timeout(KEEP_ALIVE):
                        text = await queue.get()
                except TimeoutError:
                    text = b": still here\n\n"
                if text is None:
                    return
                yield text
        finally:
            self._queues.get(user_id, set()).discard(queue)
