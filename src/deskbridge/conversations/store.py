"""The SQL that changes conversations and finds what is to be changed; reading for the screen is in `views.py`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.accounts.store import users
from deskbridge.conversations.model import ConversationId, DeliveryId, DeliveryState, Kind, MessageId
from deskbridge.conversations.tables import IS_QUEUED, conversations, deliveries, messages, participants
from deskbridge.directory.model import IdentityId, PersonId, Platform


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation as it is stored, not as one participant sees it."""

    id: ConversationId
    account_id: AccountId
    kind: Kind
    agent_user_id: UserId
    person_id: PersonId
    revision: int
    last_position: int


@dataclass(frozen=True, slots=True)
class QueuedDelivery:
    """One message that waits to be sent to one Identity on another platform."""

    id: DeliveryId
    account_id: AccountId
    conversation_id: ConversationId
    message_id: MessageId
    position: int
    html: str
    text: str
    refers_to: MessageId | None
    sender_user_id: UserId
    person_id: PersonId
    identity_id: IdentityId
    queued_at: datetime
    traceparent: str | None
    attachments: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """Where one delivery stands."""

    id: DeliveryId
    conversation_id: ConversationId
    message_id: MessageId
    state: DeliveryState
    reason: str | None


def conversation_of(row: Row[Any]) -> ConversationRow:
    return ConversationRow(
        id=row.id,
        account_id=row.account_id,
        kind=Kind(row.kind),
        agent_user_id=row.agent_user_id,
        person_id=row.person_id,
        revision=row.revision,
        last_position=row.last_position,
    )


async def find_conversation(
    connection: AsyncConnection, conversation_id: ConversationId, *, lock: bool = False
) -> ConversationRow | None:
    """The conversation of that id, of whatever Account: callers check. Locked, others who change it wait."""
    query = select(conversations).where(conversations.c.id == conversation_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).first()
    return conversation_of(row) if row else None


async def insert_conversation(connection: AsyncConnection, row: ConversationRow, pair: str, now: datetime) -> None:
    """A new conversation without messages."""
    await connection.execute(
        conversations.insert().values(
            id=row.id,
            account_id=row.account_id,
            kind=row.kind.value,
            pair=pair,
            agent_user_id=row.agent_user_id,
            person_id=row.person_id,
            started_at=now,
            revision=row.revision,
            last_position=row.last_position,
        )
    )


async def lock(connection: AsyncConnection, conversation_id: ConversationId) -> None:
    """Others who change it wait until this transaction ends; SQLite has one writer anyway."""
    await connection.execute(select(conversations.c.id).where(conversations.c.id == conversation_id).with_for_update())


async def next_revision(connection: AsyncConnection, conversation_id: ConversationId) -> ConversationRow:
    """Count one change, which everyone is told; it also locks the conversation until commit."""
    statement = (
        update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(revision=conversations.c.revision + 1)
        .returning(*conversations.c)
    )
    return conversation_of((await connection.execute(statement)).one())


async def update_conversation(connection: AsyncConnection, conversation_id: ConversationId, **changes: Any) -> None:
    """Change columns of a conversation."""
    await connection.execute(update(conversations).where(conversations.c.id == conversation_id).values(**changes))


async def raise_last_position(connection: AsyncConnection, conversation_id: ConversationId, position: int) -> None:
    """Something stands there now; what stands later stays the last."""
    await connection.execute(
        update(conversations)
        .where(conversations.c.id == conversation_id, conversations.c.last_position < position)
        .values(last_position=position)
    )


async def list_participants(connection: AsyncConnection, conversation_id: ConversationId) -> list[UserId]:
    """The Users in whose feed the conversation is."""
    query = select(participants.c.user_id).where(participants.c.conversation_id == conversation_id)
    return list((await connection.scalars(query.order_by(participants.c.user_id))).all())


async def list_others(connection: AsyncConnection, conversation_id: ConversationId, user_id: UserId) -> list[UserId]:
    """The other Users of a conversation that this one takes part in and may; of any other conversation nobody."""
    mine = participants.alias()
    takes_part = exists().where(
        mine.c.conversation_id == conversation_id,
        mine.c.user_id == user_id,
        mine.c.user_id == users.c.id,
        users.c.suspended.is_(False),
    )
    query = select(participants.c.user_id).where(
        participants.c.conversation_id == conversation_id, participants.c.user_id != user_id, takes_part
    )
    return list((await connection.scalars(query)).all())


async def list_showing(connection: AsyncConnection, person_ids: Collection[PersonId]) -> list[ConversationId]:
    """The conversations in which somebody sees one of these at the other end."""
    query = select(participants.c.conversation_id).where(participants.c.sees_person_id.in_(person_ids))
    return list((await connection.scalars(query.distinct().order_by(participants.c.conversation_id))).all())


async def move_home(connection: AsyncConnection, row: ConversationRow, pair: str, home: PersonId) -> None:
    """The conversation belongs to that Person's own account from now on, and the agent sees them."""
    await update_conversation(connection, row.id, pair=pair, person_id=home)
    mine = (participants.c.conversation_id == row.id, participants.c.user_id == row.agent_user_id)
    await connection.execute(update(participants).where(*mine).values(sees_person_id=home))


