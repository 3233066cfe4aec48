"""Access tokens of connected agents: from memory, else from the encrypted cache, else from Microsoft."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from deskbridge.accounts.model import UserId
from deskbridge.clock import Clock
from deskbridge.storage.database import Database
from deskbridge.teams.crypto import CannotDecrypt, Vault
from deskbridge.teams.graph_errors import LicenseMissing, ScopeMissing, Unauthorized
from deskbridge.teams.ids import Bearer
from deskbridge.teams.msal_app import MicrosoftApp, SignInRefused, Token
from deskbridge.teams.reasons import Reason
from deskbridge.teams.standing import Standing
from deskbridge.teams.store import connections
from deskbridge.teams.store.connections import ConnectionRow

T = TypeVar("T")

EARLY = timedelta(minutes=5)
_NO_CONSENT = {Reason.CONSENT_NEEDED, Reason.CONSENT_WITHDRAWN, Reason.CONSENT_DECLINED}


class NotAllowed(Exception):
    """Microsoft has not allowed the app what it asked for beside what it always needs; the connection stays."""


class NotConnected(Exception):
    """The agent has no Teams connection that works; it has been noticed and told."""


def place_of_tokens(user_id: UserId) -> str:
    """What a token cache is bound to in the vault."""
    return f"teams_connections.token_cache:{user_id}"


class Tokens:
    """Asks Microsoft once at a time for each agent."""

    def __init__(self, db: Database, clock: Clock, app: MicrosoftApp, vault: Vault, standing: Standing) -> None:
        self._db = db
        self._clock = clock
        self._app = app
        self._vault = vault
        self._standing = standing
        self._known: dict[UserId, dict[str, tuple[datetime | None, Token]]] = {}
        self._turns: defaultdict[UserId, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def use(self, row: ConnectionRow, ask: Callable[[Bearer], Awaitable[T]], *, fresh: bool = False) -> T:
        """Ask Graph as the agent. A token that is refused is replaced once; after that the connection is lost (C7).

        Raises NotConnected, MicrosoftUnavailable, and what `ask` raises.
        """
        try:
            try:
                return await ask(await self._token(row, fresh=fresh))
            except Unauthorized:
                return await ask(await self._token(row, fresh=True))
        except Unauthorized as error:
            await self._lose(row, Reason.EXPIRED)
            raise NotConnected from error
        except LicenseMissing as error:
            await self._lose(row, Reason.NO_LICENSE)
            raise NotConnected from error
        except ScopeMissing as error:
            await self._lose(row, Reason.CONSENT_WITHDRAWN)
            raise NotConnected from error

    async def use_for(self, row: ConnectionRow, permission: str, ask: Callable[[Bearer], Awaitable[T]]) -> T:
        """As `use`, with a token that has one permission more; raises NotAllowed where Microsoft does not give it."""
        try:
            try:
                return await ask(await self._token(row, fresh=False, more=permission))
            except Unauthorized:
                return await ask(await self._token(row, fresh=True, more=permission))
        except ScopeMissing as error:
            raise NotAllowed from error
        except Unauthorized as error:
            await self._lose(row, Reason.EXPIRED)
            raise NotConnected from error

    def forget(self, user_id: UserId) -> None:
        """The agent was disconnected."""
        self._known.pop(user_id, None)

    async def _lose(self, row: ConnectionRow, reason: Reason, number: int | None = None) -> None:
        self.forget(row.user_id)
        await self._standing.lose(row, reason, number)

    async def _token(self, row: ConnectionRow, *, fresh: bool, more: str = "") -> Bearer:
        async with self._turns[row.user_id]:
            made_for, known = self._known.get(row.user_id, {}).get(more, (None, None))
            if known and not fresh and made_for == row.connected_at and known.expires_at > self._clock() + EARLY:
                return known.bearer
            token = await self._ask(row, fresh=fresh, more=more)
            self._known.setdefault(row.user_id, {})[more] = (row.connected_at, token)
            return token.bearer

    async def _ask(self, row: ConnectionRow, *, fresh: bool, more: str) -> Token:
        async with self._db.read() as connection:
            now = await connections.find(connection, row.user_id)
        if now is None or not now.is_connected or now.token_cache is None:
            raise NotConnected
        place = place_of_tokens(row.user_id)
        try:
            stored = self._vault.decrypt(now.token_cache, place).decode()
            token = await self._app.refresh(now.tenant_id, stored, fresh=fresh, more=more.split())
        except CannotDecrypt as error:
            await self._lose(now, Reason.EXPIRED)
            raise NotConnected from error
        except SignInRefused as error:
            if more and error.reason in _NO_CONSENT:
                # What it always needs may well be allowed still: that shows when it is used.
                raise NotAllowed from error
            await self._lose(now, error.reason, error.number)
            raise NotConnected from error
        if token.cache is not None:
            sealed = self._vault.encrypt(token.cache.encode(), place)
            async with self._db.transaction() as tx:
                # Only where the same connection still stands: what an admin erased stays erased.
                current = await connections.find(tx.connection, row.user_id)
                if current is not None and current.connected_at == now.connected_at:
                    await connections.update_columns(tx.connection, row.user_id, token_cache=sealed)
        return token
