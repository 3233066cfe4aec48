"""Telling everyone who takes part: the last step of every change to a conversation."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from deskbridge.conversations import store, views
from deskbridge.conversations.events import ConversationChanged, MessageChanged
from deskbridge.conversations.model import ConversationId, MessageId
from deskbridge.directory.model import IdentityId, PersonId
from deskbridge.storage.database import Transaction
from deskbridge.storage.feed import About, user_topic


async def tell(
    tx: Transaction, conversation_id: ConversationId, changed: Iterable[MessageId] = (), *, forget: bool = False
) -> None:
    """These messages changed, and so did the conversation: into the feed of each participant.

    `forget` puts what they say now in the place of what earlier events said: words that were edited or deleted do not
    stay in the feed.
    """
    messages = await views.messages_by_id(tx.connection, list(changed))
    in_order = sorted(messages.values(), key=lambda each: each.position)
    for user_id in await store.list_participants(tx.connection, conversation_id):
        topic = user_topic(user_id)
        for message in in_order:
            tx.emit(topic, MessageChanged(message=message), About(message.id, forget=forget))
        seen = await views.find_conversation(tx.connection, conversation_id, user_id)
        if seen is not None:
            tx.emit(topic, ConversationChanged(conversation=seen), About(conversation_id, forget=forget))


async def person_changed(tx: Transaction, identity_ids: Collection[IdentityId]) -> None:
    """Whose Identities these are changed, or how they are described: so did the conversations that show them."""
    for conversation_id in await store.list_showing(tx.connection, [PersonId(each) for each in identity_ids]):
        await store.next_revision(tx.connection, conversation_id)
        await tell(tx, conversation_id)
