"""The SQL of a deleted User's part in conversations; apart from `store.py` because nothing else asks by User."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import UserId
from deskbridge.conversations.file_tables import files, parts
from deskbridge.conversations.model import DeliveryId
from deskbridge.conversations.tables import IS_QUEUED, deliveries, messages, participants, reactions


async def list_queued(connection: AsyncConnection, user_id: UserId) -> list[DeliveryId]:
    """What waits to leave in their name, in the order in which it was written."""
    query = select(deliveries.c.id).where(IS_QUEUED, deliveries.c.sender_user_id == user_id)
    return list((await connection.scalars(query.order_by(deliveries.c.position, deliveries.c.id))).all())


async def forget_read(connection: AsyncConnection, user_id: UserId) -> None:
    """What they read here is told to no other platform any more."""
    told = (participants.c.user_id == user_id, participants.c.read_at.is_not(None))
    await connection.execute(update(participants).where(*told).values(read_at=None))


async def forget_unsent(connection: AsyncConnection, user_id: UserId) -> None:
    """Files and pictures that were given and not sent."""
    unsent = select(files.c.id).where(files.c.user_id == user_id, files.c.message_id.is_(None))
    await connection.execute(delete(parts).where(parts.c.file_id.in_(unsent)))
    await connection.execute(delete(files).where(files.c.user_id == user_id, files.c.message_id.is_(None)))


async def rename(connection: AsyncConnection, user_id: UserId, name: str) -> None:
    """The name beside all that they wrote and reacted to."""
    # By their conversations: messages have an index for those, and none for authors.
    theirs = select(participants.c.conversation_id).where(participants.c.user_id == user_id)
    in_theirs = messages.c.conversation_id.in_(theirs)
    await connection.execute(
        update(messages).where(in_theirs, messages.c.author_user_id == user_id).values(author_name=name)
    )
    reacted = select(messages.c.id).where(in_theirs)
    await connection.execute(
        update(reactions).where(reactions.c.message_id.in_(reacted), reactions.c.user_id == user_id).values(name=name)
    )


async def list_others(connection: AsyncConnection, user_id: UserId) -> list[UserId]:
    """Who takes part in any conversation of theirs."""
    theirs = select(participants.c.conversation_id).where(participants.c.user_id == user_id)
    query = select(participants.c.user_id).where(
        participants.c.conversation_id.in_(theirs), participants.c.user_id != user_id
    )
    return list((await connection.scalars(query.distinct())).all())
