"""What becomes of a deleted User's part in conversations: what was said stays, what waits never leaves."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from deskbridge.accounts.model import UserId
from deskbridge.conversations import change_store, leaving_store
from deskbridge.conversations.delivering import change_failed, mark_failed
from deskbridge.storage.database import Transaction
from deskbridge.storage.feed import user_topic

_NOT_SENT: Final = "Whoever wrote this was deleted before it is known to have left."


async def leave(tx: Transaction, user_id: UserId, now: datetime) -> None:
    """Nothing of theirs is on its way any more, and what they gave and did not send is erased."""
    for delivery_id in await leaving_store.list_queued(tx.connection, user_id):
        await mark_failed(tx, delivery_id, _NOT_SENT, now)
    # At most one of each message at a time.
    while waiting := await change_store.list_queued(tx.connection, user_id):
        for change in waiting:
            await change_failed(tx, change, _NOT_SENT)
    await leaving_store.forget_read(tx.connection, user_id)
    await leaving_store.forget_unsent(tx.connection, user_id)


async def rename_author(tx: Transaction, user_id: UserId, name: str) -> None:
    """Whatever they wrote and reacted to is from `name`, also where it is on somebody's screen; their words stay."""
    await leaving_store.rename(tx.connection, user_id, name)
    # Thousands of messages may name them, and quotations of these: quicker fetched again than told one by one.
    for other in await leaving_store.list_others(tx.connection, user_id):
        tx.break_off(user_topic(other))
