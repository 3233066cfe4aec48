"""Ending a connection: the subscription goes at Microsoft, the tokens go here, what was said stays (C8)."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from deskbridge.accounts.model import User
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.storage.database import Database
from deskbridge.teams.graph_errors import GraphTrouble
from deskbridge.teams.standing import Standing
from deskbridge.teams.store import connections, subscriptions
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.subscriptions_at_microsoft import AtMicrosoft
from deskbridge.teams.tokens import NotConnected, Tokens

log = structlog.get_logger(__name__)

KINDS: Final = (subscriptions.CHAT_MESSAGES, subscriptions.PRESENCE)
WITHIN: Final = 4.0
"""Seconds for Microsoft, for each of the two. The tokens are erased in any case; a subscription that is left cannot be
renewed without them and ends within the hour, and what it still tells has no secret here that would match: it is
dropped."""


class Disconnecting:
    """Only an admin does this."""

    def __init__(self, db: Database, standing: Standing, tokens: Tokens, at_microsoft: AtMicrosoft) -> None:
        self._db = db
        self.standing = standing
        self._tokens = tokens
        self._at_microsoft = at_microsoft

    async def disconnect(self, user: User) -> None:
        """Afterwards the user can connect as any Microsoft user."""
        async with self._db.read() as connection:
            row = await connections.find(connection, user.id)
        if row is None:
            return
        if row.is_connected:
            for kind in KINDS:
                await self._delete_subscription(row, kind)
        async with self._db.transaction() as tx:
            for kind in KINDS:
                await subscriptions.remove(tx.connection, user.id, kind)
            await self.standing.erase(tx, user)
            tx.announce(f"teams_forget.{user.id}")
        self._tokens.forget(user.id)
        log.info("teams_disconnected", user_id=user.id)

    async def _delete_subscription(self, row: ConnectionRow, kind: str) -> None:
        async with self._db.read() as connection:
            found = await subscriptions.find(connection, row.user_id, kind)
        if found is None or found.subscription_id is None:
            return
        try:
            async with asyncio.timeout(WITHIN):
                await self._at_microsoft.delete(row, found.subscription_id)
        except (GraphTrouble, NotConnected, MicrosoftUnavailable, TimeoutError) as error:
            log.warning("subscription_not_deleted", user_id=row.user_id, error=repr(error)[:200])
