"""What somebody composes in a conversation, judged by who takes part in it; each inside the caller's transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from deskbridge.accounts.model import User
from deskbridge.conversations import views
from deskbridge.conversations.model import ConversationId, image_addresses
from deskbridge.conversations.writing import Known, text_and_html
from deskbridge.directory import store as directory_store
from deskbridge.storage.database import Transaction


async def composed(
    tx: Transaction, user: User, conversation_id: ConversationId, words: tuple[str, str | None], before: Row[Any] | None
) -> tuple[str, str]:
    """Text and safe HTML of (text, html); `before` is the message as it was, when it is edited."""
    text, html = words
    if html is None:
        return text_and_html(text)
    seen = await views.find_conversation(tx.connection, conversation_id, user.id)
    me = await directory_store.find_person_of_user(tx.connection, user.account_id, user.id)
    persons = [each.id for each in (seen.person if seen else None, me) if each]
    return text_and_html(text, html, Known(persons, image_addresses(before.html) if before else {}))
