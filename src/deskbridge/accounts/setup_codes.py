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

from deskbridge.accounts import setup_store, store
from deskbridge.errors import Conflict, WrongSetupCode
from deskbridge.storage.database import Database, Transaction

SetupCode = NewType("SetupCode", str)

LASTS: Final = timedelta(hours=1)
_GUESSES: Final = "\n setup code "
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


def key_of(origin: str) -> str:
    """Under which wrong codes from that address are counted: with 80 bits nobody guesses one.

    Not those of everybody together: a stranger who keeps guessing must not keep out whoever has the code.
    """
    return _GUESSES + origin


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
