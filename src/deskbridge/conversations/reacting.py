"""Reactions, each with an individual message that tells of it (M2); whoever calls has the conversation's revision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from deskbridge.accounts.model import UserId
from deskbridge.conversations import message_store, store
from deskbridge.conversations.model import MessageId, MessageKind, position_at
from deskbridge.conversations.store import ConversationRow
from deskbridge.directory.model import PersonId, Platform
from deskbridge.storage.database import Transaction
from deskbridge.storage.schema import new_id


@dataclass(frozen=True, slots=True)
class ReactionBy:
    """Somebody's reaction: an emoji, or the name of a custom one; `user_id` is of who signs in to Deskbridge."""

    reaction: str
    person_id: PersonId | None
    display_name: str
    at: datetime
    user_id: UserId | None = None

    @property
    def who(self) -> str:
        """Whom we tell apart: the Person, or the name where there is none."""
        return self.person_id or f"name:{self.display_name}"


async def add_reaction(
    tx: Transaction, to: tuple[ConversationRow, MessageId], by: ReactionBy, platform: Platform
) -> MessageId:
    """Set it, and tell of it in an individual message: the answer."""
    conversation, message_id = to
    told_by = MessageId(new_id())
    # By a clock behind ours it was said before the message.
    wanted = max(position_at(by.at), await message_store.position_of(tx.connection, message_id) + 1)
    position = await message_store.free_position(tx.connection, conversation.id, wanted)
    await message_store.insert_message(
        tx.connection,
        id=told_by,
        conversation_id=conversation.id,
        position=position,
        revision=conversation.revision,
        kind=MessageKind.REACTION.value,
        author_person_id=by.person_id,
        author_user_id=by.user_id,
        author_name=by.display_name,
        author_platform=platform.value,
        html="",
        text=by.reaction,
        created_at=by.at,
        refers_to=message_id,
    )
    await store.raise_last_position(tx.connection, conversation.id, position)
    await message_store.insert_reaction(
        tx.connection,
        message_id=message_id,
        who=by.who,
        reaction=by.reaction,
        user_id=by.user_id,
        name=by.display_name,
        at=by.at,
        told_by=told_by,
    )
    return told_by


async def remove_reaction(
    tx: Transaction, of: tuple[ConversationRow, MessageId], key: tuple[str, str], told: tuple[MessageId, datetime]
) -> None:
    """Take it back: the message that told of it is deleted."""
    conversation, message_id = of
    told_by, now = told
    await message_store.delete_reaction(tx.connection, message_id, *key)
    await message_store.update_message(tx.connection, told_by, deleted_at=now, revision=conversation.revision)
