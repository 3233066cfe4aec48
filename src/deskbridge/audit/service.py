"""Writing to the audit log, in the transaction of what it tells of; reading it whole, and proving that it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId, User
from deskbridge.audit import store
from deskbridge.audit.model import FIRST, Action, Actor, Entry, first_wrong, hash_of
from deskbridge.storage.database import Database, Transaction

PAGE: Final = 500


async def record(
    tx: Transaction,
    account_id: AccountId,
    who: tuple[Actor, Action],
    now: datetime,
    whom: User | None = None,
    **detail: str | bool,
) -> None:
    """Somebody did that, perhaps to somebody. Entries of an Account follow one another: others wait meanwhile."""
    by, action = who
    await accounts_store.lock_account(tx.connection, account_id)
    number, before = await store.last(tx.connection, account_id)
    entry = Entry(
        number=number + 1,
        at=now,
        action=action,
        who=by.name[:320],
        who_id=by.user_id,
        origin=by.origin[:100],
        whom=whom.username if whom else None,
        whom_id=whom.id if whom else None,
        detail={name: _in_words(value)[:500] for name, value in detail.items()},
        hash="",
    )
    closed = entry.model_copy(update={"hash": hash_of(account_id, entry, before)})
    await store.insert(tx.connection, account_id, closed)


async def read_all(db: Database, account_id: AccountId) -> AsyncIterator[list[Entry]]:
    """The whole log in order, in pages."""
    after = 0
    while True:
        async with db.read() as connection:
            page = await store.following(connection, account_id, after, PAGE)
        if not page:
            return
        yield page
        after = page[-1].number


async def verify(db: Database, account_id: AccountId) -> tuple[int, str, int | None]:
    """How many entries there are, the hash of the last one, and the number at which the chain breaks, if it does.

    Whoever cuts entries off at the end leaves a chain that holds: compare number and hash with those noted elsewhere.
    """
    number, before = 0, FIRST
    while True:
        async with db.read() as connection:
            page = await store.following(connection, account_id, number, PAGE)
        if not page:
            return number, before, None
        wrong = first_wrong(account_id, page, before, number)
        if wrong is not None:
            return number, before, wrong
        number, before = page[-1].number, page[-1].hash


def _in_words(value: str | bool) -> str:
    """As the log shows it to people."""
    return value if isinstance(value, str) else ("yes" if value else "no")
