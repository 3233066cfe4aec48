"""Answers that come before what they quote: Microsoft tells in any order, and loses what it tells (facts.md 7).

What is said in the Conversation is quoted from here alone, as it is now: words that were deleted are nowhere. So an
answer whose quoted message is still to come stands without a quote until it has come. Only what was said before the
Conversation began, and never will come, is shown as Teams tells of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.conversations import service
from deskbridge.conversations.model import MessageId
from deskbridge.storage.database import Transaction
from deskbridge.teams.ids import GraphMessageId
from deskbridge.teams.store import chats, quotes
from deskbridge.teams.store.chats import Link
from deskbridge.teams.translate import MessageState

_MOST_DIGITS: Final = 19


@dataclass(slots=True)
class Quoted:
    """What a message answers."""

    here: MessageId | None = None
    to_come: GraphMessageId | None = None
    html: str = ""
    """Of the others, as Teams tells of them."""


async def quoted_by(connection: AsyncConnection, link: Link, state: MessageState) -> Quoted:
    """The first message that this one answers and that is in the Conversation, or will be; and the others."""
    found = Quoted()
    for each in state.quotes:
        is_first = found.here is None and found.to_come is None
        known = await chats.find_message(connection, link.id, each.id) if is_first else None
        if known is not None:
            found.here = known.message_id
        elif is_first and _is_in_conversation(link, each.id):
            found.to_come = each.id
        else:
            found.html += each.html
    return found


async def has_come(tx: Transaction, link: Link, graph_id: GraphMessageId, message_id: MessageId) -> None:
    """That Teams message is here from now on, as that message of ours: answers that waited for it quote it."""
    answers = await quotes.end_waiting(tx.connection, link.id, graph_id)
    if answers:
        await service.quoted_has_come(tx, link.conversation_id, answers, message_id)


def _is_in_conversation(link: Link, quoted: GraphMessageId) -> bool:
    """A message's id is the moment at which it was written, in milliseconds (facts.md 6.1)."""
    if link.since is None or not quoted.isdecimal() or len(quoted) > _MOST_DIGITS:
        return False
    return int(quoted) >= int(link.since.timestamp() * 1000)
