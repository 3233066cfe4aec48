"""Stories about time: the product is given a clock that stands still."""

from __future__ import annotations

import pytest

from support.clock import Clock


@pytest.fixture
def product_clock(clock: Clock) -> Clock:
    """The test says what time it is."""
    return clock
