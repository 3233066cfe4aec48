"""Teams users whose presence somebody looks at, or did lately, and whose subscription tells of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Row,
    String,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId
from deskbridge.directory.model import IdentityId, PersonId, Platform
from deskbridge.directory.tables import identities
from deskbridge.presence.store import processes, watched
from deskbridge.storage.among import among, as_json
from deskbridge.storage.prepared import Prepared
from deskbridge.storage.schema import Moment, metadata
from deskbridge.teams.ids import MicrosoftUserId
from deskbridge.teams.store.connections import connections
from deskbridge.teams.store.people import users
from deskbridge.teams.store.subscriptions import PRESENCE, subscriptions

watches = Table(
    "teams_watches",
    metadata,
    Column("identity_id", String(36), primary_key=True),
    Column("account_id", String(36), nullable=False),
    Column("microsoft_user_id", String(64), nullable=False),
    Column("since", Moment, nullable=False),
    Column("left_at", Moment),
    # None: it is to be read when somebody looks, whatever was read or told before.
    Column("read_at", Moment),
    Column("is_absent", Boolean, nullable=False),
    # Our own id of the subscription, which is gone when that one has been replaced.
    Column("subscription", String(36)),
    Index("ix_teams_watches_account_id", "account_id"),
    Index("ix_teams_watches_subscription", "subscription"),
)


@dataclass(frozen=True, slots=True)
class WatchRow:
    """Somebody in view, or who was until `left_at`; `is_absent` when Microsoft does not know them."""

    identity_id: IdentityId
    microsoft_user_id: MicrosoftUserId
    since: datetime
    left_at: datetime | None
    read_at: datetime | None
    is_absent: bool
    subscription: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A Teams user whom some agent has on screen."""

    person_id: PersonId
    identity_id: IdentityId
    microsoft_user_id: MicrosoftUserId


def _row(row: Row[Any]) -> WatchRow:
    return WatchRow(
        row.identity_id, row.microsoft_user_id, row.since, row.left_at, row.read_at, row.is_absent, row.subscription
    )


async def list_accounts(connection: AsyncConnection, now: datetime) -> list[AccountId]:
    """Accounts where somebody looks at somebody, or whose subscriptions to presence may have to be looked after."""
    looking = select(watched.c.account_id).join(processes, processes.c.id == watched.c.process_id)
    carried = select(connections.c.account_id).join(subscriptions, subscriptions.c.user_id == connections.c.user_id)
    query = union(
        looking.where(processes.c.until > now),
        carried.where(subscriptions.c.kind == PRESENCE),
        select(watches.c.account_id),
    )
    return list((await connection.scalars(query)).all())


async def list_seen(connection: AsyncConnection, account_id: AccountId, now: datetime) -> list[Seen]:
    """Teams users whom somebody has on screen, in whatever process."""
    rows = await _SEEN.all(connection, {"account": account_id, "now": now})
    return [Seen(row.person_id, row.id, row.microsoft_user_id) for row in rows]


def _on_screen(account_id: Any, now: Any) -> Any:
    return (
        select(watched.c.person_id)
        .join(processes, processes.c.id == watched.c.process_id)
        .where(watched.c.account_id == account_id, processes.c.until > now)
    )


_WHOSE: Final = (
    select(identities.c.person_id, identities.c.id, users.c.microsoft_user_id)
    .join(users, users.c.identity_id == identities.c.id)
    .where(identities.c.account_id == bindparam("account"), identities.c.platform == Platform.TEAMS.value)
)
_SEEN: Final = Prepared(
    _WHOSE.where(identities.c.person_id.in_(_on_screen(bindparam("account"), bindparam("now", type_=Moment))))
)
_BY_MICROSOFT_IDS: Final = Prepared(_WHOSE.where(among(users.c.microsoft_user_id)))


