"""What the stories of conversations start from."""

from __future__ import annotations

import pytest

from deskbridge.storage.database import Database
from support.clock import Clock
from support.talk import Office, open_office


@pytest.fixture
async def office(db: Database, clock: Clock) -> Office:
    """An Account with an agent."""
    return await open_office(db, clock)
