"""The server's end of a connection, without a network."""

from __future__ import annotations

import asyncio
from typing import Any


class Line(asyncio.Transport):
    """The server's end of a connection; the other side does what a story says."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = True
        self.written = b""
        self.ended = False

    def pause_reading(self) -> None:
        assert self.reads, "paused twice"
        self.reads = False

    def resume_reading(self) -> None:
        assert not self.reads, "resumed twice"
        self.reads = True

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.ended

    def close(self) -> None:
        self.ended = True
