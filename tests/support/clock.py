"""A clock that a test sets; the product is given it instead of the system's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """What time it is."""
        return self.now

    def move(self, **by: float) -> None:
        """Later by that, as `timedelta` says it."""
        self.now += timedelta(**by)
