"""The SQL of what each User has read, here and on other platforms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import UserId
from deskbridge.conversations.model import ConversationId
from deskbridge.conversations.tables import messages, participants


@dataclass(frozen=True, slots=True)
class ReadHere:
    """A conversation that a User has read here, which the other platform does not know yet."""

    conversation_id: ConversationId
    user_id: UserId
    read_at: datetime

    @property
    def id(self) -> str:
        """What a lane knows it by."""
        return f"read:{self.conversation_id}:{self.user_id}"

    @property
    def sender_user_id(self) -> UserId:
        """Who tells."""
        return self.user_id

    @property
    def queued_at(self) -> datetime:
        """Since when it waits."""
        return self.read_at


async def list_read_here(connection: AsyncConnection, user_id: UserId | None) -> list[ReadHere]:
    """What one User, or everyone, has read and not told."""
    query = select(participants).where(participants.c.read_at.is_not(None))
    if user_id is not None:
        query = query.where(participants.c.user_id == user_id)
    rows = await connection.execute(query.order_by(participants.c.read_at).limit(500))
    return [ReadHere(row.conversation_id, row.user_id, row.read_at) for row in rows]


async def set_read_told(connection: AsyncConnection, read: ReadHere) -> None:
    """It is known there; what was read since is not."""
    await connection.execute(
        update(participants)
        .where(
            participants.c.conversation_id == read.conversation_id,
            participants.c.user_id == read.user_id,
            participants.c.read_at == read.read_at,
        )
        .values(read_at=None)
    )


async def set_read(
    connection: AsyncConnection,
    conversation_id: ConversationId,
    user_id: UserId,
    revision: int,
    read_at: datetime | None = None,
) -> None:
    """The User has read everything that had come by then; `read_at` where others are to be told."""
    await connection.execute(
        update(participants)
        .where(participants.c.conversation_id == conversation_id, participants.c.user_id == user_id)
        .values(read_revision=revision, **({"read_at": read_at} if read_at else {}))
    )


async def read_revision_at(
    connection: AsyncConnection, conversation_id: ConversationId, user_id: UserId, moment: datetime
) -> int | None:
    """Up to which arrival everything unread was said by that moment; None where that is nothing new.

    Milliseconds count: that is what other platforms tell time in.
    """
    read = await connection.scalar(
        select(participants.c.read_revision).where(
            participants.c.conversation_id == conversation_id, participants.c.user_id == user_id
        )
    )
    query = (
        select(messages.c.arrived, messages.c.created_at)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.arrived > (read or 0),
            func.coalesce(messages.c.author_user_id, "") != user_id,
        )
        .order_by(messages.c.arrived)
    )
    found: int | None = None
    for row in await connection.execute(query.limit(1_000)):
        if row.created_at >= moment + timedelta(milliseconds=1):
            break
        found = row.arrived
    return found
