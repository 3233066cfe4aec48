"""The SQL of what waits to leave: who has something to send, and what is next in each conversation.

Asked whenever anybody writes, so it must cost what one agent has waiting and not what everyone has: the indexes hold
only what waits, and each question jumps from one key to the next in them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, FromClause, Select, Table, bindparam, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import UserId
from deskbridge.conversations.store import QueuedDelivery, queued_deliveries, queued_from
from deskbridge.conversations.tables import changes, deliveries, messages, participants
from deskbridge.directory.model import Platform

_WAITS: ColumnElement[str] = literal_column("'queued'")
"""Not a parameter: only for a literal do databases see that the index of what waits is meant."""


async def list_senders(connection: AsyncConnection, platform: Platform) -> list[UserId]:
    """Users from whom something waits to get to that platform: messages, changes, what was read."""
    found: dict[UserId, None] = {}
    for query in _senders(platform):
        found |= dict.fromkeys((await connection.scalars(query)).all())
    return list(found)


@cache
def _senders(platform: Platform) -> tuple[Select[Any], ...]:
    """Asked every few seconds and always the same: to put them together takes longer than they do."""

    def is_for_it(table: FromClause) -> ColumnElement[bool]:
        return _is_waiting(table) & (table.c.platform == platform.value)

    return (
        _jump(deliveries, "sender_user_id", is_for_it),
        _jump(changes, "user_id", _is_waiting),
        _jump(participants, "user_id", _is_read),
    )


async def list_heads(connection: AsyncConnection, user_id: UserId, platform: Platform) -> list[QueuedDelivery]:
    """What that User has waiting for that platform next in each conversation."""
    ids = (await connection.scalars(_heads(platform), {"sender": user_id})).all()
    query = queued_deliveries().where(deliveries.c.id.in_([each for each in ids if each]))
    return [queued_from(row) for row in await connection.execute(query)]


@cache
def _heads(platform: Platform) -> Select[Any]:
    waiting = deliveries.alias()
    sender: BindParameter[str] = bindparam("sender")

    def is_theirs(table: FromClause) -> ColumnElement[bool]:
        return _is_waiting(table) & (table.c.platform == platform.value) & (table.c.sender_user_id == sender)

    places = _jump(deliveries, "conversation_id", is_theirs).subquery()
    first = (
        select(waiting.c.id)
        .join(messages, messages.c.id == waiting.c.message_id)
        # Deleted before it left: it stays here, and goes if it is brought back.
        .where(is_theirs(waiting), waiting.c.conversation_id == places.c.found, messages.c.deleted_at.is_(None))
        .order_by(waiting.c.position)
        .limit(1)
        .scalar_subquery()
    )
    return select(first).select_from(places)


def _is_waiting(table: FromClause) -> ColumnElement[bool]:
    return table.c.state == _WAITS


def _is_read(table: FromClause) -> ColumnElement[bool]:
    return table.c.read_at.is_not(None)


def _jump(table: Table, column: str, wanted: Callable[[FromClause], ColumnElement[bool]]) -> Select[Any]:
    """The different values of a column, each found from the one before it by one step in the index."""
    first, later = table.alias(), table.alias()
    found = select(func.min(first.c[column]).label("found")).where(wanted(first)).cte(recursive=True)
    step = select(func.min(later.c[column])).where(wanted(later), later.c[column] > found.c.found).scalar_subquery()
    found = found.union_all(select(step).where(found.c.found.is_not(None)))
    return select(found.c.found).where(found.c.found.is_not(None))
