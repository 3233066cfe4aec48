"""Tables of the second factor: one secret for each User, and the codes for the day when the phone is lost."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, String, Table, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import UserId
from deskbridge.storage.schema import Moment, metadata

second_factors = Table(
    "second_factors",
    metadata,
    Column("user_id", String(36), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    # Until the first code was right nobody is asked for one.
    Column("confirmed_at", Moment),
    # The time step of the last code that was taken: none is taken twice (RFC 6238, 5.2).
    Column("last_step", BigInteger, nullable=False),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user_id", String(36), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("code_hash", String(64), primary_key=True),
)


@dataclass(frozen=True, slots=True)
class Factor:
    """A User's second factor; the secret is encrypted."""

    user_id: UserId
    secret: bytes
    confirmed_at: datetime | None
    last_step: int


async def find(connection: AsyncConnection, user_id: UserId) -> Factor | None:
    """The User's."""
    row = (await connection.execute(select(second_factors).where(second_factors.c.user_id == user_id))).first()
    return Factor(row.user_id, row.secret, row.confirmed_at, row.last_step) if row else None


async def holders_among(connection: AsyncConnection, user_ids: Collection[UserId]) -> set[UserId]:
    """Which of these are asked for a second factor."""
    query = select(second_factors.c.user_id).where(
        second_factors.c.user_id.in_(user_ids), second_factors.c.confirmed_at.is_not(None)
    )
    return set((await connection.scalars(query)).all())


async def put(connection: AsyncConnection, user_id: UserId, secret: bytes) -> None:
    """A new one, not confirmed yet."""
    await remove(connection, user_id)
    await connection.execute(second_factors.insert().values(user_id=user_id, secret=secret, last_step=0))


async def take_step(connection: AsyncConnection, user_id: UserId, step: int) -> bool:
    """The code of that time step is used up; False when it, or a later one, was already."""
    statement = update(second_factors).where(second_factors.c.user_id == user_id, second_factors.c.last_step < step)
    return (await connection.execute(statement.values(last_step=step))).rowcount > 0


async def confirm(connection: AsyncConnection, user_id: UserId, now: datetime, code_hashes: Iterable[str]) -> None:
    """From now on it is asked for; these are the recovery codes."""
    await connection.execute(update(second_factors).where(second_factors.c.user_id == user_id).values(confirmed_at=now))
    await connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    rows = [{"user_id": user_id, "code_hash": each} for each in code_hashes]
    await connection.execute(recovery_codes.insert(), rows)


async def take_recovery_code(connection: AsyncConnection, user_id: UserId, code_hash: str) -> bool:
    """Use one up; False when there is no such code."""
    statement = delete(recovery_codes).where(
        recovery_codes.c.user_id == user_id, recovery_codes.c.code_hash == code_hash
    )
    return (await connection.execute(statement)).rowcount > 0


async def count_recovery_codes(connection: AsyncConnection, user_id: UserId) -> int:
    """How many are left."""
    query = select(func.count()).where(recovery_codes.c.user_id == user_id)
    return int(await connection.scalar(query) or 0)


async def remove(connection: AsyncConnection, user_id: UserId) -> None:
    """The User has none any more."""
    await connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    await connection.execute(delete(second_factors).where(second_factors.c.user_id == user_id))