async def insert_participant(
    connection: AsyncConnection, conversation_id: ConversationId, user_id: UserId, sees: PersonId
) -> None:
    """A User takes part and sees that Person at the other end."""
    await connection.execute(
        participants.insert().values(
            conversation_id=conversation_id, user_id=user_id, sees_person_id=sees, read_revision=0
        )
    )


async def is_participant(connection: AsyncConnection, conversation_id: ConversationId, user_id: UserId) -> bool:
    """Whether that User may see the conversation."""
    query = select(participants.c.user_id).where(
        participants.c.conversation_id == conversation_id, participants.c.user_id == user_id
    )
    return await connection.scalar(query) is not None


async def has_delivery(connection: AsyncConnection, message_id: MessageId, platform: Platform) -> bool:
    """Whether the message went, or is to go, to that platform; not where it failed, until that is tried again."""
    query = select(deliveries.c.id).where(
        deliveries.c.message_id == message_id,
        deliveries.c.platform == platform.value,
        deliveries.c.state != DeliveryState.FAILED.value,
    )
    return await connection.scalar(query) is not None


async def find_delivery(connection: AsyncConnection, delivery_id: DeliveryId) -> DeliveryRow | None:
    """Where a delivery stands."""
    row = (await connection.execute(select(deliveries).where(deliveries.c.id == delivery_id))).first()
    if row is None:
        return None
    return DeliveryRow(row.id, row.conversation_id, row.message_id, DeliveryState(row.state), row.reason)


async def set_delivery(
    connection: AsyncConnection,
    delivery_id: DeliveryId,
    state: DeliveryState,
    reason: str | None,
    now: datetime,
) -> None:
    """It has come further, or waits for a reason."""
    await connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(state=state.value, reason=reason, changed_at=now, tries=deliveries.c.tries + 1)
    )


async def list_failed(connection: AsyncConnection, message_id: MessageId) -> list[DeliveryId]:
    """The deliveries of a message that have failed."""
    query = select(deliveries.c.id).where(
        deliveries.c.message_id == message_id, deliveries.c.state == DeliveryState.FAILED.value
    )
    return list((await connection.scalars(query)).all())


async def drop_deliveries(connection: AsyncConnection, ids: Collection[DeliveryId]) -> None:
    """The message does not go there any more."""
    await connection.execute(delete(deliveries).where(deliveries.c.id.in_(ids)))


async def has_other_delivery(connection: AsyncConnection, message_id: MessageId) -> bool:
    """Whether the message went, or still goes, to somebody on another platform."""
    query = select(deliveries.c.id).where(
        deliveries.c.message_id == message_id, deliveries.c.state != DeliveryState.FAILED.value
    )
    return await connection.scalar(query.limit(1)) is not None


async def list_queued_conversations(connection: AsyncConnection, platform: Platform) -> list[ConversationId]:
    """Conversations in which something waits to be sent on that platform."""
    query = (
        select(deliveries.c.conversation_id)
        .join(messages, messages.c.id == deliveries.c.message_id)
        .where(
            IS_QUEUED,
            deliveries.c.platform == platform.value,
            messages.c.deleted_at.is_(None),
        )
        .group_by(deliveries.c.conversation_id)
        .order_by(func.min(deliveries.c.position))
    )
    return list((await connection.scalars(query)).all())


async def list_queued(
    connection: AsyncConnection, conversation_id: ConversationId, platform: Platform, at_most: int | None = None
) -> list[QueuedDelivery]:
    """What waits in a conversation for that platform, in order of position."""
    query = (
        queued_deliveries()
        .where(
            deliveries.c.conversation_id == conversation_id,
            IS_QUEUED,
            deliveries.c.platform == platform.value,
            # Deleted before it left: it stays here, and goes if it is brought back.
            messages.c.deleted_at.is_(None),
        )
        .order_by(deliveries.c.position)
    )
    return [queued_from(row) for row in await connection.execute(query.limit(at_most))]


def queued_deliveries() -> Select[Any]:
    """Deliveries with what is to be delivered; to be narrowed down."""
    return (
        select(deliveries, messages, conversations.c.account_id, conversations.c.person_id)
        .join(messages, messages.c.id == deliveries.c.message_id)
        .join(conversations, conversations.c.id == deliveries.c.conversation_id)
    )


def queued_from(row: Row[Any]) -> QueuedDelivery:
    """The QueuedDelivery that a row of these is."""
    return QueuedDelivery(
        id=row.id,
        account_id=row.account_id,
        conversation_id=row.conversation_id,
        message_id=row.message_id,
        position=row.position,
        html=row.html,
        text=row.text,
        refers_to=row.refers_to,
        sender_user_id=row.author_user_id,
        person_id=row.person_id,
        identity_id=row.identity_id,
        queued_at=row.changed_at,
        traceparent=row.traceparent,
        attachments=row.attachments,
    )
