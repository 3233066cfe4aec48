"""Which chats are to be read again, and of which Microsoft has told nothing for too long."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import UserId
from deskbridge.conversations.model import position_at
from deskbridge.conversations.tables import conversations
from deskbridge.teams.ids import LinkId
from deskbridge.teams.store.chats import Link, chats, link_from, update_columns

URGENT: Final = 1_000
"""Asked so often at once, a chat is read before the others: somebody looks at it."""


async def ask_for_sync(
    connection: AsyncConnection,
    user_id: UserId | None = None,
    *,
    link_ids: Collection[LinkId] | None = None,
    has_gap: bool = False,
    times: int = 1,
) -> None:
    """These chats, those of that User, or all are to be read again from where we are sure.

    `has_gap`: for a while we may have been told nothing, and know it; what is found missing then is no surprise.
    """
    columns: dict[str, Any] = {"sync_asked": chats.c.sync_asked + times}
    if has_gap:
        columns["has_gap"] = True
    statement = update(chats).where(chats.c.since.is_not(None)).values(**columns)
    if link_ids is not None:
        statement = statement.where(chats.c.id.in_(link_ids))
    if user_id is not None:
        statement = statement.where(chats.c.user_id == user_id)
    await connection.execute(statement)


async def ask_for_lively(connection: AsyncConnection, active_since: datetime, user_id: UserId | None = None) -> None:
    """After a gap: the chats in which something was said, or which were read, since that moment."""
    lively = select(conversations.c.id).where(conversations.c.last_position >= position_at(active_since))
    statement = update(chats).where(
        chats.c.since.is_not(None),
        or_(chats.c.read_up_to >= active_since, chats.c.conversation_id.in_(lively)),
    )
    if user_id is not None:
        statement = statement.where(chats.c.user_id == user_id)
    await connection.execute(statement.values(sync_asked=chats.c.sync_asked + 1, has_gap=True))


async def end_sync(connection: AsyncConnection, link: Link, read_up_to: datetime | None) -> None:
    """The chat has been read; what was asked for meanwhile is still to be done."""
    columns: dict[str, Any] = {"sync_asked": chats.c.sync_asked - link.sync_asked, "has_gap": False}
    if read_up_to is not None:
        columns["read_up_to"] = read_up_to
    await update_columns(connection, link.id, **columns)


async def find_sync_due(connection: AsyncConnection, user_id: UserId) -> tuple[Link | None, bool]:
    """The User's chat that is to be read next, and whether there are more."""
    query = select(chats).where(chats.c.sync_asked > 0, chats.c.user_id == user_id)
    rows = (await connection.execute(query.order_by(chats.c.sync_asked.desc(), chats.c.id).limit(2))).all()
    return (link_from(rows[0]) if rows else None, len(rows) > 1)


async def list_users_with_sync_due(connection: AsyncConnection) -> list[UserId]:
    """Users with chats that are to be read."""
    query = select(chats.c.user_id).where(chats.c.sync_asked > 0).distinct()
    return list((await connection.scalars(query)).all())


async def list_unheard(connection: AsyncConnection, before: datetime) -> list[UserId]:
    """Users who wrote in a chat of which nothing has been told since, not even that."""
    query = select(chats.c.user_id).where(chats.c.unheard_since < before).distinct()
    return list((await connection.scalars(query)).all())


async def forget_unheard(connection: AsyncConnection, user_id: UserId, before: datetime) -> int:
    """Begin to listen anew; in how many chats nothing was heard."""
    statement = update(chats).where(chats.c.user_id == user_id, chats.c.unheard_since < before)
    return (await connection.execute(statement.values(unheard_since=None))).rowcount
