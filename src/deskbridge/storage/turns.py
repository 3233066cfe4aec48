"""Whose turn it is on SQLite's one connection: first come, first served, and work of the background behind all others.

An import or the tidying writes for minutes, in transactions of some ten milliseconds: whoever answers somebody waits
for the one that is being worked on, and never for the next.
"""

from __future__ import annotations

import asyncio
from collections import deque


class GivenUp(asyncio.CancelledError):
    """Cancelled just as the turn came: whoever catches it has the turn, and has to end it."""


class Turns:
    """A lock with two queues; handed from one to the next, so that it is never free while somebody waits."""

    def __init__(self) -> None:
        self._is_taken = False
        self._front: deque[asyncio.Future[None]] = deque()
        self._behind: deque[asyncio.Future[None]] = deque()

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits who is not of the background."""
        return bool(self._front)

    async def take(self, *, behind: bool = False) -> None:
        """Wait for one's turn; raises GivenUp when cancelled with it."""
        if not self._is_taken:
            self._is_taken = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue = self._behind if behind else self._front
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError as error:
            if turn.cancelled():
                queue.remove(turn)
                raise
            raise GivenUp from error

    def end(self) -> None:
        """The next one, please."""
        for queue in (self._front, self._behind):
            if queue:
                queue.popleft().set_result(None)
                return
        self._is_taken = False
