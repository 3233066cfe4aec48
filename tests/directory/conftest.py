"""What the stories of the directory start from."""

from __future__ import annotations

import pytest

from deskbridge.accounts.model import AccountId
from deskbridge.storage.database import Database
from support.clock import Clock
from support.talk import add_account


@pytest.fixture
async def account_id(db: Database, clock: Clock) -> AccountId:
    """An Account with an empty directory."""
    return await add_account(db, clock)
