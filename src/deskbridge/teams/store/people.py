"""Which Microsoft user is which Identity."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Row,
    String,
    Table,
    UniqueConstraint,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId
from deskbridge.directory.matching_store import pieces
from deskbridge.directory.model import IdentityId
from deskbridge.storage.among import among, as_json
from deskbridge.storage.bulk import insert_many, update_rows
from deskbridge.storage.schema import metadata
from deskbridge.teams.ids import MicrosoftUserId

users = Table(
    "teams_users",
    metadata,
    Column("identity_id", String(36), primary_key=True),
    Column("account_id", String(36), ForeignKey("accounts.id"), nullable=False),
    Column("microsoft_user_id", String(64), nullable=False),
    Column("username", String(320), nullable=False),
    Column("is_guest", Boolean, nullable=False),
    # The last full import that found them.
    Column("seen_by", String(36), nullable=False),
    # In this order: by an index that begins with the Account SQLite would read and sort everybody, for each page of
    # those whom an import has not seen.
    UniqueConstraint("microsoft_user_id", "account_id"),
)

# Whoever comes back is who they were, with the conversations of then.
left = Table(
    "teams_users_left",
    metadata,
    Column("account_id", String(36), ForeignKey("accounts.id"), primary_key=True),
    Column("microsoft_user_id", String(64), primary_key=True),
    Column("identity_id", String(36), nullable=False),
)


@dataclass(frozen=True, slots=True)
class TeamsUser:
    """A Microsoft user who has an Identity here."""

    identity_id: IdentityId
    microsoft_user_id: MicrosoftUserId
    is_guest: bool
    username: str = ""


def _user(row: Row[Any]) -> TeamsUser:
    return TeamsUser(row.identity_id, row.microsoft_user_id, row.is_guest, row.username)


async def find_by_microsoft_id(
    connection: AsyncConnection, account_id: AccountId, microsoft_user_id: MicrosoftUserId
) -> TeamsUser | None:
    """The Identity of that Microsoft user."""
    query = select(users).where(users.c.account_id == account_id, users.c.microsoft_user_id == microsoft_user_id)
    row = (await connection.execute(query)).first()
    return _user(row) if row else None


async def find_all_by_microsoft_ids(
    connection: AsyncConnection, account_id: AccountId, ids: Collection[MicrosoftUserId]
) -> dict[MicrosoftUserId, TeamsUser]:
    """The Identities of these Microsoft users."""
    query = select(users).where(users.c.account_id == account_id, among(users.c.microsoft_user_id))
    rows = await connection.execute(query, {"ids": as_json(ids)})
    return {each.microsoft_user_id: each for each in map(_user, rows)}


async def find_who_left(
    connection: AsyncConnection, account_id: AccountId, ids: Collection[MicrosoftUserId]
) -> dict[MicrosoftUserId, IdentityId]:
    """Which Identities these Microsoft users had when they left."""
    query = select(left.c.microsoft_user_id, left.c.identity_id)
    query = query.where(left.c.account_id == account_id, among(left.c.microsoft_user_id))
    return {row.microsoft_user_id: row.identity_id for row in await connection.execute(query, {"ids": as_json(ids)})}


async def any_of(connection: AsyncConnection, account_id: AccountId) -> bool:
    """Whether anybody came from the Account's tenant."""
    return (
        await connection.execute(select(users.c.identity_id).where(users.c.account_id == account_id).limit(1))
    ).first() is not None


async def find_by_identities(connection: AsyncConnection, identity_ids: Collection[IdentityId]) -> list[TeamsUser]:
    """The Microsoft users of these Identities."""
    found: list[TeamsUser] = []
    for piece in pieces(identity_ids):
        rows = await connection.execute(select(users).where(users.c.identity_id.in_(piece)))
        found += [_user(row) for row in rows]
    return found


async def insert_all(
    connection: AsyncConnection, account_id: AccountId, import_id: str, some: Sequence[TeamsUser]
) -> None:
    """Who these Identities are at Microsoft."""
    rows = [
        {
            "identity_id": each.identity_id,
            "account_id": account_id,
            "microsoft_user_id": each.microsoft_user_id,
            "username": each.username,
            "is_guest": each.is_guest,
            "seen_by": import_id,
        }
        for each in some
    ]
    await insert_many(connection, users, rows)


async def update_all(connection: AsyncConnection, some: Sequence[TeamsUser]) -> None:
    """They have other names there, or other rights."""
    if some:
        rows = [
            {"identity_id": each.identity_id, "username": each.username, "is_guest": each.is_guest} for each in some
        ]
        await update_rows(connection, users, "identity_id", rows)


async def see(connection: AsyncConnection, import_id: str, ids: Collection[IdentityId]) -> None:
    """A full import has found these."""
    for piece in pieces(ids):
        await connection.execute(update(users).where(users.c.identity_id.in_(piece)).values(seen_by=import_id))


async def remove_all(connection: AsyncConnection, ids: Collection[IdentityId]) -> None:
    """These Identities have left; it is remembered who they were."""
    gone = select(users.c.account_id, users.c.microsoft_user_id, users.c.identity_id).where(among(users.c.identity_id))
    given = {"ids": as_json(ids)}
    await connection.execute(left.insert().from_select(list(left.c), gone), given)
    await connection.execute(delete(users).where(among(users.c.identity_id)), given)


async def forget_that_they_left(
    connection: AsyncConnection, account_id: AccountId, ids: Collection[MicrosoftUserId]
) -> None:
    """They are back."""
    gone = delete(left).where(left.c.account_id == account_id, among(left.c.microsoft_user_id))
    await connection.execute(gone, {"ids": as_json(ids)})


async def list_not_seen_by(
    connection: AsyncConnection, account_id: AccountId, import_id: str, after: str, at_most: int
) -> tuple[list[IdentityId], str]:
    """Of the next so many, those whom a full import did not find; and who was the last, "" at the end."""
    query = select(users.c.identity_id, users.c.seen_by).where(
        users.c.account_id == account_id, users.c.identity_id > after
    )
    some = query.order_by(users.c.identity_id).limit(at_most).subquery()
    unseen = select(some.c.identity_id).where(some.c.seen_by != import_id).order_by(some.c.identity_id)
    found = list((await connection.scalars(unseen)).all())
    looked_at, last = (await connection.execute(select(func.count(), func.max(some.c.identity_id)))).one()
    return found, last if looked_at == at_most else ""
