"""The two ends of a WebSocket, as an ASGI server gives them; apart from the life of the tab that is led over it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

Message = MutableMapping[str, Any]
AtOnce = Callable[[str], bool]

AT_ONCE: Final = "deskbridge.at_once"
"""The extension of ASGI by which a server that has it tells a frame without waiting (docs/decisions/0029)."""


class Wire:
    """The two ends of an ASGI server's WebSocket. Whoever tells a tab that is gone gets OSError or RuntimeError."""

    __slots__ = ("_is_closed", "_send", "receive", "tell_at_once")

    def __init__(
        self,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
        at_once: AtOnce | None = None,
    ) -> None:
        self.receive = receive
        self._send = send
        self.tell_at_once = at_once or _never
        """A frame, without waiting; False, and nothing is told, when it has to wait: then `tell` it."""
        self._is_closed = False

    async def open(self) -> bool:
        """Answer the handshake; False when the other side has gone already."""
        if (await self.receive())["type"] != "websocket.connect":
            return False
        try:
            await self._send({"type": "websocket.accept"})
        except OSError:
            return False
        return True

    async def tell(self, text: str) -> None:
        """A frame."""
        await self._send({"type": "websocket.send", "text": text})

    async def close(self, code: int) -> None:
        """Once is enough."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            await self._send({"type": "websocket.close", "code": code})
        except (OSError, RuntimeError):
            # The other side was quicker.
            return


def _never(_text: str) -> bool:
    """A server that has no such way."""
    return False
