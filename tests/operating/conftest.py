"""The operator's stories run on one machine, unless they say otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.servers import Sim
from teams.conftest import SMALL_TENANT


@pytest.fixture
async def sim(m365: dict[str, Any]) -> AsyncIterator[Sim]:
    """m365sim with a tenant of six."""
    steered = Sim(m365)
    steered.info = await steered.post("/reset", {"scenario": SMALL_TENANT})
    yield steered
    await steered.client.aclose()
