"""Ending a connection: the tokens go here, the subscriptions go at Microsoft, what was said stays (C8)."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from deskbridge.accounts.model import User
from deskbridge.clock import Clock
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.storage.database import Database
from deskbridge.teams.farewells import Farewells, say_farewell
from deskbridge.teams.graph_errors import GraphTrouble
from deskbridge.teams.standing import Standing
from deskbridge.teams.store import connections
from deskbridge.teams.tokens import Tokens

log = structlog.get_logger(__name__)

WITHIN: Final = 4.0
"""Seconds for Microsoft, while the admin waits; what it did not do by then is done when it answers (decision 0012)."""


class Disconnecting:
    """Only an admin does this."""

    def __init__(self, db: Database, clock: Clock, standing: Standing, tokens: Tokens, farewells: Farewells) -> None:
        self._db = db
        self._clock = clock
        self.standing = standing
        self._tokens = tokens
        self._farewells = farewells

    async def disconnect(self, user: User) -> None:
        """Afterwards the user can connect as any Microsoft user."""
        async with self._db.transaction() as tx:
            if await connections.find(tx.connection, user.id) is None:
                return
            await say_farewell(tx, user.id, self._clock())
            await self.standing.erase(tx, user)
        self._tokens.forget(user.id)
        log.info("teams_disconnected", user_id=user.id)
        try:
            async with asyncio.timeout(WITHIN):
                await self._farewells.delete_all(user.id)
        except (GraphTrouble, MicrosoftUnavailable, TimeoutError) as error:
            log.warning("subscription_not_deleted_yet", user_id=user.id, error=repr(error)[:200])
