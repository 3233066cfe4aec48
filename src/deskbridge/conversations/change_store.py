"""The SQL of what is done to messages after they were written: changes on their way, and former versions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, Row, case, delete, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.conversations.model import ConversationId, DeliveryState, MessageId
from deskbridge.conversations.tables import changes, conversations, deliveries, messages, reactions, versions
from deskbridge.directory.model import Platform
from deskbridge.storage.schema import new_id

LOST: Final = "lost"
DONE: Final = "done"


@dataclass(frozen=True, slots=True)
class QueuedChange:
    """What one User wants a message to be on another platform: its text and whether it is deleted, or one reaction.

    `reaction` is empty for the text. `has_text` and `is_deleted_there` are what is known of the message there, and
    `look` says that it is to be read: `lost` when nobody knows what became of a request, `done` when all is done.
    """

    id: str
    account_id: AccountId
    conversation_id: ConversationId
    message_id: MessageId
    user_id: UserId
    reaction: str
    number: int
    has_text: bool
    is_deleted_there: bool
    look: str
    queued_at: datetime
    html: str
    text: str
    has_attachments: bool
    """Quotes as well: what another platform keeps beside the words."""
    is_deleted: bool
    is_wanted: bool
    """Of a reaction: whether it is set here."""
    is_on_its_way: bool
    """The message itself still has to get there."""

    @property
    def sender_user_id(self) -> UserId:
        """Who carries it there."""
        return self.user_id


async def put_change(
    connection: AsyncConnection, key: tuple[ConversationId, MessageId, UserId, str], now: datetime, **columns: Any
) -> None:
    """Want something else than is there; what was wanted before and did not get there yet is part of it."""
    conversation_id, message_id, user_id, reaction = key
    again: dict[str, Any] = {"state": DeliveryState.QUEUED.value, "reason": None, "queued_at": now}
    again["number"] = changes.c.number + 1
    # What was done is not what is wanted now; only what became of a request is still to be found out.
    again["look"] = case((changes.c.look == DONE, ""), else_=changes.c.look)
    kept = {name: value for name, value in columns.items() if name == "has_text" and value}
    if kept:
        # Of several edits, the one before the first that did not get there is what the message is there.
        here = columns.get("version_there")
        kept["version_there"] = case((changes.c.has_text, changes.c.version_there), else_=literal(here, Integer))
    changed = await connection.execute(
        update(changes)
        .where(
            changes.c.message_id == message_id,
            changes.c.user_id == user_id,
            changes.c.reaction == reaction,
        )
        .values(**again, **kept)
    )
    if changed.rowcount:
        return
    whole = {"has_text": False, "is_deleted_there": False} | columns
    await connection.execute(
        changes.insert().values(
            id=new_id(),
            conversation_id=conversation_id,
            message_id=message_id,
            user_id=user_id,
            reaction=reaction,
            state=DeliveryState.QUEUED.value,
            queued_at=now,
            number=1,
            look="",
            **whole,
        )
    )


_OF_MESSAGE = (messages.c.html, messages.c.text, messages.c.deleted_at, messages.c.refers_to)


async def list_queued(connection: AsyncConnection, user_id: UserId | None = None) -> list[QueuedChange]:
    """Changes that wait, of one User or of all, the longest waiting first; at most one for each message."""
    query = (
        select(
            changes,
            messages.c.html,
            messages.c.text,
            messages.c.deleted_at,
            messages.c.refers_to,
            messages.c.attachments,
            conversations.c.account_id,
        )
        .join(messages, messages.c.id == changes.c.message_id)
        .join(conversations, conversations.c.id == changes.c.conversation_id)
        .where(changes.c.state == DeliveryState.QUEUED.value)
        .order_by(changes.c.queued_at, changes.c.id)
    )
    if user_id is not None:
        query = query.where(changes.c.user_id == user_id)
    rows = (await connection.execute(query.limit(500))).all()
    first: dict[str, Row[Any]] = {}
    for row in rows:
        first.setdefault(row.message_id, row)
    wanted = await _wanted(connection, list(first.values()))
    waiting = await _on_their_way(connection, set(first))
    return [_queued(row, row.id in wanted, row.message_id in waiting) for row in first.values()]


def _queued(row: Row[Any], is_wanted: bool, is_on_its_way: bool) -> QueuedChange:
    return QueuedChange(
        id=row.id,
        account_id=row.account_id,
        conversation_id=row.conversation_id,
        message_id=row.message_id,
        user_id=row.user_id,
        reaction=row.reaction,
        number=row.number,
        has_text=row.has_text,
        is_deleted_there=row.is_deleted_there,
        look=row.look,
        queued_at=row.queued_at,
        html=row.html,
        text=row.text,
        has_attachments=row.refers_to is not None or row.attachments is not None,
        is_deleted=row.deleted_at is not None,
        is_wanted=is_wanted,
        is_on_its_way=is_on_its_way,
    )


async def _wanted(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> set[str]:
    """Which of these reactions are set here."""
    ids = [row.id for row in rows if row.reaction]
    query = (
        select(changes.c.id)
        .join(
            reactions,
            (reactions.c.message_id == changes.c.message_id)
            & (reactions.c.reaction == changes.c.reaction)
            & (reactions.c.user_id == changes.c.user_id),
        )
        .where(changes.c.id.in_(ids))
    )
    return set((await connection.scalars(query)).all()) if ids else set()


async def _on_their_way(connection: AsyncConnection, ids: Collection[str]) -> set[str]:
    query = select(deliveries.c.message_id).where(
        deliveries.c.message_id.in_(ids),
        deliveries.c.platform == Platform.TEAMS.value,
        deliveries.c.state == DeliveryState.QUEUED.value,
    )
    return set((await connection.scalars(query)).all()) if ids else set()


async def find_change(connection: AsyncConnection, change_id: str) -> Row[Any] | None:
    """A change's row, if it is still on its way."""
    return (await connection.execute(select(changes).where(changes.c.id == change_id))).first()


