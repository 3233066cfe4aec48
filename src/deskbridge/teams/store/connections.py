"""Tables of Teams connections and of sign-ins that are under way."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    Row,
    Select,
    String,
    Table,
    UniqueConstraint,
    delete,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.accounts.store import accounts, users
from deskbridge.storage.schema import Moment, metadata
from deskbridge.teams.ids import MicrosoftUserId, TenantId
from deskbridge.teams.model import ConnectionState

connections = Table(
    "teams_connections",
    metadata,
    Column("user_id", String(36), ForeignKey("users.id"), primary_key=True),
    Column("account_id", String(36), ForeignKey("accounts.id"), nullable=False),
    Column("state", String(20), nullable=False),
    Column("tenant_id", String(36)),
    Column("microsoft_user_id", String(64)),
    Column("username", String(320)),
    Column("name", String(300)),
    Column("reason", String(40)),
    # Microsoft's own for the reason, as AADSTS50105 has it.
    Column("number", Integer),
    Column("token_cache", LargeBinary),
    Column("connected_at", Moment),
    Column("changed_at", Moment, nullable=False),
    Column("send_after", Moment),
    # How often looking over the list of chats was asked for, whether because we know of a gap, and when it was done.
    Column("look_asked", Integer, nullable=False, default=0),
    Column("look_has_gap", Boolean, nullable=False, default=False),
    Column("looked_at", Moment),
    # When we last noticed that Microsoft had not told us something.
    Column("not_told_at", Moment),
    # C9: one Microsoft user belongs to at most one User; two at the same moment meet here.
    UniqueConstraint("tenant_id", "microsoft_user_id"),
)

sign_ins = Table(
    "teams_sign_ins",
    metadata,
    Column("state_hash", String(64), primary_key=True),
    Column("user_id", String(36), ForeignKey("users.id"), nullable=False),
    Column("session_id", String(36), nullable=False),
    Column("flow", LargeBinary, nullable=False),
    Column("expires_at", Moment, nullable=False),
)


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One User's connection; without `microsoft_user_id` there only was an attempt that failed."""

    user_id: UserId
    account_id: AccountId
    state: ConnectionState
    tenant_id: TenantId
    microsoft_user_id: MicrosoftUserId
    username: str | None
    name: str | None
    reason: str | None
    number: int | None
    token_cache: bytes | None
    connected_at: datetime | None
    changed_at: datetime
    send_after: datetime | None
    is_allowed: bool
    """Whether the Account has Teams chat switched on, and the User is an agent who is not suspended (C1)."""

    @property
    def is_connected(self) -> bool:
        """Whether it works at Microsoft, as far as we know."""
        return self.state is ConnectionState.CONNECTED

    @property
    def is_usable(self) -> bool:
        """Whether it works and may be used."""
        return self.is_connected and self.is_allowed


def _row(row: Row[Any]) -> ConnectionRow:
    return ConnectionRow(
        user_id=row.user_id,
        account_id=row.account_id,
        state=ConnectionState(row.state),
        tenant_id=TenantId(row.tenant_id or ""),
        microsoft_user_id=MicrosoftUserId(row.microsoft_user_id or ""),
        username=row.username,
        name=row.name,
        reason=row.reason,
        number=row.number,
        token_cache=row.token_cache,
        connected_at=row.connected_at,
        changed_at=row.changed_at,
        send_after=row.send_after,
        is_allowed=bool(row.is_allowed),
    )


_is_allowed = accounts.c.teams_chat_enabled & users.c.contact_center & ~users.c.suspended
is_usable = (connections.c.state == ConnectionState.CONNECTED.value) & _is_allowed
"""In SQL, over `owned`, what the row's property of that name says."""
owned = connections.join(users, users.c.id == connections.c.user_id).join(
    accounts, accounts.c.id == connections.c.account_id
)


def _rows() -> Select[Any]:
    return select(connections, _is_allowed.label("is_allowed")).select_from(owned)


