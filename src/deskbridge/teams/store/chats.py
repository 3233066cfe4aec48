"""Links between a Teams chat and a Conversation, what is being sent in each, and which message is which of ours."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.conversations.model import ConversationId, DeliveryId, MessageId
from deskbridge.storage.among import among, as_json
from deskbridge.storage.schema import Moment, metadata
from deskbridge.teams.ids import ChatId, GraphMessageId, LinkId, MicrosoftUserId

chats = Table(
    "teams_chats",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), ForeignKey("accounts.id"), nullable=False),
    Column("user_id", String(36), ForeignKey("users.id"), nullable=False),
    Column("microsoft_user_id", String(64), nullable=False),
    Column("conversation_id", String(36), ForeignKey("conversations.id"), nullable=False),
    Column("chat_id", String(200), nullable=False),
    Column("web_url", Text),
    # The moment of our first message in the chat: whatever was said before is private (H4).
    Column("since", Moment),
    Column("read_up_to", Moment),
    # How often reading the chat again was asked for since it was last read, and whether because we know of a gap.
    Column("sync_asked", Integer, nullable=False),
    Column("has_gap", Boolean, nullable=False, default=False),
    # The first message of the agent's own after which Microsoft told us nothing of this chat.
    Column("unheard_since", Moment),
    # The attempt is written down before anything is sent, and erased only when its end is certain.
    Column("attempt_delivery_id", String(36)),
    Column("attempt_message_id", String(36)),
    Column("attempt_fingerprint", String(64)),
    # The ids of its pictures, in the order in which they stand.
    Column("attempt_pictures", Text),
    Column("attempted_at", Moment),
    Column("attempt_looks", Integer, nullable=False),
    Column("attempt_look_at", Moment),
    UniqueConstraint("chat_id", "user_id"),
    UniqueConstraint("conversation_id", "microsoft_user_id"),
    Index("ix_teams_chats_sync", "sync_asked", "user_id"),
    Index("ix_teams_chats_unheard", "unheard_since"),
)

messages = Table(
    "teams_messages",
    metadata,
    Column("link_id", String(36), ForeignKey("teams_chats.id"), primary_key=True),
    Column("graph_message_id", String(200), primary_key=True),
    Column("message_id", String(36), nullable=False, index=True),
    # When it was said, by Microsoft's clock; ours only knows when it was written here.
    Column("created_at", Moment, nullable=False),
    Column("modified_at", Moment, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("waits_for", String(200)),  # The message of the chat that it answers, while that has not come (quotes.py).
    sqlite_with_rowid=False,
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A message that may or may not have reached the chat.

    `since` is a lower bound, in Microsoft's time, for the moment at which it could have been written there.
    """

    delivery_id: DeliveryId
    message_id: MessageId
    fingerprint: str
    since: datetime
    looks: int
    look_at: datetime | None
    pictures: tuple[str, ...] = ()
    """Those of ours that it shows, in the order in which they stand."""


