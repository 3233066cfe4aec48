"""The SQL that changes messages and reactions; conversations and deliveries are in `store.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import UserId
from deskbridge.conversations.model import ConversationId, MessageId, MessageKind
from deskbridge.conversations.tables import messages, reactions


async def positions_from(
    connection: AsyncConnection, conversation_id: ConversationId, position: int
) -> dict[MessageId, int]:
    """The messages that stand there or below, and where."""
    query = select(messages.c.id, messages.c.position).where(
        messages.c.conversation_id == conversation_id, messages.c.position >= position
    )
    return {row.id: row.position for row in await connection.execute(query)}


async def free_position(connection: AsyncConnection, conversation_id: ConversationId, wanted: int) -> int:
    """That position, or the next free one after it."""
    query = (
        select(messages.c.position)
        .where(messages.c.conversation_id == conversation_id, messages.c.position >= wanted)
        .order_by(messages.c.position)
    )
    position = wanted
    for taken in (await connection.scalars(query.limit(1_000))).all():
        if taken > position:
            break
        position = taken + 1
    return position


async def insert_message(connection: AsyncConnection, **columns: Any) -> None:
    """A new message; its first revision stays as the moment when it arrived."""
    # What only tells what happened is nothing that anybody has yet to read.
    arrived = 0 if columns["kind"] == MessageKind.SYSTEM.value else columns["revision"]
    await connection.execute(messages.insert().values(arrived=arrived, **columns))


async def update_message(connection: AsyncConnection, message_id: MessageId, **changes: Any) -> None:
    """Change columns of a message."""
    await connection.execute(update(messages).where(messages.c.id == message_id).values(**changes))


async def find_message(connection: AsyncConnection, message_id: MessageId) -> Row[Any] | None:
    """A message's row."""
    return (await connection.execute(select(messages).where(messages.c.id == message_id))).first()


async def position_of(connection: AsyncConnection, message_id: MessageId) -> int:
    """Where a message that is here stands."""
    return int((await connection.execute(select(messages.c.position).where(messages.c.id == message_id))).scalar_one())


async def list_about(connection: AsyncConnection, message_id: MessageId) -> list[MessageId]:
    """The individual reaction messages that refer to a message."""
    query = select(messages.c.id).where(messages.c.refers_to == message_id).order_by(messages.c.position)
    return list((await connection.scalars(query)).all())


@dataclass(frozen=True, slots=True)
class Told:
    """Who set a reaction here, and the individual message that tells of it."""

    told_by: MessageId
    user_id: UserId | None


async def list_reactions(connection: AsyncConnection, message_id: MessageId) -> dict[tuple[str, str], Told]:
    """(who, reaction) of each reaction to a message."""
    query = select(reactions.c.who, reactions.c.reaction, reactions.c.told_by, reactions.c.user_id)
    rows = await connection.execute(query.where(reactions.c.message_id == message_id))
    return {(row.who, row.reaction): Told(row.told_by, row.user_id) for row in rows}


async def insert_reaction(connection: AsyncConnection, **columns: Any) -> None:
    """Somebody reacted."""
    await connection.execute(reactions.insert().values(**columns))


async def delete_reaction(connection: AsyncConnection, message_id: MessageId, who: str, reaction: str) -> None:
    """Somebody took a reaction back."""
    await connection.execute(
        delete(reactions).where(
            reactions.c.message_id == message_id, reactions.c.who == who, reactions.c.reaction == reaction
        )
    )
