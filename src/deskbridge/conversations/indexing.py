"""Taking messages that are due into the index in which they are searched: many at a time, in the background.

Not in `service.py` because nothing anybody sees changes: searches look at what is due as well. Taking each message in
when it is written would cost a transaction more than all the rest of it.
"""

from __future__ import annotations

from typing import Final

from deskbridge.conversations import search_store
from deskbridge.storage.database import Database, Transaction

TOGETHER: Final = 25
"""A change of one of these waits meanwhile."""
TOGETHER_ON_SQLITE: Final = 10
"""Here everybody who writes waits: 0.8 ms and a commit, measured. 25 take 1.8, at the same cost for each."""


class Indexing:
    """One for each process; several at once do no harm."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._at_most = TOGETHER_ON_SQLITE if db.is_sqlite else TOGETHER

    async def find(self) -> list[str]:
        """Something, if anything is due."""
        return ["due"] if await self._db.read_through(search_store.is_any_due) else []

    async def work(self, key: str) -> None:
        """Until nothing is due."""
        while await self.take_some():
            pass

    async def take_some(self) -> bool:
        """One transaction; whether there was anything."""
        return await self._db.perform(self._take)

    async def _take(self, tx: Transaction) -> bool:
        some = await search_store.take_due(tx.connection, self._at_most)
        if some:
            await search_store.replace(tx.connection, list(some), [each for each in some.values() if each])
        return bool(some)
