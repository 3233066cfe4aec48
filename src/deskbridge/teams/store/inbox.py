"""The durable inbox: what Microsoft told us and has not been applied yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    Text,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.storage.bulk import insert_rows
from deskbridge.storage.schema import Moment, metadata, microseconds
from deskbridge.teams.ids import GraphMessageId, LinkId

inbox = Table(
    "teams_inbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("link_id", String(36), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("graph_message_id", String(200), nullable=False),
    Column("item", LargeBinary, nullable=False),
    Column("proof", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
    Index("ix_teams_inbox_lane", "link_id", "id"),
)


class ItemKind(StrEnum):
    """`notification`: as Microsoft encrypted it; `read`: a message as the chat's list gave it; `complete`: a mark.

    `checked` is a message that was read although we know of no gap: what it tells should have been told already.
    """

    NOTIFICATION = "notification"
    READ = "read"
    CHECKED = "checked"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class NewItem:
    """One thing that we were told."""

    link_id: LinkId
    kind: ItemKind
    graph_message_id: GraphMessageId
    item: bytes
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits to be applied."""

    id: int
    link_id: LinkId
    kind: ItemKind
    graph_message_id: GraphMessageId
    item: bytes
    proof: str
    received_at: datetime
    tries: int


def item_from(row: Row[Any]) -> Item:
    """The Item that a row of the table is."""
    return Item(
        id=row.id,
        link_id=row.link_id,
        kind=ItemKind(row.kind),
        graph_message_id=GraphMessageId(row.graph_message_id),
        item=row.item,
        proof=row.proof,
        received_at=row.received_at,
        tries=row.tries,
    )


async def insert(connection: AsyncConnection, items: Sequence[NewItem], now: datetime) -> None:
    """Keep them."""
    received_at = microseconds(now)
    rows: list[dict[str, Any]] = [
        {
            "link_id": each.link_id,
            "kind": each.kind.value,
            "graph_message_id": each.graph_message_id,
            "item": each.item,
            "proof": each.proof,
            "received_at": received_at,
            "tries": 0,
        }
        for each in items
    ]
    await insert_rows(connection, inbox, rows)


async def list_lanes(connection: AsyncConnection) -> list[LinkId]:
    """Chats for which something waits, the longest waiting first."""
    query = select(inbox.c.link_id).group_by(inbox.c.link_id).order_by(func.min(inbox.c.id))
    return list((await connection.scalars(query)).all())


async def list_items(connection: AsyncConnection, link_id: LinkId, after: int, at_most: int) -> list[Item]:
    """What waits for one chat, in the order in which it came."""
    query = select(inbox).where(inbox.c.link_id == link_id, inbox.c.id > after).order_by(inbox.c.id)
    return [item_from(row) for row in await connection.execute(query.limit(at_most))]


async def still_there(connection: AsyncConnection, ids: Sequence[int]) -> set[int]:
    """Which of them nobody else has applied meanwhile."""
    return set((await connection.scalars(select(inbox.c.id).where(inbox.c.id.in_(ids)))).all())


async def remove(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """They have been applied, or dropped for a reason that was counted."""
    if ids:
        await connection.execute(delete(inbox).where(inbox.c.id.in_(ids)))


async def count_try(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """They could not be applied this time."""
    if ids:
        await connection.execute(update(inbox).where(inbox.c.id.in_(ids)).values(tries=inbox.c.tries + 1))