@dataclass(frozen=True, slots=True)
class Link:
    """One Teams chat as one User takes part in it."""

    id: LinkId
    account_id: AccountId
    user_id: UserId
    microsoft_user_id: MicrosoftUserId
    conversation_id: ConversationId
    chat_id: ChatId
    web_url: str | None
    since: datetime | None
    read_up_to: datetime | None = None
    sync_asked: int = 0
    has_gap: bool = False
    unheard_since: datetime | None = None
    attempt: Attempt | None = None


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A Teams message that is here already, and which state of it."""

    message_id: MessageId
    created_at: datetime
    modified_at: datetime
    digest: str


def link_from(row: Row[Any]) -> Link:
    """The Link that a row of the table is."""
    attempt = None
    if row.attempt_delivery_id is not None:
        attempt = Attempt(
            row.attempt_delivery_id,
            row.attempt_message_id,
            row.attempt_fingerprint,
            row.attempted_at,
            row.attempt_looks,
            row.attempt_look_at,
            tuple((row.attempt_pictures or "").split()),
        )
    return Link(
        id=row.id,
        account_id=row.account_id,
        user_id=row.user_id,
        microsoft_user_id=row.microsoft_user_id,
        conversation_id=row.conversation_id,
        chat_id=row.chat_id,
        web_url=row.web_url,
        since=row.since,
        read_up_to=row.read_up_to,
        sync_asked=row.sync_asked,
        has_gap=row.has_gap,
        unheard_since=row.unheard_since,
        attempt=attempt,
    )


async def find(connection: AsyncConnection, link_id: LinkId, *, lock: bool = False) -> Link | None:
    """The link; locked until the end of the transaction where two could change it at once."""
    query = select(chats).where(chats.c.id == link_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).first()
    return link_from(row) if row else None


async def find_for_conversation(
    connection: AsyncConnection, conversation_id: ConversationId, microsoft_user_id: MicrosoftUserId
) -> Link | None:
    """The chat of that Conversation in which that Microsoft user writes."""
    query = select(chats).where(
        chats.c.conversation_id == conversation_id, chats.c.microsoft_user_id == microsoft_user_id
    )
    row = (await connection.execute(query)).first()
    return link_from(row) if row else None


async def list_by_chats(connection: AsyncConnection, user_id: UserId, chat_ids: Collection[ChatId]) -> list[Link]:
    """Those of these chats that belong to a Conversation of that User."""
    query = select(chats).where(chats.c.user_id == user_id, chats.c.chat_id.in_(chat_ids))
    return [link_from(row) for row in await connection.execute(query)]


async def list_of_conversation(connection: AsyncConnection, conversation_id: ConversationId) -> list[Link]:
    """Every chat that belongs to a Conversation."""
    query = select(chats).where(chats.c.conversation_id == conversation_id).order_by(chats.c.id)
    return [link_from(row) for row in await connection.execute(query)]


async def insert(connection: AsyncConnection, link: Link) -> None:
    """A chat belongs to a Conversation from now on."""
    await connection.execute(
        chats.insert().values(
            id=link.id,
            account_id=link.account_id,
            user_id=link.user_id,
            microsoft_user_id=link.microsoft_user_id,
            conversation_id=link.conversation_id,
            chat_id=link.chat_id,
            web_url=link.web_url,
            sync_asked=0,
            attempt_looks=0,
        )
    )


async def update_columns(connection: AsyncConnection, link_id: LinkId, **columns: Any) -> None:
    """Change columns of a link."""
    await connection.execute(update(chats).where(chats.c.id == link_id).values(**columns))


async def begin_attempt(connection: AsyncConnection, link_id: LinkId, attempt: Attempt) -> bool:
    """Write down what is about to be sent; False when another attempt is under way."""
    statement = (
        update(chats)
        .where(chats.c.id == link_id, chats.c.attempt_delivery_id.is_(None))
        .values(
            attempt_delivery_id=attempt.delivery_id,
            attempt_message_id=attempt.message_id,
            attempt_fingerprint=attempt.fingerprint,
            attempt_pictures=" ".join(attempt.pictures) or None,
            attempted_at=attempt.since,
            attempt_looks=0,
            attempt_look_at=None,
        )
    )
    return (await connection.execute(statement)).rowcount > 0


async def end_attempt(connection: AsyncConnection, link_id: LinkId, delivery_id: DeliveryId) -> None:
    """Its end is certain."""
    await connection.execute(
        update(chats)
        .where(chats.c.id == link_id, chats.c.attempt_delivery_id == delivery_id)
        .values(
            attempt_delivery_id=None,
            attempt_message_id=None,
            attempt_fingerprint=None,
            attempt_pictures=None,
            attempted_at=None,
            attempt_looks=0,
            attempt_look_at=None,
        )
    )


async def find_message(
    connection: AsyncConnection, link_id: LinkId, graph_message_id: GraphMessageId
) -> KnownMessage | None:
    """Which message of ours that is."""
    query = select(messages).where(messages.c.link_id == link_id, messages.c.graph_message_id == graph_message_id)
    row = (await connection.execute(query)).first()
    return KnownMessage(row.message_id, row.created_at, row.modified_at, row.digest) if row else None


async def said_before(
    connection: AsyncConnection, message_ids: Collection[MessageId], moment: datetime
) -> set[MessageId]:
    """Which of these had been said in Teams by that moment of Microsoft's clock."""
    query = select(messages.c.message_id).where(among(messages.c.message_id), messages.c.created_at <= moment)
    return set((await connection.scalars(query, {"ids": as_json(message_ids)})).all())


async def find_graph_id(connection: AsyncConnection, link_id: LinkId, message_id: MessageId) -> GraphMessageId | None:
    """Which message of the chat that message of ours is."""
    of_ours = (messages.c.link_id == link_id, messages.c.message_id == message_id)
    found: GraphMessageId | None = await connection.scalar(select(messages.c.graph_message_id).where(*of_ours))
    return found


async def known_among(
    connection: AsyncConnection, link_id: LinkId, graph_message_ids: Collection[GraphMessageId]
) -> set[GraphMessageId]:
    """Which of these are here already."""
    query = select(messages.c.graph_message_id).where(
        messages.c.link_id == link_id, messages.c.graph_message_id.in_(graph_message_ids)
    )
    return set((await connection.scalars(query)).all())


async def put_message(
    connection: AsyncConnection, link_id: LinkId, graph_message_id: GraphMessageId, known: KnownMessage
) -> None:
    """That Teams message is that message of ours, in that state."""
    values = {
        "message_id": known.message_id,
        "created_at": known.created_at,
        "modified_at": known.modified_at,
        "digest": known.digest,
    }
    changed = await connection.execute(
        update(messages)
        .where(messages.c.link_id == link_id, messages.c.graph_message_id == graph_message_id)
        .values(**values)
    )
    if not changed.rowcount:
        await connection.execute(messages.insert().values(link_id=link_id, graph_message_id=graph_message_id, **values))


async def forget_messages(connection: AsyncConnection, message_ids: Collection[MessageId]) -> None:
    """These are no longer kept here; in the chat they stay."""
    await connection.execute(delete(messages).where(messages.c.message_id.in_(message_ids)))
