"""Which chats' read state is to be looked at: whether the agent has read them in Teams itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Column, ForeignKey, String, Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import UserId
from deskbridge.storage.schema import Moment, metadata
from deskbridge.teams.ids import LinkId
from deskbridge.teams.store.chats import chats
from deskbridge.teams.store.connections import connections

read_states = Table(
    "teams_read_states",
    metadata,
    Column("link_id", String(36), ForeignKey("teams_chats.id"), primary_key=True),
    Column("is_asked", Boolean, nullable=False),
    Column("asked_at", Moment, nullable=False),
)


async def ask(connection: AsyncConnection, link_id: LinkId, now: datetime, not_since: datetime | None = None) -> bool:
    """The chat is to be looked at, unless that was asked for after `not_since`; whether it was asked for now."""
    asked_at = await connection.scalar(select(read_states.c.asked_at).where(read_states.c.link_id == link_id))
    if asked_at is None:
        await connection.execute(read_states.insert().values(link_id=link_id, is_asked=True, asked_at=now))
        return True
    if not_since is not None and asked_at > not_since:
        return False
    statement = update(read_states).where(read_states.c.link_id == link_id)
    await connection.execute(statement.values(is_asked=True, asked_at=now))
    return True


async def list_users(connection: AsyncConnection) -> list[UserId]:
    """Users with chats to be looked at, and a connection with which to look."""
    query = select(chats.c.user_id).join(read_states, read_states.c.link_id == chats.c.id)
    query = query.join(connections, connections.c.user_id == chats.c.user_id)
    return list((await connection.scalars(query.where(read_states.c.is_asked).distinct())).all())


async def find_next(connection: AsyncConnection, user_id: UserId) -> tuple[LinkId, datetime] | None:
    """The User's chat that was asked for first, and when that was."""
    query = (
        select(read_states.c.link_id, read_states.c.asked_at)
        .join(chats, read_states.c.link_id == chats.c.id)
        .where(read_states.c.is_asked, chats.c.user_id == user_id)
        .order_by(read_states.c.asked_at, read_states.c.link_id)
    )
    row = (await connection.execute(query.limit(1))).first()
    return (row.link_id, row.asked_at) if row else None


async def looked(connection: AsyncConnection, link_id: LinkId, asked_at: datetime) -> None:
    """It has been looked at; what was asked for meanwhile is still to be done."""
    await connection.execute(
        update(read_states)
        .where(read_states.c.link_id == link_id, read_states.c.asked_at == asked_at)
        .values(is_asked=False)
    )