async def find(connection: AsyncConnection, user_id: UserId) -> ConnectionRow | None:
    """The User's connection."""
    row = (await connection.execute(_rows().where(connections.c.user_id == user_id))).first()
    return _row(row) if row else None


async def list_accounts(connection: AsyncConnection, user_ids: Collection[UserId]) -> dict[UserId, AccountId]:
    """Those of these Users who have a connection, whether it works or not, and whose Account they are of."""
    query = select(connections.c.user_id, connections.c.account_id).where(connections.c.user_id.in_(user_ids))
    return {row.user_id: row.account_id for row in await connection.execute(query)}


async def find_holder(
    connection: AsyncConnection, tenant_id: TenantId, microsoft_user_id: MicrosoftUserId
) -> UserId | None:
    """Which User is connected to that Microsoft user (C9)."""
    found: UserId | None = await connection.scalar(
        select(connections.c.user_id).where(
            connections.c.tenant_id == tenant_id, connections.c.microsoft_user_id == microsoft_user_id
        )
    )
    return found


async def list_connected(connection: AsyncConnection) -> list[UserId]:
    """Everyone whose connection works and may be used."""
    query = select(connections.c.user_id).select_from(owned).where(is_usable)
    return list((await connection.scalars(query.order_by(connections.c.user_id))).all())


async def list_of_account(connection: AsyncConnection, account_id: AccountId) -> list[ConnectionRow]:
    """Those of an Account that work and may be used."""
    query = _rows().where(connections.c.account_id == account_id, is_usable)
    return [_row(row) for row in await connection.execute(query.order_by(connections.c.user_id))]


async def by_user(connection: AsyncConnection, account_id: AccountId) -> dict[UserId, ConnectionRow]:
    """All of an Account, also those that do not work."""
    return {
        row.user_id: _row(row)
        for row in await connection.execute(_rows().where(connections.c.account_id == account_id))
    }


async def list_of_users(
    connection: AsyncConnection, account_id: AccountId, user_ids: Collection[UserId]
) -> dict[UserId, ConnectionRow]:
    """Those of these Users of an Account, also those that do not work."""
    query = _rows().where(connections.c.account_id == account_id, connections.c.user_id.in_(user_ids))
    return {row.user_id: _row(row) for row in await connection.execute(query)}


async def put(connection: AsyncConnection, user_id: UserId, account_id: AccountId, **columns: Any) -> None:
    """Add the User's connection, or change these columns of it."""
    changed = await update_columns(connection, user_id, **columns)
    if not changed:
        await connection.execute(connections.insert().values(user_id=user_id, account_id=account_id, **columns))


async def update_columns(connection: AsyncConnection, user_id: UserId, **columns: Any) -> bool:
    """Change columns; False when there is no such connection."""
    statement = update(connections).where(connections.c.user_id == user_id).values(**columns)
    return (await connection.execute(statement)).rowcount > 0


async def remove(connection: AsyncConnection, user_id: UserId) -> None:
    """Erase the connection with its tokens, and sign-ins that are under way."""
    await connection.execute(delete(connections).where(connections.c.user_id == user_id))
    await connection.execute(delete(sign_ins).where(sign_ins.c.user_id == user_id))


async def insert_sign_in(connection: AsyncConnection, **columns: Any) -> None:
    """Somebody was sent to Microsoft's sign-in page."""
    await connection.execute(sign_ins.insert().values(**columns))


async def take_sign_in(connection: AsyncConnection, state_hash: str) -> Row[Any] | None:
    """The sign-in with that state; it can be taken once."""
    statement = delete(sign_ins).where(sign_ins.c.state_hash == state_hash).returning(*sign_ins.c)
    return (await connection.execute(statement)).first()


async def forget_sign_ins(connection: AsyncConnection, now: datetime) -> None:
    """Those that were never finished."""
    await connection.execute(delete(sign_ins).where(sign_ins.c.expires_at <= now))
