"""The one-time code of the first run: who can read the server's console may create the first organisation.

It counts while there is no Account at all, for an hour, and is stored as a hash. Each process that starts on an empty
database prints one of its own; whichever is used first makes an end of all of them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final, NewType

from deskbridge.accounts import session_store, setup_store, store
from deskbridge.errors import Conflict, TooManyRequests, WrongSetupCode
from deskbridge.storage.database import Database, Transaction

SetupCode = NewType("SetupCode", str)

LASTS: Final = timedelta(hours=1)
MOST_FAILURES: Final = 10
"""In FAILURE_WINDOW, from everybody together: with 80 bits nobody guesses it, and nobody keeps us busy either."""
FAILURE_WINDOW: Final = timedelta(minutes=5)
_GUESSES: Final = "\n setup code"
"""Where failures are counted; no username begins so, as names are stripped."""


def _hash(code: str) -> str:
    bare = "".join(each for each in code.upper() if each.isalnum())
    return hashlib.sha256(bare.encode()).hexdigest()


async def make_code(db: Database, now: datetime) -> SetupCode | None:
    """A new code, or None where there is an Account already."""
    code = base64.b32encode(secrets.token_bytes(10)).decode()
    async with db.transaction() as tx:
        if await store.has_accounts(tx.connection):
            return None
        await setup_store.insert(tx.connection, _hash(code), now + LASTS)
    return SetupCode("-".join(code[at : at + 4] for at in range(0, len(code), 4)))


async def is_needed(db: Database) -> bool:
    """Whether there is no Account yet."""
    async with db.read() as connection:
        return not await store.has_accounts(connection)


async def guard(db: Database, now: datetime) -> None:
    """Raises TooManyRequests where there were too many wrong codes."""
    async with db.read() as connection:
        if await session_store.count_failures(connection, _GUESSES, now - FAILURE_WINDOW) >= MOST_FAILURES:
            raise TooManyRequests


async def note_failure(db: Database, now: datetime) -> None:
    """Another wrong code."""
    async with db.transaction() as tx:
        await session_store.insert_failure(tx.connection, _GUESSES, now)


async def spend(tx: Transaction, code: str, now: datetime) -> None:
    """Make an end of all codes, if this is one of them; raises Conflict and WrongSetupCode.

    Two who use a code at once meet at the rows that both delete, and only one of them finds any.
    """
    good = await setup_store.take_all(tx.connection, now)
    if await store.has_accounts(tx.connection):
        raise Conflict("Deskbridge is set up already. Sign in, or ask your administrator.")
    given = _hash(code)
    # Each is compared, so that the time says nothing.
    if not sum(hmac.compare_digest(given, each) for each in good):
        raise WrongSetupCode
