"""Who works on what at the moment, among several processes: a row for each lane, for some seconds, renewed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Column, String, Table, delete, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.clock import Clock
from deskbridge.storage.database import Database
from deskbridge.storage.schema import Moment, metadata, new_id

LEASE = timedelta(seconds=15)
"""Longer than any one request to Graph that changes something (graph.POST_WITHIN), so that what a holder has begun
has ended, one way or the other, before somebody else takes over."""

leases = Table(
    "teams_leases",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("owner", String(36), nullable=False),
    Column("until", Moment, nullable=False),
)


async def claim(connection: AsyncConnection, name: str, owner: str, now: datetime) -> bool:
    """Take or renew the lease; False while somebody else holds it."""
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    statement = insert(leases).values(name=name, owner=owner, until=now + LEASE)
    taken = statement.on_conflict_do_update(
        index_elements=[leases.c.name],
        set_={"owner": owner, "until": now + LEASE},
        where=or_(leases.c.owner == owner, leases.c.until <= now),
    ).returning(leases.c.owner)
    return bool((await connection.execute(taken)).scalar_one_or_none() == owner)


async def is_held(connection: AsyncConnection, name: str, now: datetime) -> bool:
    """Whether anybody holds it."""
    query = select(leases.c.name).where(leases.c.name == name, leases.c.until > now)
    return await connection.scalar(query) is not None


async def release(connection: AsyncConnection, name: str, owner: str) -> None:
    """Give the lease back before it ends."""
    await connection.execute(delete(leases).where(leases.c.name == name, leases.c.owner == owner))


class Leases:
    """This process's leases. On SQLite one process does all the work, and its lanes exclude each other already; so
    there they are only needed for what the command line does as well (`always`)."""

    def __init__(self, db: Database, clock: Clock, *, always: bool = False) -> None:
        self._db = db
        self._clock = clock
        self._owner = new_id()
        self._are_needed = always or not db.is_sqlite

    async def claim(self, name: str) -> bool:
        """Take or renew."""
        if not self._are_needed:
            return True
        async with self._db.transaction() as tx:
            return await claim(tx.connection, name, self._owner, self._clock())

    async def claim_all(self, names: Collection[str]) -> set[str]:
        """Take or renew several; which of them could be had. Always in the same order, so that two cannot lock up."""
        if not self._are_needed:
            return set(names)
        async with self._db.transaction() as tx:
            return {each for each in sorted(names) if await claim(tx.connection, each, self._owner, self._clock())}

    async def release_all(self, names: Collection[str]) -> None:
        """Let others go on at once."""
        if self._are_needed and names:
            async with self._db.transaction() as tx:
                owned = (leases.c.name.in_(names), leases.c.owner == self._owner)
                await tx.connection.execute(delete(leases).where(*owned))

    async def renew(self, connection: AsyncConnection, name: str) -> bool:
        """Inside a transaction whose effect must only happen while the lease is ours."""
        if not self._are_needed:
            return True
        return await claim(connection, name, self._owner, self._clock())

    async def release(self, name: str) -> None:
        """Let others go on at once."""
        if self._are_needed:
            async with self._db.transaction() as tx:
                await release(tx.connection, name, self._owner)
