"""Which messages answer one of the same chat that has not come yet."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Index, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.conversations.model import MessageId
from deskbridge.teams.ids import GraphMessageId, LinkId
from deskbridge.teams.store.chats import messages

# Few messages wait, and none for long.
Index(
    "ix_teams_messages_waits_for",
    messages.c.link_id,
    messages.c.waits_for,
    sqlite_where=messages.c.waits_for.is_not(None),
    postgresql_where=messages.c.waits_for.is_not(None),
)


async def wait_for(
    connection: AsyncConnection, link_id: LinkId, graph_message_id: GraphMessageId, quoted: GraphMessageId
) -> None:
    """That Teams message is here, and what it answers is to come."""
    await connection.execute(
        update(messages)
        .where(messages.c.link_id == link_id, messages.c.graph_message_id == graph_message_id)
        .values(waits_for=quoted)
    )


async def end_waiting(connection: AsyncConnection, link_id: LinkId, came: GraphMessageId) -> Sequence[MessageId]:
    """Which of our messages waited for that one; they do no more."""
    statement = update(messages).where(messages.c.link_id == link_id, messages.c.waits_for == came)
    return (await connection.scalars(statement.values(waits_for=None).returning(messages.c.message_id))).all()
