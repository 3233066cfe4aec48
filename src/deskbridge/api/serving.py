"""How the server speaks: uvicorn's way, without what one tab keeps for nothing (docs/decisions/0029).

What it does about those who send slowly, or without end, is in `slow_clients.py`.
"""

from __future__ import annotations

from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import OPEN

from deskbridge.api.slow_clients import ImpatientHttp
from deskbridge.realtime.wire import AT_ONCE

MOST_IN_HAND: Final = 16
"""Frames of a tab that wait here before no more are read from it."""
SMALL: Final = 4096
"""Bytes of a frame: after a larger one no more are read until it has been taken. A written message is smaller."""


class LeanWebSocket(WebSocketsSansIOProtocol):
    """One connection. What it leaves out changes nothing of what is said over it."""

    def handle_connect(self, event: Request) -> None:
        """Nothing is read from whoever it is until the application asks for it, and it asks whose tab it is before."""
        super().handle_connect(event)
        if not self.transport.is_closing():
            self.read_paused = True
            self.transport.pause_reading()
            self.scope["extensions"][AT_ONCE] = {"tell": self.tell_at_once}

    def tell_at_once(self, text: str) -> bool:
        """A frame, without a task that waits until it may be sent; False, and nothing is sent, when it has to wait."""
        if self.disconnected or self.conn.state is not OPEN or not self.writable.is_set():
            return False
        self.conn.send_text(text.encode())
        self.transport.write(b"".join(self.conn.data_to_send()))
        return True

    def start_keepalive(self) -> None:
        """The handshake is over: what was asked and answered is not looked at again, and is kept as long as the tab."""
        super().start_keepalive()
        for name in ("request", "response"):
            self.__dict__.pop(name, None)

    def handle_cont(self, event: Frame) -> None:
        """A part of a frame. Empty ones count for no limit, and would be kept for ever."""
        if event.data or event.fin:
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """Answered, unless the other side does not take what it is told: the answers would be kept for it."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def send_receive_event_to_app(self) -> None:
        """A frame has come. Reading is not paused after each, as it was meant to be: the kernel is told of it twice."""
        is_small = sum(map(len, self.frames)) <= SMALL
        has_room = not self.read_paused and is_small and self.queue.qsize() < MOST_IN_HAND - 1
        # Who believes that reading is paused does not pause it.
        self.read_paused = self.read_paused or has_room
        super().send_receive_event_to_app()
        if has_room:
            self.read_paused = False


SPEAKING: Final[dict[str, Any]] = {
    "http": ImpatientHttp,
    "ws": LeanWebSocket,
    # Frames are small, and each connection's dictionaries would take more than all else of it.
    "ws_per_message_deflate": False,
    "ws_max_size": 256 * 1024,
}
"""What uvicorn is told, by whoever serves."""
