"""What an admin chose about imports, for the audit log."""

from __future__ import annotations

from datetime import datetime

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, Actor
from deskbridge.directory import import_store
from deskbridge.directory.imports import ImportSettings
from deskbridge.storage.database import Transaction


async def audit_settings(
    tx: Transaction, account_id: AccountId, who: tuple[Actor, datetime], settings: ImportSettings
) -> None:
    """The values that count from the next import on."""
    by, now = who
    said = {name: ", ".join(value) if isinstance(value, list | tuple) else str(value) for name, value in settings}
    await audit.record(tx, account_id, (by, Action.IMPORT_SETTINGS_CHANGED), now, None, **said)


async def choose_settings(
    tx: Transaction, account_id: AccountId, who: tuple[Actor, datetime], settings: ImportSettings
) -> None:
    """From the next import on; when others are chosen than before, that one looks at everybody."""
    await accounts_store.lock_account(tx.connection, account_id)
    await audit_settings(tx, account_id, who, settings)
    await import_store.put_settings(tx.connection, account_id, settings)
