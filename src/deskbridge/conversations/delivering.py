"""How far messages have come on other platforms; told by those who carry them there."""

from __future__ import annotations

from datetime import datetime

from deskbridge.conversations import change_store, message_store, store
from deskbridge.conversations.change_store import QueuedChange
from deskbridge.conversations.model import ConversationId, DeliveryId, DeliveryState
from deskbridge.conversations.telling import tell
from deskbridge.storage.database import Transaction


async def mark_sent(tx: Transaction, delivery_id: DeliveryId, now: datetime) -> None:
    """It is there; this wins over everything said before or after."""
    await _mark(tx, delivery_id, DeliveryState.SENT, None, now)


async def mark_failed(tx: Transaction, delivery_id: DeliveryId, reason: str, now: datetime) -> None:
    """It will not get there unless the user tries again; `reason` is a sentence for the user."""
    await _mark(tx, delivery_id, DeliveryState.FAILED, reason, now)


async def mark_waiting(tx: Transaction, delivery_id: DeliveryId, reason: str, now: datetime) -> None:
    """It stays queued, and `reason` says what it waits for."""
    await _mark(tx, delivery_id, DeliveryState.QUEUED, reason, now)


async def change_is_there(tx: Transaction, change: QueuedChange) -> None:
    """The message is there what it is here; not if the User did something more meanwhile."""
    await store.lock(tx.connection, change.conversation_id)
    if await change_store.remove_change(tx.connection, change.id, change.number):
        await _tell_change(tx, change)


async def change_failed(tx: Transaction, change: QueuedChange, reason: str) -> None:
    """It will not get there unless the user tries again; `reason` is a sentence for the user."""
    await _say(tx, change, DeliveryState.FAILED, reason)


async def change_waits(tx: Transaction, change: QueuedChange, reason: str) -> None:
    """It stays queued, and `reason` says what it waits for."""
    await _say(tx, change, DeliveryState.QUEUED, reason)


async def _say(tx: Transaction, change: QueuedChange, state: DeliveryState, reason: str) -> None:
    await store.lock(tx.connection, change.conversation_id)
    before = await change_store.find_change(tx.connection, change.id)
    if before is None or before.number != change.number or (before.state, before.reason) == (state.value, reason):
        return
    await change_store.update_change(tx.connection, change.id, state=state.value, reason=reason)
    await _tell_change(tx, change)


async def _tell_change(tx: Transaction, change: QueuedChange) -> None:
    row = await store.next_revision(tx.connection, change.conversation_id)
    await message_store.update_message(tx.connection, change.message_id, revision=row.revision)
    await tell(tx, change.conversation_id, [change.message_id])


async def set_complete_up_to(tx: Transaction, conversation_id: ConversationId, moment: datetime, now: datetime) -> None:
    """Everything that was said on the other platform up to that moment is here (M5)."""
    await store.next_revision(tx.connection, conversation_id)
    await store.update_conversation(tx.connection, conversation_id, complete_up_to=moment)
    await tell(tx, conversation_id)


async def _mark(
    tx: Transaction, delivery_id: DeliveryId, state: DeliveryState, reason: str | None, now: datetime
) -> None:
    before = await store.find_delivery(tx.connection, delivery_id)
    if before is None:
        return
    # Read again under the conversation's lock: another process may have told meanwhile.
    await store.lock(tx.connection, before.conversation_id)
    before = await store.find_delivery(tx.connection, delivery_id)
    if before is None or before.state is DeliveryState.SENT or (before.state, before.reason) == (state, reason):
        return
    row = await store.next_revision(tx.connection, before.conversation_id)
    await store.set_delivery(tx.connection, delivery_id, state, reason, now)
    await message_store.update_message(tx.connection, before.message_id, revision=row.revision)
    await tell(tx, before.conversation_id, [before.message_id])
