"""The pace at which an agent writes to Teams, over all processes and restarts: it is kept with the connection."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from deskbridge.clock import Clock
from deskbridge.storage.database import Database
from deskbridge.teams.lanes import NotYet
from deskbridge.teams.store import connections
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.store.leases import Leases

PACE: Final = timedelta(seconds=1.25)
"""0.8 requests a second for each user: the sustained limit is about 83 % of the 1 that is listed (facts.md 8). The
first after a pause goes at once."""


class Pacing:
    """Whose turn it is."""

    def __init__(self, db: Database, clock: Clock, leases: Leases) -> None:
        self._db = db
        self._clock = clock
        self._leases = leases

    async def take_turn(self, row: ConnectionRow, lease: str) -> bool:
        """Raises NotYet before it is the agent's turn; False when the lane is not ours any more."""
        now = self._clock()
        if row.send_after is not None and row.send_after > now:
            raise NotYet(row.send_after)
        async with self._db.transaction() as tx:
            if not await self._leases.renew(tx.connection, lease):
                return False
            await connections.update_columns(tx.connection, row.user_id, send_after=now + PACE)
        return True

    async def wait_until(self, row: ConnectionRow, moment: datetime) -> None:
        """Microsoft asks for it: neither a restart nor another process asks earlier."""
        async with self._db.transaction() as tx:
            await connections.update_columns(tx.connection, row.user_id, send_after=moment)
