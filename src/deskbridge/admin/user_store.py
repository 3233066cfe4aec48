"""SQL of Users as admins see them: a page of those that are searched for, and how many there are; of one Account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.factor_store import second_factors
from deskbridge.accounts.folding import fold
from deskbridge.accounts.model import AccountId, User
from deskbridge.accounts.store import accounts, user_of, users
from deskbridge.teams.model import ConnectionState
from deskbridge.teams.store.connections import connections

Spot = tuple[str, str]
"""Where a User is in the order: folded name, id."""


async def list_users(
    connection: AsyncConnection, account_id: AccountId, search: str, page: tuple[Spot | None, int]
) -> tuple[list[User], Spot | None, int]:
    """So many behind a spot (`page`) by name, behind which spot the next page is, and how many there are in all."""
    after, limit = page
    query = _found(select(users), account_id, search)
    total = await connection.scalar(_found(select(func.count()).select_from(users), account_id, search))
    order = (users.c.name_key, users.c.id)
    if after is not None:
        query = query.where(tuple_(*order) > tuple_(*map(literal, after)))
    rows = (await connection.execute(query.order_by(*order).limit(limit))).all()
    behind = (rows[-1].name_key, rows[-1].id) if len(rows) == limit else None
    return [user_of(row) for row in rows], behind, int(total or 0)


def _found(query: Select[Any], account_id: AccountId, search: str) -> Select[Any]:
    query = query.where(users.c.account_id == account_id, users.c.deleted_at.is_(None))
    if not search:
        return query
    return query.where(
        or_(
            users.c.name_key.contains(fold(search), autoescape=True),
            users.c.username_key.contains(search.casefold(), autoescape=True),
            func.lower(users.c.email).contains(search.lower(), autoescape=True),
        )
    )


async def count(connection: AsyncConnection, account_id: AccountId) -> dict[str, int]:
    """How many Users there are and are suspended; of the others, how many hold what, and lack a second factor."""

    def how_many(*conditions: Any) -> Any:
        return func.coalesce(func.sum(case((and_(*conditions), 1), else_=0)), 0)

    is_active = ~users.c.suspended
    has_factor = second_factors.c.confirmed_at.is_not(None)
    is_connected = connections.c.state == ConnectionState.CONNECTED.value
    query = (
        select(
            func.count().label("users"),
            how_many(users.c.suspended).label("suspended"),
            how_many(is_active, users.c.contact_center).label("contact_center"),
            how_many(is_active, users.c.work).label("work"),
            # Where Teams chat is off, and of who is no agent, no connection is used.
            how_many(is_active, users.c.contact_center, accounts.c.teams_chat_enabled, is_connected).label("connected"),
            how_many(is_active, ~has_factor).label("without_second_factor"),
        )
        .select_from(
            users.join(accounts, accounts.c.id == users.c.account_id)
            .outerjoin(connections, connections.c.user_id == users.c.id)
            .outerjoin(second_factors, second_factors.c.user_id == users.c.id)
        )
        .where(users.c.account_id == account_id, users.c.deleted_at.is_(None))
    )
    return {name: int(number) for name, number in (await connection.execute(query)).mappings().one().items()}
