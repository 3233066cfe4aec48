"""A tenant for each test, in the test's own process and with a clock that stands still."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.append(str(Path(__file__).parent))

from sim_contract import LIVE, Contract, live, simulated
from sim_examples import Ids
from sim_furnished import open_furnished
from sim_tenant import Tenant, Webhook

if TYPE_CHECKING:
    from sim_sdk import Sdk


@pytest.fixture
def webhook() -> Webhook:
    """A subscriber's server."""
    return Webhook()


@pytest.fixture
async def tenant(webhook: Webhook) -> AsyncIterator[Tenant]:
    """A small tenant without throttling."""
    opened = await Tenant(webhook).open()
    yield opened
    await opened.close()


@pytest.fixture
async def sdk(tenant: Tenant) -> AsyncIterator[Sdk]:
    """Microsoft's SDK, pointed at it."""
    # It takes seconds to import, which is for those who ask for it.
    from sim_sdk import Sdk

    opened = Sdk(tenant)
    yield opened
    await opened.close()


@pytest.fixture
async def strict_tenant(webhook: Webhook) -> AsyncIterator[Tenant]:
    """The same with throttling, as Graph has it."""
    opened = await Tenant(webhook, throttling=True).open()
    yield opened
    await opened.close()


@pytest.fixture
async def ids(webhook: Webhook) -> AsyncIterator[Ids]:
    """What stands for the ids in Microsoft's samples, in a tenant that has it all."""
    found = await open_furnished(webhook)
    yield found
    await found.tenant.close()


@pytest.fixture
async def contract(tenant: Tenant) -> AsyncIterator[Contract]:
    """The tenant in this process, unless the environment names a real one."""
    opened = live() if LIVE else simulated(tenant)
    yield opened
    await opened.close()
