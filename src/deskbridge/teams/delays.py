"""How long a change in Teams takes until it is here: Microsoft's part, and ours."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from enum import StrEnum
from typing import Final

from prometheus_client import Histogram

_REMEMBERED: Final = 1_000
_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)

histogram = Histogram(
    "deskbridge_teams_delay_seconds",
    "From a change in Teams until we were told (microsoft), and from there until it was applied (here).",
    ["part"],
    buckets=_BUCKETS,
)


class Part(StrEnum):
    """Whose part of the delay."""

    MICROSOFT = "microsoft"
    HERE = "here"


_OF: Final = {part: histogram.labels(part.value) for part in Part}


class Delays:
    """The last thousand of each part in this process."""

    def __init__(self) -> None:
        self._lately: dict[Part, deque[float]] = {part: deque(maxlen=_REMEMBERED) for part in Part}

    def note(self, part: Part, took: timedelta) -> None:
        """Another one; clocks that differ must not make time run backwards."""
        seconds = max(0.0, took.total_seconds())
        _OF[part].observe(seconds)
        self._lately[part].append(seconds)

    def lately(self, part: Part) -> tuple[int, float | None, float | None]:
        """How many, their median and their 99th percentile in seconds."""
        found = sorted(self._lately[part])
        if not found:
            return 0, None, None
        return len(found), found[len(found) // 2], found[min(len(found) - 1, len(found) * 99 // 100)]
