"""In what order tabs are told what waits for them, and how many before anything else has its turn.

Where thousands look at the same people, a change of presence concerns more tabs than can be told in a moment. What
comes for a tab while it waits for its turn goes with the same frame: the more there is to tell, the less each costs.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

IN_ONE_TURN: Final = 200
"""Tabs: telling them takes some thousandths of a second, and until then nothing else is heard or answered."""


class Turns:
    """One per process."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._is_planned = False

    def ask(self, tell: Callable[[], None]) -> None:
        """Have it called soon, after those who asked before."""
        self._waiting.append(tell)
        if not self._is_planned:
            self._is_planned = True
            asyncio.get_running_loop().call_soon(self._take)

    def _take(self) -> None:
        try:
            for _ in range(min(IN_ONE_TURN, len(self._waiting))):
                self._waiting.popleft()()
        finally:
            # Also when one of them failed: the loop reports it, and the others are told all the same.
            self._is_planned = bool(self._waiting)
            if self._is_planned:
                asyncio.get_running_loop().call_soon(self._take)
