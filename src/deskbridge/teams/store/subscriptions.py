"""Subscriptions at Microsoft: one of each kind for each connected User."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Row, String, Table, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.storage.schema import Moment, metadata
from deskbridge.teams.ids import MicrosoftUserId, SubscriptionId, TenantId
from deskbridge.teams.store.connections import connections, is_usable, owned

CHAT_MESSAGES = "chat_messages"
PRESENCE = "presence"

subscriptions = Table(
    "teams_subscriptions",
    metadata,
    Column("user_id", String(36), ForeignKey("users.id"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    # Made before Microsoft is asked: whatever is told before its answer is recorded can be attributed already.
    Column("id", String(36), nullable=False, unique=True),
    Column("secret_hash", String(64), nullable=False),
    Column("tenant_id", String(36), nullable=False),
    Column("subscription_id", String(64)),
    Column("certificate_id", String(36), nullable=False),
    Column("expires_at", Moment),
    Column("renew_at", Moment),
)


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """What we know of a subscription; `subscription_id` is None while there is none at Microsoft for sure."""

    user_id: UserId
    kind: str
    id: str
    secret_hash: str
    tenant_id: TenantId
    subscription_id: SubscriptionId | None
    certificate_id: str
    expires_at: datetime | None
    renew_at: datetime | None


def row_of(row: Row[Any]) -> SubscriptionRow:
    """The subscription that a row of the table is."""
    return SubscriptionRow(
        user_id=row.user_id,
        kind=row.kind,
        id=row.id,
        secret_hash=row.secret_hash,
        tenant_id=row.tenant_id,
        subscription_id=row.subscription_id,
        certificate_id=row.certificate_id,
        expires_at=row.expires_at,
        renew_at=row.renew_at,
    )


async def find(connection: AsyncConnection, user_id: UserId, kind: str = CHAT_MESSAGES) -> SubscriptionRow | None:
    """The User's subscription of that kind."""
    query = select(subscriptions).where(subscriptions.c.user_id == user_id, subscriptions.c.kind == kind)
    row = (await connection.execute(query)).first()
    return row_of(row) if row else None


async def list_presence(connection: AsyncConnection, account_id: AccountId) -> list[SubscriptionRow]:
    """The subscriptions to presence that Users of the Account carry."""
    query = select(subscriptions).join(connections, connections.c.user_id == subscriptions.c.user_id)
    mine = query.where(connections.c.account_id == account_id, subscriptions.c.kind == PRESENCE)
    return [row_of(row) for row in await connection.execute(mine)]


async def replace(connection: AsyncConnection, user_id: UserId, kind: str = CHAT_MESSAGES, **columns: Any) -> None:
    """Forget the User's subscription and write down the next one."""
    await remove(connection, user_id, kind)
    await connection.execute(subscriptions.insert().values(user_id=user_id, kind=kind, **columns))


async def update_columns(connection: AsyncConnection, id_: str, **columns: Any) -> bool:
    """Change the subscription with that id of ours; False when it has been replaced meanwhile."""
    statement = update(subscriptions).where(subscriptions.c.id == id_).values(**columns)
    return (await connection.execute(statement)).rowcount > 0


async def count_alive(connection: AsyncConnection, now: datetime) -> int:
    """How many are there at Microsoft, as far as we know."""
    query = select(func.count()).where(subscriptions.c.subscription_id.is_not(None), subscriptions.c.expires_at > now)
    return int(await connection.scalar(query) or 0)


async def renew_now(connection: AsyncConnection, certificate_ids: Collection[str], now: datetime) -> int:
    """Those encrypted for these certificates are due; how many."""
    statement = update(subscriptions).where(subscriptions.c.certificate_id.in_(certificate_ids))
    return (await connection.execute(statement.values(renew_at=now))).rowcount


async def look_again(
    connection: AsyncConnection, account_id: AccountId, microsoft_user_ids: Collection[MicrosoftUserId], now: datetime
) -> list[UserId]:
    """Those connected as these Microsoft users are due, so that Microsoft is asked how they stand; whose they are."""
    if not microsoft_user_ids:
        return []
    whose = select(connections.c.user_id).where(
        connections.c.account_id == account_id, connections.c.microsoft_user_id.in_(microsoft_user_ids)
    )
    users = list((await connection.scalars(whose)).all())
    if users:
        await connection.execute(
            update(subscriptions)
            .where(subscriptions.c.user_id.in_(users), subscriptions.c.kind == CHAT_MESSAGES)
            .values(renew_at=now)
        )
    return users


async def remove(connection: AsyncConnection, user_id: UserId, kind: str = CHAT_MESSAGES) -> None:
    """Forget the User's subscription of that kind."""
    await connection.execute(
        delete(subscriptions).where(subscriptions.c.user_id == user_id, subscriptions.c.kind == kind)
    )


async def list_due(connection: AsyncConnection, now: datetime) -> list[UserId]:
    """Users with a connection that works and may be used, whose subscription is missing, or due to be renewed."""
    joined = owned.outerjoin(
        subscriptions,
        (subscriptions.c.user_id == connections.c.user_id) & (subscriptions.c.kind == CHAT_MESSAGES),
    )
    query = (
        select(connections.c.user_id)
        .select_from(joined)
        .where(
            is_usable,
            or_(subscriptions.c.subscription_id.is_(None), subscriptions.c.renew_at <= now),
        )
    )
    return list((await connection.scalars(query)).all())
