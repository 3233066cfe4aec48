"""A database with all tables and a bus in this process, for tests of what is below the API."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import Account, AccountId
from deskbridge.events import LocalBus
from deskbridge.storage.database import Database, Transaction
from deskbridge.storage.opening import open_database
from deskbridge.storage.schema import new_id
from support.clock import Clock


class Heard:
    """What was published, in order."""

    def __init__(self) -> None:
        self.said: list[tuple[str, bytes]] = []
        self.also: Callable[[], object] = lambda: None

    def __call__(self, channel: str, payload: bytes) -> None:
        """Hear one."""
        self.said.append((channel, payload))
        self.also()

    def on(self, channel: str) -> list[bytes]:
        """What was said on that channel."""
        return [payload for name, payload in self.said if name == channel]


@contextlib.asynccontextmanager
async def opened(url: str, bus: LocalBus, clock: Clock) -> AsyncIterator[Database]:
    """The database of that address, started; its tables are there."""
    database = open_database(url, bus, clock)
    try:
        await database.start()
        yield database
    finally:
        await database.close()


async def add_account(tx: Transaction, name: str) -> AccountId:
    """A row that refers to nothing; names are unique."""
    account = Account(
        id=AccountId(new_id()),
        name=name,
        teams_chat_enabled=False,
        agent_status_in_teams=False,
        second_factor_required=False,
        files_to_teams=False,
    )
    await accounts_store.insert_account(tx.connection, account, None, Clock()())
    return account.id


async def accounts_in(database: Database) -> set[str]:
    """The names of all of them."""
    async with database.read() as connection:
        return {each.name for each in await accounts_store.list_accounts(connection)}
