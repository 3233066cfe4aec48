"""What people do to messages after they were written: edit, delete, bring back, react. Each one transaction.

It is so here with the commit, and wanted so on every other platform that has the message: a `QueuedChange` says what
the message is to be there, not which steps led to it, so that doing it twice is doing it once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from deskbridge.accounts.model import User
from deskbridge.conversations import change_store, file_store, message_store, read_store, store, views
from deskbridge.conversations.attachments import decode, with_words
from deskbridge.conversations.composing import composed
from deskbridge.conversations.model import ConversationId, Message, MessageId, MessageKind, image_ids, is_emoji
from deskbridge.conversations.reacting import ReactionBy, add_reaction, remove_reaction
from deskbridge.conversations.telling import tell
from deskbridge.conversations.writing import pictures_in
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import Platform
from deskbridge.errors import CannotChange, NotFound, Unprocessable
from deskbridge.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Place:
    """Which message of which conversation."""

    conversation_id: ConversationId
    message_id: MessageId


async def edit(
    tx: Transaction, user: User, place: Place, words: str | tuple[str, str | None], now: datetime
) -> Message:
    """Say something else (text, or text and HTML) in one's own message; the same words again change nothing."""
    row = await _own(tx, user, place)
    if row.deleted_at is not None:
        raise CannotChange("The message is deleted. Bring it back first.")
    said = (words, None) if isinstance(words, str) else words
    body, html = await composed(tx, user, place.conversation_id, said, row)
    if row.attachments is not None:
        body = with_words(body, decode(row.attachments))
    if (row.text, row.html) != (body, html):
        version = await change_store.keep_version(tx.connection, row, now)
        await file_store.go_with(tx.connection, row.id, pictures_in(said[1] or "") & image_ids(html))
        await _write(tx, user, row, now, version, text=body, html=html, edited_at=now)
    return await seen(tx, place)


async def remove(tx: Transaction, user: User, place: Place, now: datetime) -> Message:
    """Delete one's own message; its words stay in the record only."""
    row = await _own(tx, user, place)
    if row.deleted_at is None:
        await change_store.keep_version(tx.connection, row, now)
        await _write(tx, user, row, now, deleted_at=now)
    return await seen(tx, place)


async def restore(tx: Transaction, user: User, place: Place, now: datetime) -> Message:
    """Bring one's own deleted message back."""
    row = await _own(tx, user, place)
    if row.deleted_at is not None:
        if not row.text and not row.html:
            raise CannotChange("The text of this message is not here. Undo the deletion in Microsoft Teams.")
        await _write(tx, user, row, now, deleted_at=None)
    return await seen(tx, place)


async def react(tx: Transaction, user: User, place: Place, reaction: tuple[str, bool], now: datetime) -> Message:
    """Set a reaction, or take it back (`reaction`, whether it is to be there)."""
    emoji, is_wanted = reaction
    row = await lock_message(tx, user, place)
    if row.deleted_at is not None:
        raise CannotChange("The message is deleted.")
    me = await directory_store.find_person_of_user(tx.connection, user.account_id, user.id)
    by = ReactionBy(emoji, me.id if me else None, user.display_name, now, user.id)
    here = await message_store.list_reactions(tx.connection, place.message_id)
    if is_wanted and not is_emoji(emoji):
        raise Unprocessable("A reaction is one emoji.")
    if ((by.who, emoji) in here) is is_wanted:
        return await seen(tx, place)
    conversation = await store.next_revision(tx.connection, place.conversation_id)
    if is_wanted:
        platform = Platform.CONTACT_CENTER if user.is_agent else Platform.WORK
        told_by = await add_reaction(tx, (conversation, place.message_id), by, platform)
    else:
        told_by = here[by.who, emoji].told_by
        await remove_reaction(tx, (conversation, place.message_id), (by.who, emoji), (told_by, now))
    await message_store.update_message(tx.connection, place.message_id, revision=conversation.revision)
    if await _is_in_teams(tx, row) and user.is_agent:
        key = (place.conversation_id, place.message_id, user.id, emoji)
        await change_store.put_change(tx.connection, key, now)
        tx.announce(f"outbox.{place.conversation_id}")
    await read_store.set_read(tx.connection, place.conversation_id, user.id, conversation.revision)
    await tell(tx, place.conversation_id, [place.message_id, told_by])
    return await seen(tx, place)


async def _write(
    tx: Transaction, user: User, row: Row[Any], now: datetime, version: int | None = None, **columns: Any
) -> None:
    conversation = await store.next_revision(tx.connection, row.conversation_id)
    await message_store.update_message(tx.connection, row.id, revision=conversation.revision, **columns)
    if await _is_in_teams(tx, row):
        key = (row.conversation_id, row.id, user.id, "")
        there = {"is_deleted_there": row.deleted_at is not None, "version_there": version}
        await change_store.put_change(tx.connection, key, now, has_text="text" in columns, **there)
        tx.announce(f"outbox.{row.conversation_id}")
    await tell_with_quotes(tx, row.conversation_id, row.id, conversation.revision)


async def tell_with_quotes(
    tx: Transaction, conversation_id: ConversationId, message_id: MessageId, revision: int
) -> None:
    """The message changed, and so did what quotes it: that reads differently now."""
    touched = [message_id]
    for about in await message_store.list_about(tx.connection, message_id):
        await message_store.update_message(tx.connection, about, revision=revision)
        touched.append(about)
    await tell(tx, conversation_id, touched)


async def _is_in_teams(tx: Transaction, row: Row[Any]) -> bool:
    if row.author_platform == Platform.TEAMS.value:
        return True
    return await store.has_delivery(tx.connection, row.id, Platform.TEAMS)


async def _own(tx: Transaction, user: User, place: Place) -> Row[Any]:
    row = await lock_message(tx, user, place)
    if row.author_user_id != user.id:
        raise CannotChange("Only its author can change a message.")
    return row


async def lock_message(tx: Transaction, user: User, place: Place) -> Row[Any]:
    """A message that somebody wrote in a conversation of the User's, until the end of the transaction."""
    if not await store.is_participant(tx.connection, place.conversation_id, user.id):
        raise NotFound("There is no such conversation of yours.")
    await store.lock(tx.connection, place.conversation_id)
    row = await message_store.find_message(tx.connection, place.message_id)
    if row is None or row.conversation_id != place.conversation_id:
        raise NotFound("There is no such message here.")
    if row.kind != MessageKind.MESSAGE.value:
        raise CannotChange
    return row


async def seen(tx: Transaction, place: Place) -> Message:
    """The message as it is now."""
    return (await views.messages_by_id(tx.connection, [place.message_id]))[place.message_id]
