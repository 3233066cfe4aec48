"""How often somebody may be wrong, whatever it is that they have to know: passwords, codes, the code of the first run.

Apart from `sessions.py`, as not all of it is about sessions.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

from deskbridge.accounts import session_store
from deskbridge.errors import TooManyRequests, WrongCode, WrongOwnPassword, WrongPassword, WrongSetupCode
from deskbridge.storage.database import Database

MOST_FAILURES: Final = 10
"""In FAILURE_WINDOW for one key, for example a username, whether it exists or not; then wait."""
FAILURE_WINDOW: Final = timedelta(minutes=5)

_WRONG: Final = (WrongPassword, WrongOwnPassword, WrongCode, WrongSetupCode)


@contextlib.asynccontextmanager
async def trying(db: Database, key: str, now: datetime) -> AsyncIterator[None]:
    """The block finds out whether somebody is right. Raises TooManyRequests where there were too many who were not.

    Each try counts as a failure until it turns out not to be one: of a thousand at once no more are looked at than of
    a thousand one after the other.
    """
    async with db.transaction() as tx:
        this = await session_store.insert_failure(tx.connection, key, now)
    try:
        await _guard(db, key, now)
        yield
    except _WRONG:
        raise
    except Exception:
        await _forget(db, this)
        raise
    await _forget(db, this)


async def _guard(db: Database, key: str, now: datetime) -> None:
    async with db.read() as connection:
        if await session_store.count_failures(connection, key, now - FAILURE_WINDOW) > MOST_FAILURES:
            raise TooManyRequests


async def _forget(db: Database, failure_id: int) -> None:
    async with db.transaction() as tx:
        await session_store.delete_failure(tx.connection, failure_id)
