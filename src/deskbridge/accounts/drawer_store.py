"""Table of drawer keys: with a User's, their browsers seal what they keep of them (docs/decisions/0035)."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, LargeBinary, String, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import UserId
from deskbridge.storage.schema import metadata

drawer_keys = Table(
    "drawer_keys",
    metadata,
    Column("user_id", String(36), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("secret", LargeBinary, nullable=False),
)


async def find(connection: AsyncConnection, user_id: UserId) -> bytes | None:
    """The User's, encrypted."""
    found: bytes | None = await connection.scalar(select(drawer_keys.c.secret).where(drawer_keys.c.user_id == user_id))
    return found


async def put(connection: AsyncConnection, user_id: UserId, secret: bytes) -> None:
    """This one, in the place of any other."""
    await remove(connection, user_id)
    await connection.execute(drawer_keys.insert().values(user_id=user_id, secret=secret))


async def remove(connection: AsyncConnection, user_id: UserId) -> None:
    """What was sealed with it is never opened again."""
    await connection.execute(delete(drawer_keys).where(drawer_keys.c.user_id == user_id))
