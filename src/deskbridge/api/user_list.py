"""Users as admins see them, in the browser and at the console."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable

from deskbridge.accounts import factor_store
from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId, License, User, UserId
from deskbridge.api.models import AdminUser, LicenseCounts
from deskbridge.storage.database import Database
from deskbridge.teams.model import Connection, ConnectionState
from deskbridge.teams.standing import list_with_connections


async def list_admin_users(db: Database, account_id: AccountId) -> list[AdminUser]:
    """All of an Account, with their Teams connections."""
    async with db.read() as connection:
        account = await accounts_store.find_account(connection, account_id)
        found = await accounts_store.list_users(connection, account_id)
        holders = await factor_store.list_holders(connection, account_id)
        seen = await list_with_connections(connection, found, account)
    return _shown(seen, holders)


async def read_admin_users(db: Database, account_id: AccountId, at_once: int) -> AsyncIterator[AdminUser]:
    """All of an Account in the order of usernames, read a part at a time: for files, however many there are."""
    after: str | None = ""
    while after is not None:
        async with db.read() as connection:
            account = await accounts_store.find_account(connection, account_id)
            found, after = await accounts_store.following_users(connection, account_id, after, at_once)
            holders = await factor_store.holders_among(connection, [each.id for each in found])
            seen = await list_with_connections(connection, found, account, few=True)
        for each in _shown(seen, holders):
            yield each


def _shown(seen: Iterable[tuple[User, Connection, int | None]], holders: Collection[UserId]) -> list[AdminUser]:
    return [
        AdminUser(user=user, connection=each, microsoft_number=number, has_second_factor=user.id in holders)
        for user, each, number in seen
    ]


def count(users: Collection[AdminUser]) -> LicenseCounts:
    """Licenses and connections of those who are not suspended."""
    active = [each for each in users if not each.user.suspended]
    return LicenseCounts(
        users=len(users),
        suspended=len(users) - len(active),
        contact_center=sum(License.CONTACT_CENTER in each.user.licenses for each in active),
        work=sum(License.WORK in each.user.licenses for each in active),
        connected=sum(each.connection.state is ConnectionState.CONNECTED for each in active),
    )
