"""Giving up what failed, instead of trying again: then everybody has what the others have, which is what was before.

Apart from `changing.py`, which it undoes, by size. What never got to another platform is taken back here: the message
says again what it says there, and keeps what it said meanwhile for the record.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from deskbridge.accounts.model import User
from deskbridge.conversations import change_store, message_store, store
from deskbridge.conversations.changing import Place, lock_message, remove, seen, tell_with_quotes
from deskbridge.conversations.model import DeliveryState, Message, MessageId
from deskbridge.conversations.reacting import ReactionBy, add_reaction, remove_reaction
from deskbridge.conversations.telling import tell
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import Platform
from deskbridge.storage.database import Transaction


async def discard(tx: Transaction, user: User, place: Place, now: datetime) -> Message:
    """Give up what failed of the User's own message, and of what they did to it; where nothing did, nothing happens.

    A message that went nowhere is deleted; one that went to another account stays there.
    """
    row = await lock_message(tx, user, place)
    mine = [
        each for each in await change_store.list_of_message(tx.connection, place.message_id) if _is_given_up(each, user)
    ]
    for each in mine:
        await change_store.remove_change(tx.connection, each.id, each.number)
        if each.reaction:
            await _undo_reaction(tx, user, place, each.reaction, now)
        else:
            await _undo_words(tx, row, each, now)
    failed = await store.list_failed(tx.connection, place.message_id) if row.author_user_id == user.id else []
    if failed and (row.own_platform or await store.has_other_delivery(tx.connection, place.message_id)):
        await store.drop_deliveries(tx.connection, failed)
        conversation = await store.next_revision(tx.connection, place.conversation_id)
        await message_store.update_message(tx.connection, place.message_id, revision=conversation.revision)
        await tell(tx, place.conversation_id, [place.message_id])
    elif failed:
        return await remove(tx, user, place, now)
    return await seen(tx, place)


def _is_given_up(change: Row[Any], user: User) -> bool:
    return bool(change.user_id == user.id and change.state == DeliveryState.FAILED.value)


async def _undo_words(tx: Transaction, row: Row[Any], change: Row[Any], now: datetime) -> None:
    columns: dict[str, Any] = {"deleted_at": (row.deleted_at or now) if change.is_deleted_there else None}
    former = None
    if change.has_text and change.version_there is not None:
        former = await change_store.find_version(tx.connection, row.id, change.version_there)
    if former is not None:
        if row.deleted_at is None:
            await change_store.keep_version(tx.connection, row, now)
        edited_at = former.since if former.since != row.created_at else None
        columns |= {"text": former.text, "html": former.html, "edited_at": edited_at}
    conversation = await store.next_revision(tx.connection, row.conversation_id)
    await message_store.update_message(tx.connection, row.id, revision=conversation.revision, **columns)
    await tell_with_quotes(tx, row.conversation_id, row.id, conversation.revision)


async def _undo_reaction(tx: Transaction, user: User, place: Place, reaction: str, now: datetime) -> None:
    here = await message_store.list_reactions(tx.connection, place.message_id)
    found = next((key for key, told in here.items() if key[1] == reaction and told.user_id == user.id), None)
    conversation = await store.next_revision(tx.connection, place.conversation_id)
    to = (conversation, place.message_id)
    if found is not None:
        told_by = here[found].told_by
        await remove_reaction(tx, to, found, (told_by, now))
    else:
        me = await directory_store.find_person_of_user(tx.connection, user.account_id, user.id)
        by = ReactionBy(reaction, me.id if me else None, user.display_name, now, user.id)
        told_by = await add_reaction(tx, to, by, Platform.CONTACT_CENTER)
    await message_store.update_message(tx.connection, place.message_id, revision=conversation.revision)
    await tell(tx, place.conversation_id, [place.message_id, MessageId(told_by)])
