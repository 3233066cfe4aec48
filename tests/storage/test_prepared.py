"""Statements that are put into words once do what SQLAlchemy would have done with them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, select, update

from deskbridge.accounts.model import AccountId
from deskbridge.accounts.store import accounts
from deskbridge.storage.database import Database, Transaction
from deskbridge.storage.prepared import Prepared
from support.databases import add_account

_HERE: Final = accounts.c.id == bindparam("account_id")
_KEEP: Final = Prepared(update(accounts).where(_HERE).values(keep_messages_days=bindparam("days")))
_KEEP_ALL: Final = Prepared(update(accounts).where(_HERE).values(keep_messages_days=None))
_FIND: Final = Prepared(select(accounts.c.keep_messages_days, accounts.c.files_to_teams).where(_HERE))


async def test_nothing_is_a_value_as_well(db: Database) -> None:
    async def made(tx: Transaction) -> AccountId:
        account_id = await add_account(tx, "Contoso")
        await _KEEP.each(tx.connection, [{"account_id": account_id, "days": 30}])
        return account_id

    async def days() -> int | None:
        (row,) = await db.perform(lambda tx: _FIND.all(tx.connection, {"account_id": account_id}))
        assert row.files_to_teams is False
        kept: int | None = row.keep_messages_days
        return kept

    account_id = await db.perform(made)
    assert await days() == 30
    await db.perform(lambda tx: _KEEP_ALL.each(tx.connection, [{"account_id": account_id}]))
    assert await days() is None
    await db.perform(lambda tx: _KEEP.each(tx.connection, [{"account_id": account_id, "days": None}]))
    assert await days() is None