async def list_due(connection: AsyncConnection, account_id: AccountId, now: datetime) -> list[tuple[WatchRow, Seen]]:
    """Whoever is on a screen and is to be read."""
    query = (
        select(watches, identities.c.person_id)
        .join(identities, identities.c.id == watches.c.identity_id)
        .where(watches.c.account_id == account_id, watches.c.read_at.is_(None), watches.c.is_absent.is_(False))
        .where(identities.c.person_id.in_(_on_screen(account_id, now)))
    )
    return [
        (_row(row), Seen(row.person_id, row.identity_id, row.microsoft_user_id))
        for row in await connection.execute(query)
    ]


async def is_as_seen(
    connection: AsyncConnection, account_id: AccountId, alive: Collection[str], now: datetime, forget: datetime
) -> bool:
    """Whether everybody on a screen is watched by one of these subscriptions and read, and nobody else is watched but
    those who left since `forget`.

    Answered by the database alone: tens of thousands of rows are not looked at here to find that nothing is to do.
    """
    mine = watches.c.account_id == account_id
    is_seen = identities.c.person_id.in_(_on_screen(account_id, now))
    in_view = (
        select(identities.c.id)
        .join(users, users.c.identity_id == identities.c.id)
        .where(identities.c.account_id == account_id, identities.c.platform == Platform.TEAMS.value, is_seen)
    )
    is_told_of = and_(watches.c.read_at.is_not(None), watches.c.subscription.in_(alive))
    is_good = or_(watches.c.is_absent.is_(True), is_told_of)
    watched_well = select(watches.c.identity_id).where(mine, watches.c.left_at.is_(None), is_good)
    wrong = (
        in_view.where(identities.c.id.not_in(watched_well)),
        select(watches.c.identity_id).where(mine, watches.c.left_at.is_(None), watches.c.identity_id.not_in(in_view)),
        select(watches.c.identity_id).where(mine, watches.c.left_at <= forget),
    )
    found = await connection.execute(select(or_(*(exists(each) for each in wrong))))
    return not found.scalar()


async def list_by_microsoft_ids(
    connection: AsyncConnection, account_id: AccountId, ids: Collection[MicrosoftUserId]
) -> list[Seen]:
    """These Microsoft users, with whose Identity they are."""
    rows = await _BY_MICROSOFT_IDS.all(connection, {"account": account_id, "ids": as_json(ids)})
    return [Seen(row.person_id, row.id, row.microsoft_user_id) for row in rows]


_OF_ACCOUNT: Final = Prepared(select(watches).where(watches.c.account_id == bindparam("account")))


async def list_of(connection: AsyncConnection, account_id: AccountId) -> list[WatchRow]:
    """All of an Account."""
    return [_row(row) for row in await _OF_ACCOUNT.all(connection, {"account": account_id})]


async def insert(connection: AsyncConnection, account_id: AccountId, seen: Iterable[Seen], now: datetime) -> None:
    """These came into view for the first time."""
    rows = [
        {
            "identity_id": each.identity_id,
            "account_id": account_id,
            "microsoft_user_id": each.microsoft_user_id,
            "since": now,
            "is_absent": False,
        }
        for each in seen
    ]
    if rows:
        await connection.execute(watches.insert(), rows)


async def update_all(connection: AsyncConnection, ids: Iterable[IdentityId], **columns: Any) -> None:
    """Change columns of these."""
    rows = [{"whose": each} for each in ids]
    if rows:
        statement = update(watches).where(watches.c.identity_id == bindparam("whose")).values(**columns)
        await connection.execute(statement, rows)


async def remove(connection: AsyncConnection, ids: Iterable[IdentityId]) -> None:
    """Forget these."""
    rows = [{"whose": each} for each in ids]
    if rows:
        await connection.execute(delete(watches).where(watches.c.identity_id == bindparam("whose")), rows)


async def read_again(connection: AsyncConnection, subscription_ids: Collection[str] | None = None) -> None:
    """Something may have been missed of whom these subscriptions tell, or of everybody."""
    statement = update(watches).values(read_at=None)
    if subscription_ids is not None:
        statement = statement.where(watches.c.subscription.in_(subscription_ids))
    await connection.execute(statement)
