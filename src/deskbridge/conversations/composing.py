"""What somebody composes in a conversation, judged by who takes part in it; each inside the caller's transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from deskbridge.accounts.model import User
from deskbridge.conversations import file_store, views
from deskbridge.conversations.errors import PicturesTooLarge
from deskbridge.conversations.image_kinds import TO_SEND
from deskbridge.conversations.keeping import MOST_PICTURE
from deskbridge.conversations.model import ConversationId, image_addresses, image_ids
from deskbridge.conversations.safe_html import KEPT
from deskbridge.conversations.writing import Known, image_address, pictures_in, text_and_html
from deskbridge.directory import store as directory_store
from deskbridge.storage.database import Transaction


async def composed(
    tx: Transaction, user: User, conversation_id: ConversationId, words: tuple[str, str | None], before: Row[Any] | None
) -> tuple[str, str]:
    """Text and safe HTML of (text, html); `before` is the message as it was, when it is edited.

    It may show the pictures that the message has, and those that the User gave for this conversation.
    """
    text, html = words
    if html is None:
        return text_and_html(text)
    seen = await views.find_conversation(tx.connection, conversation_id, user.id)
    me = await directory_store.find_person_of_user(tx.connection, user.account_id, user.id)
    persons = [each.id for each in (seen.person if seen else None, me) if each]
    images = image_addresses(before.html) if before else {}
    given = await file_store.find_to_send(tx.connection, pictures_in(html))
    mine = [each for each in given if (each.user_id, each.conversation_id) == (user.id, conversation_id)]
    own = [each for each in mine if each.content_type in TO_SEND]
    images |= {each.id: image_address(KEPT, each.id) for each in own}
    said = text_and_html(text, html, Known(persons, images))
    if own and await file_store.size_of(tx.connection, image_ids(said[1])) > MOST_PICTURE:
        raise PicturesTooLarge
    return said
