"""The operator's stories run on one machine, unless they say otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from deskbridge.api.desk import Desk
from support.console import TENANT, Done, Operator, Says
from support.servers import Sim
from teams.conftest import SMALL_TENANT


@pytest.fixture
async def sim(m365: dict[str, Any]) -> AsyncIterator[Sim]:
    """m365sim with a tenant of six."""
    steered = Sim(m365)
    steered.info = await steered.post("/reset", {"scenario": SMALL_TENANT})
    yield steered
    await steered.client.aclose()


@pytest.fixture
async def says(desk: Desk, operator: Operator, stores: dict[str, Any]) -> Says:
    """What an operator runs while the product serves an organisation."""
    url = desk.settings.public_url
    operator.set(data_dir=str(desk.settings.data_dir), public_url=url, **stores)

    async def run(*words: str, given: str = "") -> Done:
        return await asyncio.to_thread(operator.run, *words, given=given)

    assert (await run("account", "create", "Contoso", "--tenant-id", TENANT)).returncode == 0
    return run
