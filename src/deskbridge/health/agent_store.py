"""SQL of each agent's connection and of what Microsoft tells on their behalf; reads only, of one Account.

Whoever is suspended is not told anything, and where Teams chat is off nobody is: neither is anything to look at.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import FromClause, Row, Select, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.folding import fold
from deskbridge.accounts.model import AccountId
from deskbridge.accounts.store import accounts, users
from deskbridge.health.views import AgentChoice, ConnectionCounts, SubscriptionCounts
from deskbridge.teams.model import ConnectionState
from deskbridge.teams.store.connections import connections
from deskbridge.teams.store.subscriptions import CHAT_MESSAGES, PRESENCE, subscriptions

Spot = tuple[int, str, str]
"""Where an agent is in the order: urgency, folded name, id."""

_messages = subscriptions.alias("of_messages")
_presence = subscriptions.alias("of_presence")
_joined = (
    users.join(accounts, accounts.c.id == users.c.account_id)
    .outerjoin(connections, connections.c.user_id == users.c.id)
    .outerjoin(_messages, and_(_messages.c.user_id == users.c.id, _messages.c.kind == CHAT_MESSAGES))
    .outerjoin(_presence, and_(_presence.c.user_id == users.c.id, _presence.c.kind == PRESENCE))
)
_state = func.coalesce(connections.c.state, ConnectionState.NOT_CONNECTED.value)
_is_connected = _state == ConnectionState.CONNECTED.value


def _until(kept: FromClause, now: datetime) -> Any:
    """When it ends; None where there is none, or where it has ended."""
    return case((and_(kept.c.subscription_id.is_not(None), kept.c.expires_at > now), kept.c.expires_at))


def _is_missing(now: datetime) -> Any:
    return and_(_is_connected, _until(_messages, now).is_(None))


def _urgency(now: datetime) -> Any:
    """What to look at first; 3 is nothing."""
    is_lost = _state == ConnectionState.LOST.value
    return case((is_lost, 0), (_is_missing(now), 1), (connections.c.reason.is_not(None), 2), else_=3)


def _of(query: Select[Any], account_id: AccountId) -> Select[Any]:
    works = (accounts.c.teams_chat_enabled, users.c.contact_center, ~users.c.suspended)
    return query.select_from(_joined).where(users.c.account_id == account_id, *works)


async def count(
    connection: AsyncConnection, account_id: AccountId, now: datetime
) -> tuple[ConnectionCounts, SubscriptionCounts]:
    """How many agents are connected, and of how many Microsoft tells."""

    def how_many(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    query = select(
        how_many(_is_connected),
        how_many(_state == ConnectionState.LOST.value),
        how_many(_state == ConnectionState.NOT_CONNECTED.value),
        how_many(_urgency(now) < 3),
        how_many(and_(_is_connected, ~_is_missing(now))),
        how_many(_is_missing(now)),
        how_many(_until(_presence, now).is_not(None)),
        func.min(_until(_messages, now)),
    )
    connected, lost, not_connected, to_look_at, messages, missing, presence, first = (
        await connection.execute(_of(query, account_id))
    ).one()
    return (
        ConnectionCounts(connected=connected, lost=lost, not_connected=not_connected, to_look_at=to_look_at),
        SubscriptionCounts(messages=messages, missing=missing, presence=presence, first_expires_at=first),
    )


async def list_agents(
    connection: AsyncConnection,
    account_id: AccountId,
    now: datetime,
    wanted: tuple[AgentChoice, str],
    page: tuple[Spot | None, int],
) -> tuple[list[Row[Any]], int]:
    """So many behind a spot (`page`), what is to be looked at first; and how many there are of them in all."""
    show, search = wanted
    after, limit = page
    query = _of(
        select(
            users.c.id,
            users.c.username,
            users.c.display_name,
            users.c.name_key,
            _urgency(now).label("urgency"),
            _until(_messages, now).label("messages_until"),
            _until(_presence, now).label("presence_until"),
            connections.c.send_after,
            connections.c.not_told_at,
        ),
        account_id,
    )
    if search:
        named = users.c.name_key.contains(fold(search), autoescape=True)
        query = query.where(or_(named, users.c.username_key.contains(search.casefold(), autoescape=True)))
    if show is AgentChoice.TO_LOOK_AT:
        query = query.where(_urgency(now) < 3)
    elif show is not AgentChoice.ALL:
        query = query.where(_state == show.value)
    total = await connection.scalar(select(func.count()).select_from(query.subquery()))
    order = (_urgency(now), users.c.name_key, users.c.id)
    if after is not None:
        query = query.where(tuple_(*order) > tuple_(*map(literal, after)))
    rows = (await connection.execute(query.order_by(*order).limit(limit))).all()
    return list(rows), int(total or 0)
