"""The SQL of sorting the Contacts list by another alphabet, some people at a time."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId
from deskbridge.accounts.store import accounts
from deskbridge.directory import index_store, store
from deskbridge.directory.tables import persons


async def list_unsorted(connection: AsyncConnection) -> set[AccountId]:
    """Accounts whose list is not yet sorted as was chosen."""
    return set((await connection.scalars(select(accounts.c.id).where(accounts.c.sorted_up_to.is_not(None)))).all())


async def order_of(connection: AsyncConnection, account_id: AccountId) -> tuple[str, bool]:
    """By whose alphabet the Account's list is sorted, and whether that is still being done."""
    query = select(accounts.c.list_locale, accounts.c.sorted_up_to).where(accounts.c.id == account_id)
    row = (await connection.execute(query)).one()
    return row.list_locale, row.sorted_up_to is not None


async def choose_order(connection: AsyncConnection, account_id: AccountId, locale: str) -> None:
    """Sort by that alphabet from now on; whoever is there already comes when `sort_some` comes to them."""
    mine = accounts.c.id == account_id
    await connection.execute(update(accounts).where(mine).values(list_locale=locale, sorted_up_to=""))


async def sort_some(connection: AsyncConnection, account_id: AccountId, most: int) -> bool:
    """Give the next so many people their places; whether there may be more."""
    locale = await index_store.lock(connection, account_id)
    mine = accounts.c.id == account_id
    after = await connection.scalar(select(accounts.c.sorted_up_to).where(mine))
    if after is None:
        return False
    query = select(persons.c.id).where(persons.c.account_id == account_id, persons.c.id > after)
    ids = list((await connection.scalars(query.order_by(persons.c.id).limit(most))).all())
    found = await store.find_persons(connection, account_id, ids)
    # Whoever became another is found as that one.
    some = [each for asked, each in found.items() if each.id == asked and each.identities]
    await index_store.place(connection, account_id, some, locale)
    last = ids[-1] if len(ids) == most else None
    await connection.execute(update(accounts).where(mine).values(sorted_up_to=last))
    return last is not None
