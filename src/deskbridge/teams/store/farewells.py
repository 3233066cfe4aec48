"""Subscriptions at Microsoft that are to be deleted, with what is needed to do it (docs/decisions/0011)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, LargeBinary, Row, String, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import UserId
from deskbridge.storage.schema import Moment, metadata
from deskbridge.teams.ids import SubscriptionId, TenantId

farewells = Table(
    "teams_farewells",
    metadata,
    Column("subscription_id", String(64), primary_key=True),
    Column("user_id", String(36), ForeignKey("users.id"), nullable=False, index=True),
    Column("tenant_id", String(36), nullable=False),
    # As in the connection that it comes from, and bound to the same place in the vault.
    Column("token_cache", LargeBinary, nullable=False),
    Column("expires_at", Moment, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Farewell:
    """One subscription that is to go, before `expires_at`, when Microsoft ends it by itself."""

    subscription_id: SubscriptionId
    user_id: UserId
    tenant_id: TenantId
    token_cache: bytes
    expires_at: datetime


def _farewell(row: Row[Any]) -> Farewell:
    return Farewell(
        SubscriptionId(row.subscription_id), row.user_id, TenantId(row.tenant_id), row.token_cache, row.expires_at
    )


async def insert(connection: AsyncConnection, farewell: Farewell) -> None:
    """Remember one."""
    await remove(connection, farewell.subscription_id)
    await connection.execute(
        farewells.insert().values(
            subscription_id=farewell.subscription_id,
            user_id=farewell.user_id,
            tenant_id=farewell.tenant_id,
            token_cache=farewell.token_cache,
            expires_at=farewell.expires_at,
        )
    )


async def list_users(connection: AsyncConnection) -> list[UserId]:
    """Users of whom something is left at Microsoft."""
    return list((await connection.scalars(select(farewells.c.user_id).distinct())).all())


async def list_of_user(connection: AsyncConnection, user_id: UserId) -> list[Farewell]:
    """What is left of that User."""
    query = select(farewells).where(farewells.c.user_id == user_id).order_by(farewells.c.subscription_id)
    return [_farewell(row) for row in await connection.execute(query)]


async def remove(connection: AsyncConnection, subscription_id: SubscriptionId) -> None:
    """It is gone, and with it the tokens that were kept for it."""
    await connection.execute(delete(farewells).where(farewells.c.subscription_id == subscription_id))
