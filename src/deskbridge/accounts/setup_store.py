"""The table of codes for the first run; apart from `store.py`, which is large enough."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, String, Table, delete
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.storage.schema import Moment, metadata

setup_codes = Table(
    "setup_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("expires_at", Moment, nullable=False),
)


async def insert(connection: AsyncConnection, code_hash: str, expires_at: datetime) -> None:
    """One more that is good until then."""
    await connection.execute(setup_codes.insert().values(code_hash=code_hash, expires_at=expires_at))


async def take_all(connection: AsyncConnection, now: datetime) -> list[str]:
    """Delete all; the hashes of those that were still good."""
    rows = (await connection.execute(delete(setup_codes).returning(*setup_codes.c))).all()
    return [row.code_hash for row in rows if row.expires_at > now]
