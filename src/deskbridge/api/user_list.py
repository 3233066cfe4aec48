"""Users as admins see them, in the browser and at the console."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator, Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts import factor_store
from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId, User
from deskbridge.admin import user_store
from deskbridge.admin.user_store import Spot
from deskbridge.api.models import AdminUser, AdminUserPage, LicenseCounts
from deskbridge.errors import BadCursor
from deskbridge.storage.database import Database
from deskbridge.teams.standing import list_with_connections


async def list_admin_users(
    db: Database, account_id: AccountId, search: str, page: tuple[str | None, int]
) -> AdminUserPage:
    """A page (cursor, limit) of those whose name, username or e-mail address contains that; raises BadCursor."""
    cursor, limit = page
    async with db.read() as connection:
        spot = (_spot(cursor), limit)
        found, behind, total = await user_store.list_users(connection, account_id, search, spot)
        return AdminUserPage(users=await _shown(connection, account_id, found), next=_cursor(behind), total=total)


async def show_admin_user(db: Database, user: User) -> AdminUser:
    """One User, with the connection as it is now."""
    async with db.read() as connection:
        (shown,) = await _shown(connection, user.account_id, [user])
    return shown


async def read_admin_users(db: Database, account_id: AccountId, at_once: int) -> AsyncIterator[AdminUser]:
    """All of an Account in the order of usernames, read a part at a time: for files, however many there are."""
    after: str | None = ""
    while after is not None:
        async with db.read() as connection:
            found, after = await accounts_store.following_users(connection, account_id, after, at_once)
            shown = await _shown(connection, account_id, found)
        for each in shown:
            yield each


async def count(db: Database, account_id: AccountId) -> LicenseCounts:
    """Licenses, connections and second factors of those who are not suspended."""
    async with db.read() as connection:
        return LicenseCounts(**await user_store.count(connection, account_id))


async def _shown(connection: AsyncConnection, account_id: AccountId, found: Sequence[User]) -> list[AdminUser]:
    account = await accounts_store.find_account(connection, account_id)
    holders = await factor_store.holders_among(connection, [each.id for each in found])
    seen = await list_with_connections(connection, found, account)
    return [
        AdminUser(user=user, connection=each, microsoft_number=number, has_second_factor=user.id in holders)
        for user, each, number in seen
    ]


def _cursor(spot: Spot | None) -> str | None:
    return None if spot is None else base64.urlsafe_b64encode(msgspec.json.encode(spot)).decode().rstrip("=")


def _spot(cursor: str | None) -> Spot | None:
    if cursor is None:
        return None
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        name, id_ = msgspec.json.decode(packed, type=tuple[str, str])
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise BadCursor from error
    # What PostgreSQL takes in no text.
    if "\0" in name or "\0" in id_:
        raise BadCursor
    return name, id_
