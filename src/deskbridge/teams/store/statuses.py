"""Agents whose Status we have set in Teams, or may have: written down before Microsoft is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Row, String, Table, and_, delete, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId, Status, UserId
from deskbridge.accounts.store import accounts, users
from deskbridge.storage.schema import Moment, metadata
from deskbridge.teams.ids import MicrosoftUserId, TenantId
from deskbridge.teams.store.connections import connections, is_usable

statuses = Table(
    "teams_statuses",
    metadata,
    Column("user_id", String(36), primary_key=True),
    Column("account_id", String(36), nullable=False),
    Column("tenant_id", String(36), nullable=False),
    Column("microsoft_user_id", String(64), nullable=False),
    # The Status that Microsoft was last asked to show; None while it is being taken back.
    Column("status", String(20)),
    Column("due_at", Moment, nullable=False),
    # When Microsoft forgets it by itself.
    Column("expires_at", Moment, nullable=False),
    Column("problem", String(40)),
    Index("ix_teams_statuses_account_id", "account_id"),
)

SHOWN = (Status.AVAILABLE, Status.BUSY, Status.ON_BREAK)
"""The others are shown by taking back what was said."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An agent whose Status is to be seen in Teams."""

    user_id: UserId
    account_id: AccountId
    tenant_id: TenantId
    microsoft_user_id: MicrosoftUserId
    status: Status


@dataclass(frozen=True, slots=True)
class StatusRow:
    """What Microsoft was asked to show of an agent."""

    user_id: UserId
    account_id: AccountId
    tenant_id: TenantId
    microsoft_user_id: MicrosoftUserId
    status: Status | None
    due_at: datetime
    expires_at: datetime
    problem: str | None


def _row(row: Row[Any]) -> StatusRow:
    status = Status(row.status) if row.status else None
    whose = (row.user_id, row.account_id, row.tenant_id, row.microsoft_user_id)
    return StatusRow(*whose, status, row.due_at, row.expires_at, row.problem)


_is_wanted = and_(
    is_usable,
    accounts.c.agent_status_in_teams,
    users.c.status.in_([each.value for each in SHOWN]),
    connections.c.microsoft_user_id.is_not(None),
)
_everybody = (
    users.join(accounts, accounts.c.id == users.c.account_id)
    .outerjoin(connections, connections.c.user_id == users.c.id)
    .outerjoin(statuses, statuses.c.user_id == users.c.id)
)


async def list_due(connection: AsyncConnection, now: datetime) -> list[UserId]:
    """Agents whose Status has to be said in Teams, said again, or taken back."""
    differs = or_(
        statuses.c.user_id.is_(None),
        statuses.c.status.is_(None),
        statuses.c.status != users.c.status,
        statuses.c.microsoft_user_id != connections.c.microsoft_user_id,
    )
    is_due = statuses.c.due_at <= now
    # The switch comes first, so that where it is off only what is left of it is looked at.
    to_say = select(users.c.id).select_from(_everybody).where(_is_wanted, or_(differs, is_due))
    # Whoever has no connection any more gives NULL, which is neither true nor false.
    not_wanted = not_(func.coalesce(_is_wanted, False))
    to_take_back = (
        select(users.c.id)
        .select_from(_everybody)
        .where(statuses.c.user_id.is_not(None), not_wanted, or_(statuses.c.status.is_not(None), is_due))
    )
    found = [*(await connection.scalars(to_say)).all(), *(await connection.scalars(to_take_back)).all()]
    return list(dict.fromkeys(found))


async def find_wanted(connection: AsyncConnection, user_id: UserId) -> Wanted | None:
    """What is to be seen of that User in Teams, if anything."""
    query = (
        select(users.c.id, users.c.account_id, connections.c.tenant_id, connections.c.microsoft_user_id, users.c.status)
        .select_from(_everybody)
        .where(users.c.id == user_id, _is_wanted)
    )
    row = (await connection.execute(query)).first()
    return Wanted(*row[:4], Status(row.status)) if row else None


async def find(connection: AsyncConnection, user_id: UserId) -> StatusRow | None:
    """What was said of that User."""
    row = (await connection.execute(select(statuses).where(statuses.c.user_id == user_id))).first()
    return _row(row) if row else None


async def put(connection: AsyncConnection, wanted: Wanted, due_at: datetime, expires_at: datetime) -> None:
    """This is about to be said."""
    await remove(connection, wanted.user_id)
    await connection.execute(
        statuses.insert().values(
            user_id=wanted.user_id,
            account_id=wanted.account_id,
            tenant_id=wanted.tenant_id,
            microsoft_user_id=wanted.microsoft_user_id,
            status=wanted.status.value,
            due_at=due_at,
            expires_at=expires_at,
        )
    )


async def update_columns(connection: AsyncConnection, user_id: UserId, **columns: Any) -> None:
    """Change what is known of it."""
    await connection.execute(update(statuses).where(statuses.c.user_id == user_id).values(**columns))


async def remove(connection: AsyncConnection, user_id: UserId) -> None:
    """Nothing of ours is shown of that User any more."""
    await connection.execute(delete(statuses).where(statuses.c.user_id == user_id))


async def count_of_account(connection: AsyncConnection, account_id: AccountId) -> dict[str | None, int]:
    """How many agents have which problem; under None those whose Status is shown as it is."""
    query = select(statuses.c.problem, func.count()).where(statuses.c.account_id == account_id)
    rows = await connection.execute(query.group_by(statuses.c.problem))
    return {row[0]: row[1] for row in rows}
