"""The table of one-time links with which Users choose their password; apart from `store.py`, which is large enough."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, String, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import UserId
from deskbridge.storage.schema import Moment, metadata

password_links = Table(
    "password_links",
    metadata,
    # One for each User: a later one voids the one before.
    Column("user_id", String(36), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("expires_at", Moment, nullable=False),
)


async def put(connection: AsyncConnection, user_id: UserId, secret_hash: str, expires_at: datetime) -> None:
    """The User's link from now on."""
    await remove(connection, user_id)
    await connection.execute(
        password_links.insert().values(user_id=user_id, secret_hash=secret_hash, expires_at=expires_at)
    )


async def remove(connection: AsyncConnection, user_id: UserId) -> None:
    """The User's link is void."""
    await connection.execute(delete(password_links).where(password_links.c.user_id == user_id))


async def find_owner(connection: AsyncConnection, secret_hash: str, now: datetime) -> UserId | None:
    """Whose link that is, while it is good."""
    query = select(password_links.c.user_id).where(
        password_links.c.secret_hash == secret_hash, password_links.c.expires_at > now
    )
    found: UserId | None = await connection.scalar(query)
    return found


async def take(connection: AsyncConnection, secret_hash: str, now: datetime) -> bool:
    """Spend it; False when it is spent already."""
    statement = delete(password_links).where(
        password_links.c.secret_hash == secret_hash, password_links.c.expires_at > now
    )
    return (await connection.execute(statement)).rowcount > 0
