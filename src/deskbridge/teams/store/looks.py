"""Whose list of chats is to be looked over, kept with their connection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import UserId
from deskbridge.teams.model import ConnectionState
from deskbridge.teams.store.connections import connections, is_usable, owned


@dataclass(frozen=True, slots=True)
class Look:
    """How often it was asked for, whether because we know of a gap, and from when on the list is to be read."""

    asked: int
    has_gap: bool
    since: datetime | None


async def ask(
    connection: AsyncConnection, user_id: UserId, not_since: datetime | None = None, *, has_gap: bool
) -> bool:
    """The User's list is to be looked over, unless that was done after `not_since`; whether it is asked for now."""
    columns = {"look_asked": connections.c.look_asked + 1, **({"look_has_gap": True} if has_gap else {})}
    statement = update(connections).where(connections.c.user_id == user_id)
    if not_since is not None:
        statement = statement.where(or_(connections.c.looked_at.is_(None), connections.c.looked_at < not_since))
    return (await connection.execute(statement.values(**columns))).rowcount > 0


async def ask_all(connection: AsyncConnection, not_since: datetime) -> None:
    """Everyone's, unless it was looked over after that moment: nobody here may have listened for a while."""
    await connection.execute(
        update(connections)
        .where(
            connections.c.state == ConnectionState.CONNECTED.value,
            or_(connections.c.looked_at.is_(None), connections.c.looked_at < not_since),
        )
        .values(look_asked=connections.c.look_asked + 1, look_has_gap=True)
    )


async def list_due(connection: AsyncConnection, overdue: datetime) -> list[UserId]:
    """Users whose list is to be looked over, or was not since that moment."""
    last = func.coalesce(connections.c.looked_at, connections.c.connected_at)
    query = select(connections.c.user_id).select_from(owned)
    due = query.where(is_usable, or_(connections.c.look_asked > 0, last < overdue))
    return list((await connection.scalars(due.order_by(last))).all())


async def find(connection: AsyncConnection, user_id: UserId) -> Look | None:
    """What is asked of the User's list."""
    columns = (
        connections.c.look_asked,
        connections.c.look_has_gap,
        connections.c.looked_at,
        connections.c.connected_at,
    )
    row = (await connection.execute(select(*columns).where(connections.c.user_id == user_id))).first()
    return Look(row.look_asked, row.look_has_gap, row.looked_at or row.connected_at) if row else None


async def looked(connection: AsyncConnection, user_id: UserId, look: Look, at: datetime) -> None:
    """It has been looked over; what was asked for meanwhile is still to be done."""
    statement = update(connections).where(connections.c.user_id == user_id)
    await connection.execute(
        statement.values(look_asked=connections.c.look_asked - look.asked, look_has_gap=False, looked_at=at)
    )


async def ring(connection: AsyncConnection, user_id: UserId, now: datetime, not_since: datetime) -> bool:
    """Microsoft did not tell that User something; whether that had not been noticed since that moment."""
    statement = update(connections).where(
        connections.c.user_id == user_id,
        or_(connections.c.not_told_at.is_(None), connections.c.not_told_at < not_since),
    )
    return (await connection.execute(statement.values(not_told_at=now))).rowcount > 0
