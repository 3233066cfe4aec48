"""Choosing by whose alphabet the Contacts list is sorted (D3), in the browser or at the console."""

from __future__ import annotations

from datetime import datetime

from deskbridge.accounts.model import AccountId
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, Actor
from deskbridge.directory import sorting_store
from deskbridge.directory.order import LOCALES
from deskbridge.errors import Unprocessable
from deskbridge.storage.database import Transaction


async def choose(tx: Transaction, account_id: AccountId, locale: str, by: tuple[Actor, datetime]) -> None:
    """From now on; the tidying sorts whoever is there already. Raises Unprocessable."""
    if locale not in LOCALES:
        raise Unprocessable(f"locale: There is no such alphabet. There are: {', '.join(sorted(LOCALES))}.")
    who, now = by
    if (await sorting_store.order_of(tx.connection, account_id))[0] != locale:
        await audit.record(tx, account_id, (who, Action.LIST_ORDER_CHANGED), now, locale=locale)
        await sorting_store.choose_order(tx.connection, account_id, locale)
