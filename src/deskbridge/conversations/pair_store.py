"""The SQL that finds the conversation that two have already, whichever account of the other one it began with."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.conversations.model import Kind
from deskbridge.conversations.store import ConversationRow, conversation_of
from deskbridge.conversations.tables import conversations, participants
from deskbridge.directory.model import PersonId
from deskbridge.directory.tables import persons


async def find_by_pairs(
    connection: AsyncConnection, account_id: AccountId, kind: Kind, pairs: Sequence[str]
) -> ConversationRow | None:
    """The conversation of that kind between the first of these pairs who have one."""
    query = select(conversations).where(
        conversations.c.account_id == account_id,
        conversations.c.kind == kind.value,
        conversations.c.pair.in_(pairs),
    )
    found = {row.pair: row for row in await connection.execute(query)}
    row = next((found[pair] for pair in pairs if pair in found), None)
    return conversation_of(row) if row is not None else None


async def find_led_to(
    connection: AsyncConnection, agent_user_id: UserId, person_id: PersonId
) -> ConversationRow | None:
    """The agent's conversation with an account that this Person once had, whoever it is with by now."""
    mine = select(participants.c.conversation_id).where(participants.c.user_id == agent_user_id)
    query = (
        select(conversations)
        .join(persons, persons.c.id == conversations.c.person_id)
        .where(
            conversations.c.id.in_(mine),
            conversations.c.kind == Kind.MESSENGER.value,
            conversations.c.agent_user_id == agent_user_id,
            persons.c.merged_into == person_id,
        )
    )
    row = (await connection.execute(query.order_by(conversations.c.started_at.desc()).limit(1))).first()
    return conversation_of(row) if row is not None else None
