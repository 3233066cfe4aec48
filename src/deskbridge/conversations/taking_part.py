"""Who takes part in a conversation, beside the agent whose it is."""

from __future__ import annotations

from collections.abc import Container

from deskbridge.accounts.model import UserId
from deskbridge.conversations import store
from deskbridge.conversations.model import Kind
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import Person, PersonId, Platform
from deskbridge.storage.database import Transaction


async def let_take_part(
    tx: Transaction, row: store.ConversationRow, person: Person, already: Container[UserId]
) -> tuple[UserId, PersonId] | None:
    """The Person at the other end signs in here too, or has begun to: the conversation appears with them.

    The answer is who joined and whom they see, if anybody did.
    """
    platform = Platform.CONTACT_CENTER if row.kind is Kind.AGENT else Platform.WORK
    identity = person.identity_on(platform)
    if identity is None or identity.user_id is None or identity.user_id == row.agent_user_id:
        return None
    if identity.user_id in already:
        return None
    agent = await directory_store.find_person_of_user(tx.connection, row.account_id, row.agent_user_id)
    home = agent.identity_on(Platform.CONTACT_CENTER) if agent else None
    if home is None:
        return None
    await store.insert_participant(tx.connection, row.id, identity.user_id, PersonId(home.id))
    return identity.user_id, PersonId(home.id)
