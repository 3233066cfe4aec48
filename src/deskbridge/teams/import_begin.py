"""When an import of Teams users begins, and where: at an admin's word, or by itself each night (D1)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, Actor
from deskbridge.directory import import_store
from deskbridge.directory.import_store import ImportRow
from deskbridge.directory.imports import ImportKind, ImportState, due_since
from deskbridge.errors import TeamsChatOff
from deskbridge.storage.database import Transaction
from deskbridge.storage.schema import new_id


async def begin(
    tx: Transaction, account_id: AccountId, now: datetime, *, full: bool = False, by: Actor | None = None
) -> str:
    """Begin an import, or find the one that is running; the answer is its id. Raises TeamsChatOff.

    `by` is None for those that begin by themselves. It goes on where the last one ended, unless everybody is to be
    read, or others are chosen than then.
    """
    await accounts_store.lock_account(tx.connection, account_id)
    account = await accounts_store.find_account(tx.connection, account_id)
    if account is None or not account.teams_chat_enabled:
        raise TeamsChatOff
    running = await import_store.find_last(tx.connection, account_id, ImportKind.TEAMS, ImportState.RUNNING)
    if running is not None:
        return running.id
    last = await import_store.find_last(tx.connection, account_id, ImportKind.TEAMS, ImportState.DONE)
    chosen = (await import_store.get_settings(tx.connection, account_id)).chosen
    place = last.next_place if last and last.chosen == chosen and not full else None
    row = ImportRow(
        id=new_id(),
        account_id=account_id,
        kind=ImportKind.TEAMS,
        state=ImportState.RUNNING,
        is_full=place is None,
        is_scheduled=by is None,
        started_at=now,
        place=place,
        chosen=chosen,
    )
    await import_store.insert_import(tx.connection, row)
    if by is not None:
        what = (by, Action.IMPORT_STARTED)
        await audit.record(tx, account_id, what, now, None, kind=row.kind.value, full=row.is_full)
    tx.announce(f"teams_import.{account_id}")
    return row.id


async def list_due(connection: AsyncConnection, now: datetime) -> list[AccountId]:
    """Accounts whose import by itself is due. The first one is an admin's to begin."""
    found: list[AccountId] = []
    for account in await accounts_store.list_accounts(connection):
        if not account.teams_chat_enabled:
            continue
        latest = await import_store.latest_imports(connection, account.id, ImportKind.TEAMS, 1)
        since = due_since(await import_store.get_settings(connection, account.id), now)
        if latest and since is not None and latest[0].started_at < since and latest[0].state is not ImportState.RUNNING:
            found.append(account.id)
    return found
