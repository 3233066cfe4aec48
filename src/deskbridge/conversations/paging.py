"""Pages of messages in either direction; apart from `views.py` because that would be too large to see whole."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.conversations import views
from deskbridge.conversations.model import ConversationId, Message
from deskbridge.conversations.tables import messages


class Page(NamedTuple):
    """Messages in order, oldest first; where to ask before and after for more, None where there are none."""

    messages: list[Message]
    earlier: int | None
    later: int | None


async def list_after(connection: AsyncConnection, conversation_id: ConversationId, after: int, limit: int) -> Page:
    """The first ones that stand after that position."""
    query = select(messages).where(messages.c.conversation_id == conversation_id, messages.c.position > after)
    rows = (await connection.execute(query.order_by(messages.c.position).limit(limit + 1))).all()
    page = await views.whole(connection, rows[:limit])
    return Page(page, None, page[-1].position if len(rows) > limit else None)


async def list_around(connection: AsyncConnection, conversation_id: ConversationId, at: int, limit: int) -> Page:
    """As many before that position as from it on."""
    half = max(1, limit // 2)
    before, earlier = await views.list_messages(connection, conversation_id, at, half)
    after = await list_after(connection, conversation_id, at - 1, limit - half)
    return Page(before + after.messages, earlier, after.later)
