"""How each User's Teams connection stands: told to the User, lost, and said in words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import Account, User, UserId
from deskbridge.clock import Clock
from deskbridge.storage.database import Database, Transaction
from deskbridge.teams.model import Connection, ConnectionState
from deskbridge.teams.reasons import Reason, sentence
from deskbridge.teams.store import connections
from deskbridge.teams.store.connections import ConnectionRow

log = structlog.get_logger(__name__)

OnConnectionChanged = Callable[[Transaction, UserId, Connection], Awaitable[None]]
"""Tells the User's workspace; teams/ does not know how."""

OFF = Connection(state=ConnectionState.OFF)
NOT_CONNECTED = Connection(state=ConnectionState.NOT_CONNECTED)


async def seen_by(connection: AsyncConnection, user: User, account: Account | None) -> Connection:
    """The User's connection; off where the Account has not switched Teams chat on, or the User is no agent."""
    if account is None or not account.teams_chat_enabled or not user.is_agent:
        return OFF
    return shown(await connections.find(connection, user.id))


async def list_with_connections(
    connection: AsyncConnection, users: Collection[User], account: Account | None
) -> list[tuple[User, Connection, int | None]]:
    """These Users of one Account, each with the connection and Microsoft's number for its reason (AADSTS…)."""
    is_off = account is None or not account.teams_chat_enabled
    rows: dict[UserId, ConnectionRow] = {}
    if account is not None:
        rows = await connections.list_of_users(connection, account.id, [each.id for each in users])
    return [
        (user, OFF if is_off or not user.is_agent else shown(row), row.number if row else None)
        for user in users
        for row in [rows.get(user.id)]
    ]


async def tell_nobody(tx: Transaction, user_id: UserId, connection: Connection) -> None:
    """For processes without browsers."""


class Standing:
    """The only one who changes the state of a connection."""

    def __init__(self, db: Database, clock: Clock, on_changed: OnConnectionChanged) -> None:
        self._db = db
        self._clock = clock
        self._on_changed = on_changed

    async def view(self, user: User) -> Connection:
        """The connection as its owner sees it (C1, C2)."""
        async with self._db.read() as connection:
            account = await accounts_store.find_account(connection, user.account_id)
            return await seen_by(connection, user, account)

    async def lose(self, row: ConnectionRow, reason: Reason, number: int | None = None) -> None:
        """Microsoft says that it no longer works (C7); not if it has been made anew meanwhile."""
        async with self._db.transaction() as tx:
            now = await connections.find(tx.connection, row.user_id)
            if now is None or now.connected_at != row.connected_at or not now.is_connected:
                return
            await self._change(tx, row, state=ConnectionState.LOST.value, reason=reason.value, number=number)
        log.warning("teams_connection_lost", user_id=row.user_id, reason=reason.value, number=number)

    async def note_failure(self, user: User, reason: Reason, number: int | None = None) -> None:
        """An attempt to connect failed: said beside the state, which stays as it was."""
        async with self._db.transaction() as tx:
            # Whoever was deleted meanwhile has no connection, and nobody to read what is said beside it.
            now = await accounts_store.lock_user_of(tx.connection, user.account_id, user.id)
            row = await connections.find(tx.connection, user.id)
            if now is None or (row is not None and row.is_connected):
                return
            state = row.state if row else ConnectionState.NOT_CONNECTED
            await self.put(tx, user, state=state.value, reason=reason.value, number=number)

    async def put(self, tx: Transaction, user: User, **columns: Any) -> None:
        """Write the User's connection and tell the User."""
        await connections.put(tx.connection, user.id, user.account_id, changed_at=self._clock(), **columns)
        tx.announce(f"attendance.{user.account_id}")
        await self._on_changed(tx, user.id, shown(await connections.find(tx.connection, user.id)))

    async def erase(self, tx: Transaction, user: User) -> None:
        """Forget the connection with its tokens, and tell the User."""
        await connections.remove(tx.connection, user.id)
        # Who carries whose presence may be different now.
        tx.announce(f"attendance.{user.account_id}")
        await self._on_changed(tx, user.id, NOT_CONNECTED)

    async def _change(self, tx: Transaction, row: ConnectionRow, **columns: Any) -> None:
        await connections.update_columns(tx.connection, row.user_id, changed_at=self._clock(), **columns)
        tx.announce(f"attendance.{row.account_id}")
        await self._on_changed(tx, row.user_id, shown(await connections.find(tx.connection, row.user_id)))


def shown(row: ConnectionRow | None) -> Connection:
    """A stored connection in words."""
    if row is None:
        return NOT_CONNECTED
    remedy = sentence(Reason(row.reason)) if row.reason else None
    if row.state is ConnectionState.NOT_CONNECTED:
        return Connection(state=row.state, reason=row.reason, remedy=remedy)
    return Connection(
        state=row.state,
        microsoft_name=row.name,
        microsoft_username=row.username,
        since=row.connected_at,
        reason=row.reason,
        remedy=remedy,
    )
