"""How long the server waits for a request: uvicorn itself waits for ever, and takes headers of any size.

Whoever opens connections and says nothing, or a byte now and then, would keep them and what they have sent so far. A
proxy in front mostly sees to it; here it holds without one.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEAD_WITHIN: Final = 20.0
"""Seconds from the first byte of a request, or from the connection, to the end of its headers."""
MOST_HEAD: Final = 64 * 1024
"""Bytes of the first line and the headers, besides what came in one go with their beginning."""
BODY_WITHIN: Final = 20.0
"""Seconds in which at least LEAST of a body has to come, or its end."""
LEAST: Final = 10_000
"""Bytes; nobody who sends a file has a slower line."""


class ImpatientHttp(HttpToolsProtocol):
    """One connection."""

    head_within = HEAD_WITHIN
    body_within = BODY_WITHIN

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._in_head, self._in_body, self._has_begun = True, False, False
        self._head = self._body = 0
        self._was_slow = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Somebody is there, and has to say something."""
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there any more."""
        self._unwatch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some of a request, or of several."""
        if self.transport.is_closing():
            return
        was_in_head = self._in_head
        self._body += len(data)
        super().data_received(data)
        self._head = self._head + len(data) if was_in_head and self._in_head else 0
        if self._head > MOST_HEAD:
            self._refuse(431)
        elif self._timer is None and (self._in_head or self._in_body):
            self._watch()

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._in_head = self._has_begun = True

    def on_headers_complete(self) -> None:
        """What is asked is known; a body may follow."""
        self._in_head, self._in_body = False, True
        self._unwatch()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Nothing is waited for."""
        self._in_body = False
        self._unwatch()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Another protocol takes over, with times of its own."""
        self._unwatch()
        super().handle_websocket_upgrade()

    def _watch(self) -> None:
        self._body, self._was_slow = 0, False
        self._timer = self.loop.call_later(self.head_within if self._in_head else self.body_within, self._look)

    def _unwatch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        # What we do not read, or did not ask for yet, is not late; nor is what comes while we answer.
        if self._in_head:
            is_ours, is_slow = not self._is_free(), True
        else:
            is_ours, is_slow = self.flow.read_paused or self.cycle.waiting_for_100_continue, self._body < LEAST
        # Of a body twice in a row: we may have begun to read again only just now.
        if is_slow and not is_ours and (self._in_head or self._was_slow):
            self._refuse(408)
            return
        self._body, self._was_slow = 0, is_slow and not is_ours
        self._timer = self.loop.call_later(self.body_within, self._look)

    def _is_free(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _refuse(self, status: int) -> None:
        """Say why, unless something else is being said, and hang up.

        Who has said nothing is told nothing: a browser that opened a connection beforehand would take it for an answer.
        """
        if self._has_begun and (self._is_free() if self._in_head else not self.cycle.response_started):
            close = b"content-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(STATUS_LINE[status] + close)
        self.transport.close()
