"""Tables and SQL of who looks at whom and who is connected, as each process says of itself.

What a process says counts as long as it says so again; what a killed one said lapses.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import Column, Index, String, Table, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.accounts.store import users
from deskbridge.directory.model import PersonId
from deskbridge.storage.prepared import Prepared
from deskbridge.storage.schema import Moment, metadata

processes = Table(
    "presence_processes",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("until", Moment, nullable=False),
)

watched = Table(
    "presence_watched",
    metadata,
    Column("process_id", String(36), primary_key=True),
    Column("account_id", String(36), primary_key=True),
    Column("person_id", String(36), primary_key=True),
    Index("ix_presence_watched_account_id", "account_id"),
)

connected = Table(
    "presence_connected",
    metadata,
    Column("process_id", String(36), primary_key=True),
    Column("user_id", String(36), primary_key=True),
    Index("ix_presence_connected_user_id", "user_id"),
)

Watched = tuple[AccountId, PersonId]

_UNWATCH: Final = Prepared(
    delete(watched).where(
        watched.c.process_id == bindparam("process"),
        watched.c.account_id == bindparam("account"),
        watched.c.person_id == bindparam("person"),
    )
)
_DISCONNECT: Final = Prepared(
    delete(connected).where(connected.c.process_id == bindparam("process"), connected.c.user_id == bindparam("user"))
)


async def beat(connection: AsyncConnection, process_id: str, until: datetime) -> bool:
    """That process lives until then at least; False when it was not known, or no longer."""
    renewed = await connection.execute(update(processes).where(processes.c.id == process_id).values(until=until))
    if not renewed.rowcount:
        await connection.execute(processes.insert().values(id=process_id, until=until))
    return bool(renewed.rowcount)


async def change_watched(
    connection: AsyncConnection, process_id: str, came: Collection[Watched], gone: Collection[Watched]
) -> None:
    """In that process these came into view, and those left it."""
    await _UNWATCH.each(connection, [{"process": process_id, "account": each[0], "person": each[1]} for each in gone])
    if came:
        rows = [{"process_id": process_id, "account_id": each[0], "person_id": each[1]} for each in came]
        await connection.execute(watched.insert(), rows)


async def change_connected(
    connection: AsyncConnection, process_id: str, came: Collection[UserId], gone: Collection[UserId]
) -> None:
    """To that process these connected, and those are gone."""
    await _DISCONNECT.each(connection, [{"process": process_id, "user": each} for each in gone])
    if came:
        await connection.execute(connected.insert(), [{"process_id": process_id, "user_id": each} for each in came])


async def list_watching_accounts(connection: AsyncConnection, now: datetime) -> list[AccountId]:
    """Accounts in which somebody looks at somebody."""
    query = select(watched.c.account_id).join(processes, processes.c.id == watched.c.process_id)
    return list((await connection.scalars(query.where(processes.c.until > now).distinct())).all())


async def list_connected(connection: AsyncConnection, user_ids: Collection[UserId], now: datetime) -> set[UserId]:
    """Those of these who have a workspace open, at whatever process."""
    query = (
        select(connected.c.user_id)
        .join(processes, processes.c.id == connected.c.process_id)
        .where(processes.c.until > now, connected.c.user_id.in_(user_ids))
    )
    return set((await connection.scalars(query)).all())


async def count_connected(connection: AsyncConnection, account_id: AccountId, now: datetime) -> int:
    """How many Users of an Account have a workspace open, at whatever process."""
    query = (
        select(func.count(connected.c.user_id.distinct()))
        .join(processes, processes.c.id == connected.c.process_id)
        .join(users, users.c.id == connected.c.user_id)
        .where(processes.c.until > now, users.c.account_id == account_id)
    )
    return int(await connection.scalar(query) or 0)


async def forget_processes(connection: AsyncConnection, but: str, now: datetime) -> set[UserId]:
    """Forget what processes said that have fallen silent; who was connected to them."""
    silent = select(processes.c.id).where(processes.c.until <= now, processes.c.id != but)
    found = list((await connection.scalars(silent)).all())
    lost: set[UserId] = set()
    if found:
        theirs = select(connected.c.user_id).where(connected.c.process_id.in_(found))
        lost = set((await connection.scalars(theirs)).all())
        await forget(connection, found)
        await connection.execute(delete(processes).where(processes.c.id.in_(found), processes.c.until <= now))
    return lost


async def forget_watched(connection: AsyncConnection, process_id: str) -> None:
    """In that process nobody looks at anybody any more."""
    await connection.execute(delete(watched).where(watched.c.process_id == process_id))


async def forget(connection: AsyncConnection, process_ids: Collection[str]) -> None:
    """What these processes said does not count any more."""
    for table in (watched, connected):
        await connection.execute(delete(table).where(table.c.process_id.in_(process_ids)))
