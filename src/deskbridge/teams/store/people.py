"""Which Microsoft user is which Identity, and the imports that brought them in."""

from __future__ import annotations

import json
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

from deskbridge.accounts.model import AccountId
from deskbridge.directory.model import IdentityId
from deskbridge.storage.schema import Moment, metadata
from deskbridge.teams.ids import MicrosoftUserId
from deskbridge.teams.model import ImportState, ImportView

users = Table(
    "teams_users",
    metadata,
    Column("identity_id", String(36), primary_key=True),
    Column("account_id", String(36), ForeignKey("accounts.id"), nullable=False),
    Column("microsoft_user_id", String(64), nullable=False),
    Column("username", String(320), nullable=False),
    Column("is_guest", Boolean, nullable=False),
    Column("seen_by", String(36), nullable=False),
    UniqueConstraint("account_id", "microsoft_user_id"),
)

imports = Table(
    "teams_imports",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), ForeignKey("accounts.id"), nullable=False),
    Column("state", String(10), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("is_full", Boolean, nullable=False),
    Column("next_link", Text),
    Column("done_of_page", Integer, nullable=False),
    Column("delta_link", Text),
    Column("report", Text, nullable=False),
    Column("error", Text),
    Index("ix_teams_imports_latest", "account_id", "started_at"),
)


@dataclass(frozen=True, slots=True)
class TeamsUser:
    """A Microsoft user who has an Identity here."""

    identity_id: IdentityId
    microsoft_user_id: MicrosoftUserId
    is_guest: bool


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import: where it is, and what it has done so far. Links are Microsoft's, verbatim."""

    id: str
    account_id: AccountId
    state: ImportState
    started_at: datetime
    finished_at: datetime | None
    is_full: bool
    next_link: str | None
    done_of_page: int
    delta_link: str | None
    report: dict[str, Any]
    error: str | None

    def shown(self) -> ImportView:
        """As an admin sees it."""
        return ImportView(
            id=self.id,
            state=self.state,
            started_at=self.started_at,
            finished_at=self.finished_at,
            error=self.error,
            **self.report,
        )


EMPTY_REPORT: dict[str, Any] = {"read": 0, "added": 0, "changed": 0, "merged": 0, "removed": 0, "skipped": {}}


def _user(row: Row[Any]) -> TeamsUser:
    return TeamsUser(row.identity_id, row.microsoft_user_id, row.is_guest)


def _import(row: Row[Any]) -> ImportRow:
    return ImportRow(
        id=row.id,
        account_id=row.account_id,
        state=ImportState(row.state),
        started_at=row.started_at,
        finished_at=row.finished_at,
        is_full=row.is_full,
        next_link=row.next_link,
        done_of_page=row.done_of_page,
        delta_link=row.delta_link,
        report=json.loads(row.report),
        error=row.error,
    )


async def find_by_microsoft_id(
    connection: AsyncConnection, account_id: AccountId, microsoft_user_id: MicrosoftUserId
) -> TeamsUser | None:
    """The Identity of that Microsoft user."""
    query = select(users).where(users.c.account_id == account_id, users.c.microsoft_user_id == microsoft_user_id)
    row = (await connection.execute(query)).first()
    return _user(row) if row else None


async def find_by_identities(connection: AsyncConnection, identity_ids: Collection[IdentityId]) -> list[TeamsUser]:
    """The Microsoft users of these Identities."""
    rows = await connection.execute(select(users).where(users.c.identity_id.in_(identity_ids)))
    return [_user(row) for row in rows]


async def put(connection: AsyncConnection, identity_id: IdentityId, **columns: Any) -> None:
    """Add or change who that Identity is at Microsoft."""
    changed = await connection.execute(update(users).where(users.c.identity_id == identity_id).values(**columns))
    if not changed.rowcount:
        await connection.execute(users.insert().values(identity_id=identity_id, **columns))


async def remove(connection: AsyncConnection, identity_id: IdentityId) -> None:
    """That Identity has left."""
    await connection.execute(delete(users).where(users.c.identity_id == identity_id))


async def list_not_seen_by(
    connection: AsyncConnection, account_id: AccountId, import_id: str, at_most: int
) -> list[TeamsUser]:
    """Those whom a whole import did not find."""
    query = select(users).where(users.c.account_id == account_id, users.c.seen_by != import_id)
    return [_user(row) for row in await connection.execute(query.limit(at_most))]


async def insert_import(connection: AsyncConnection, row: ImportRow) -> None:
    """An import begins."""
    await connection.execute(
        imports.insert().values(
            id=row.id,
            account_id=row.account_id,
            state=row.state.value,
            started_at=row.started_at,
            is_full=row.is_full,
            next_link=row.next_link,
            done_of_page=0,
            report=json.dumps(row.report),
        )
    )


async def update_import(connection: AsyncConnection, import_id: str, **columns: Any) -> None:
    """It has come further."""
    if "report" in columns:
        columns["report"] = json.dumps(columns["report"])
    if "state" in columns:
        columns["state"] = columns["state"].value
    await connection.execute(update(imports).where(imports.c.id == import_id).values(**columns))


async def latest_imports(connection: AsyncConnection, account_id: AccountId, at_most: int = 10) -> list[ImportRow]:
    """The last ones, newest first."""
    query = select(imports).where(imports.c.account_id == account_id)
    newest = query.order_by(imports.c.started_at.desc(), imports.c.id).limit(at_most)
    return [_import(row) for row in await connection.execute(newest)]


async def list_running(connection: AsyncConnection) -> list[AccountId]:
    """Accounts whose import has not ended."""
    query = select(imports.c.account_id).where(imports.c.state == ImportState.RUNNING.value)
    return list((await connection.scalars(query.distinct())).all())
