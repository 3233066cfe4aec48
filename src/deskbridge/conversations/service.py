"""What participants do: open a conversation, send, try again, read. Each is one transaction of the caller's.

What is done to messages afterwards is in `changing.py`; what other platforms say comes in through `receiving.py`, and
how far messages have come through `delivering.py`. All are offered here too, so that there is one door.
"""

from __future__ import annotations

from datetime import datetime

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import User, UserId
from deskbridge.conversations import change_store, message_store, pair_store, read_store, store, views
from deskbridge.conversations.changing import Place, edit, react, remove, restore
from deskbridge.conversations.delivering import (
    change_failed,
    change_is_there,
    change_waits,
    mark_failed,
    mark_sent,
    mark_waiting,
    set_complete_up_to,
)
from deskbridge.conversations.discarding import discard
from deskbridge.conversations.leaving import leave, rename_author
from deskbridge.conversations.model import (
    Conversation,
    ConversationId,
    DeliveryState,
    Kind,
    Message,
    MessageId,
    homes,
)
from deskbridge.conversations.reacting import ReactionBy
from deskbridge.conversations.receiving import Incoming, quoted_has_come, receive
from deskbridge.conversations.sending import Sending, send_all
from deskbridge.conversations.taking_part import let_take_part
from deskbridge.conversations.telling import person_changed, tell
from deskbridge.conversations.writing import Written
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import PersonId, Platform
from deskbridge.errors import CannotReach, DeskbridgeError, NotAnAgent, NotFound, TeamsChatOff
from deskbridge.storage.database import Transaction
from deskbridge.storage.schema import new_id

__all__ = [
    "Incoming",
    "Place",
    "ReactionBy",
    "Sending",
    "Written",
    "change_failed",
    "change_is_there",
    "change_waits",
    "discard",
    "edit",
    "leave",
    "mark_failed",
    "mark_read",
    "mark_sent",
    "mark_waiting",
    "person_changed",
    "quoted_has_come",
    "react",
    "read_up_to",
    "receive",
    "remove",
    "rename_author",
    "restore",
    "retry",
    "send",
    "send_all",
    "set_complete_up_to",
    "start",
]


async def start(tx: Transaction, user: User, person_id: PersonId, platform: Platform, now: datetime) -> Conversation:
    """Open, or find, the agent's conversation with that Person's account on that platform (H1, H2).

    Teams and Work lead to the same conversation, as both reach the same accounts.
    """
    if not user.is_agent:
        raise NotAnAgent("Only contact-centre agents can start a conversation; you can answer those you are in.")
    person = await directory_store.find_person(tx.connection, user.account_id, person_id)
    if person is None:
        raise NotFound("This person is not in your organisation's directory.")
    identity = person.identity_on(platform)
    if identity is None or identity.user_id == user.id:
        raise CannotReach
    kind = Kind.AGENT if platform is Platform.CONTACT_CENTER else Kind.MESSENGER
    if platform is Platform.TEAMS:
        await _require_teams_chat(tx, user)
    other = identity.user_id if kind is Kind.AGENT else None
    home, *others = homes(kind, person)
    pairs = [":".join(sorted([user.id, other]))] if other else [f"{user.id}:{each}" for each in (home, *others)]
    # Pressed twice at once, the button still makes one conversation.
    await accounts_store.lock_user(tx.connection, min(user.id, other or user.id))
    found = await pair_store.find_by_pairs(tx.connection, user.account_id, kind, pairs)
    if found is None and kind is Kind.MESSENGER:
        # They may have had another account, with which it began.
        found = await pair_store.find_led_to(tx.connection, user.id, person.id)
    if found is None:
        row = store.ConversationRow(
            ConversationId(new_id()), user.account_id, kind, user.id, home, revision=1, last_position=0
        )
        await store.insert_conversation(tx.connection, row, pairs[0], now)
        await store.insert_participant(tx.connection, row.id, user.id, home)
        found = row
    await let_take_part(tx, found, person, await store.list_participants(tx.connection, found.id))
    await tell(tx, found.id)
    return await _seen(tx, found.id, user)


async def send(
    tx: Transaction, user: User, conversation_id: ConversationId, written: Written | tuple[str, str], now: datetime
) -> Message:
    """Store what the user wrote and queue it; the same client id again is the same message."""
    (answer,) = await send_all(tx, [Sending(user, conversation_id, Written(*written))], now)
    if isinstance(answer, DeskbridgeError):
        raise answer
    return answer


async def retry(
    tx: Transaction, user: User, conversation_id: ConversationId, message_id: MessageId, now: datetime
) -> Message:
    """Queue again what has failed of the user's own message, or of what they did to a message."""
    await _require_participant(tx, conversation_id, user)
    message = await message_store.find_message(tx.connection, message_id)
    if message is None or message.conversation_id != conversation_id:
        raise NotFound("There is no such message here.")
    await store.lock(tx.connection, conversation_id)
    is_own = message.author_user_id == user.id
    failed = await store.list_failed(tx.connection, message_id) if is_own else []
    undone = await change_store.queue_failed(tx.connection, message_id, user.id, now)
    if failed or undone:
        row = await store.next_revision(tx.connection, conversation_id)
        for delivery_id in failed:
            await store.set_delivery(tx.connection, delivery_id, DeliveryState.QUEUED, None, now)
        await message_store.update_message(tx.connection, message_id, revision=row.revision)
        tx.announce(f"outbox.{conversation_id}")
        await tell(tx, conversation_id, [message_id])
    return (await views.messages_by_id(tx.connection, [message_id]))[message_id]


async def mark_read(tx: Transaction, user: User, conversation_id: ConversationId, now: datetime) -> Conversation:
    """The user has seen everything that is there; the platform that it came from is told too."""
    await _require_participant(tx, conversation_id, user)
    await store.lock(tx.connection, conversation_id)
    before = await _seen(tx, conversation_id, user)
    if before.unread == 0:
        return before
    row = await store.next_revision(tx.connection, conversation_id)
    is_told = user.is_agent and row.kind is Kind.MESSENGER
    await read_store.set_read(tx.connection, conversation_id, user.id, row.revision, now if is_told else None)
    if is_told:
        tx.announce(f"outbox.{conversation_id}")
    await tell(tx, conversation_id)
    return await _seen(tx, conversation_id, user)


async def read_up_to(tx: Transaction, user_id: UserId, conversation_id: ConversationId, moment: datetime) -> None:
    """The user has read on another platform what had been said by then."""
    await store.lock(tx.connection, conversation_id)
    revision = await read_store.read_revision_at(tx.connection, conversation_id, user_id, moment)
    if revision is not None:
        await store.next_revision(tx.connection, conversation_id)
        await read_store.set_read(tx.connection, conversation_id, user_id, revision)
        await tell(tx, conversation_id)


async def _require_participant(tx: Transaction, conversation_id: ConversationId, user: User) -> None:
    if not await store.is_participant(tx.connection, conversation_id, user.id):
        raise NotFound("There is no such conversation of yours.")


async def _require_teams_chat(tx: Transaction, user: User) -> None:
    account = await accounts_store.find_account(tx.connection, user.account_id)
    if account is None or not account.teams_chat_enabled:
        raise TeamsChatOff


async def _seen(tx: Transaction, conversation_id: ConversationId, user: User) -> Conversation:
    seen = await views.find_conversation(tx.connection, conversation_id, user.id)
    if seen is None:
        raise NotFound
    return seen
