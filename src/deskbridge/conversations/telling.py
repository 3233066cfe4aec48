"""Telling everyone who takes part: the last step of every change to a conversation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import UserId
from deskbridge.conversations import store, views
from deskbridge.conversations.events import ConversationChanged, MessageChanged, MessagesDeleted
from deskbridge.conversations.model import Conversation, ConversationId, Message, MessageId
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import IdentityId, PersonId
from deskbridge.storage.database import Transaction
from deskbridge.storage.feed import Name, Recorded, user_topic

MESSAGE: Final = "message"
CONVERSATION: Final = "conversation"
_NO_LAST_MESSAGE: Final = '"last_message":null'


async def tell(tx: Transaction, conversation_id: ConversationId, changed: Iterable[MessageId] = ()) -> None:
    """These messages changed, and so did the conversation: into the feed of each participant."""
    messages = await views.messages_by_id(tx.connection, list(changed))
    in_order = sorted(messages.values(), key=lambda each: each.position)
    seen = {}
    for user_id in await store.list_participants(tx.connection, conversation_id):
        conversation = await views.find_conversation(tx.connection, conversation_id, user_id)
        if conversation is not None:
            seen[user_id] = conversation
    tell_each(tx, in_order, seen)


def tell_each(
    tx: Transaction, messages: Sequence[Message], seen: dict[UserId, Conversation], last: Message | None = None
) -> None:
    """These messages of one conversation, and how each participant sees it now. Each message is written once.

    With `last`, one of these messages, that is the last of the conversation, and not said in what they see.
    """
    written = {each.id: each.model_dump_json() for each in messages}
    told = [
        (f'{{"type":"message_changed","message":{text}}}', Name(MESSAGE, message_id))
        for message_id, text in written.items()
    ]
    for user_id, conversation in seen.items():
        topic = user_topic(user_id)
        for event, name in told:
            tx.emit(topic, event, name)
        tx.emit(topic, _conversation_changed(conversation, written, last), Name(CONVERSATION, conversation.id))


def _conversation_changed(
    conversation: Conversation, written: dict[MessageId, str], told_apart: Message | None
) -> str | ConversationChanged:
    """With the last message as it has been written already."""
    last = told_apart or conversation.last_message
    if last is None or last.id not in written:
        return ConversationChanged(conversation=conversation)
    bare = conversation if told_apart else conversation.model_copy(update={"last_message": None})
    text = bare.model_dump_json()
    # In a text that somebody wrote the quotation marks would be escaped, so this is the field itself.
    whole = text.replace(_NO_LAST_MESSAGE, f'"last_message":{written[last.id]}', 1)
    return f'{{"type":"conversation_changed","conversation":{whole}}}'


async def as_it_is(connection: AsyncConnection, user_id: UserId, recorded: Sequence[Recorded]) -> list[Recorded]:
    """Recorded events with what is to be told now: where only a name was kept, as that is by now, and once."""
    last = {each.name: each.number for each in recorded if each.name is not None}
    ids: dict[str, list[str]] = {MESSAGE: [], CONVERSATION: []}
    for name in last:
        ids[name.kind].append(name.id)
    messages = await views.messages_by_id(connection, [MessageId(each) for each in ids[MESSAGE]])
    mine = [ConversationId(each) for each in ids[CONVERSATION]]
    conversations = await views.find_conversations(connection, mine, user_id)
    told: list[Recorded] = []
    for each in recorded:
        if each.name is None:
            told.append(each)
        elif last[each.name] == each.number:
            event: MessageChanged | ConversationChanged | None = None
            if each.name.kind == MESSAGE and (message := messages.get(MessageId(each.name.id))):
                event = MessageChanged(message=message)
            elif conversation := conversations.get(ConversationId(each.name.id)):
                event = ConversationChanged(conversation=conversation)
            if event is not None:
                told.append(Recorded(each.topic, each.number, event.model_dump_json(), each.name))
    return told


async def tell_of_deletion(tx: Transaction, conversation_id: ConversationId, gone: Sequence[MessageId]) -> None:
    """These messages are no longer kept. Nobody could tell them as they are by then, so the event is kept itself."""
    event = MessagesDeleted(conversation_id=conversation_id, message_ids=list(gone))
    for user_id in await store.list_participants(tx.connection, conversation_id):
        tx.emit(user_topic(user_id), event)


async def person_changed(tx: Transaction, changed: Collection[IdentityId | PersonId]) -> None:
    """Whose Identities these are changed, or how they are described: so did the conversations that show them.

    A conversation is with one account of a Person; what another account of theirs gains or loses changes where it goes.
    """
    theirs = await directory_store.ids_together_with(tx.connection, changed)
    for conversation_id in await store.list_showing(tx.connection, theirs):
        await store.next_revision(tx.connection, conversation_id)
        await tell(tx, conversation_id)