async def update_change(connection: AsyncConnection, change_id: str, number: int | None = None, **columns: Any) -> bool:
    """Change columns; with `number` only where the User did nothing more since. Whether it was there."""
    statement = update(changes).where(changes.c.id == change_id).values(**columns)
    if number is not None:
        statement = statement.where(changes.c.number == number)
    return (await connection.execute(statement)).rowcount > 0


async def remove_change(connection: AsyncConnection, change_id: str, number: int) -> bool:
    """It is there; False when the User did something more since."""
    statement = delete(changes).where(changes.c.id == change_id, changes.c.number == number)
    return (await connection.execute(statement)).rowcount > 0


async def list_of_message(connection: AsyncConnection, message_id: MessageId) -> list[Row[Any]]:
    """What is on its way of one message."""
    return list((await connection.execute(select(changes).where(changes.c.message_id == message_id))).all())


async def queue_failed(connection: AsyncConnection, message_id: MessageId, user_id: UserId, now: datetime) -> int:
    """Try again what failed of that User's; how many."""
    statement = (
        update(changes)
        .where(
            changes.c.message_id == message_id,
            changes.c.user_id == user_id,
            changes.c.state == DeliveryState.FAILED.value,
        )
        .values(state=DeliveryState.QUEUED.value, reason=None, queued_at=now, look=LOST)
    )
    return (await connection.execute(statement)).rowcount


async def find_version(connection: AsyncConnection, message_id: MessageId, number: int) -> Row[Any] | None:
    """What the message said then."""
    query = select(versions).where(versions.c.message_id == message_id, versions.c.number == number)
    return (await connection.execute(query)).first()


async def keep_version(connection: AsyncConnection, before: Row[Any], now: datetime) -> int:
    """What a message said until now, for the record; its number."""
    last = await connection.scalar(
        select(func.coalesce(func.max(versions.c.number), 0)).where(versions.c.message_id == before.id)
    )
    number = (last or 0) + 1
    await connection.execute(
        versions.insert().values(
            message_id=before.id,
            number=number,
            html=before.html,
            text=before.text,
            attachments=before.attachments,
            since=before.edited_at or before.created_at,
            until=now,
        )
    )
    return number
