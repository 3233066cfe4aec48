"""Who is still signed in, and how far is their feed: every tab asks with every ping, and many are answered together.

5,000 tabs ask 250 times a second; asked one by one that would be most of what the database does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts import sessions
from deskbridge.accounts.session_store import SessionId
from deskbridge.accounts.sessions import Lasting
from deskbridge.clock import Clock
from deskbridge.storage import feed
from deskbridge.storage.database import Database
from deskbridge.storage.feed import Topic

GATHER: Final = timedelta(milliseconds=100)
"""Who asks within this time is answered together; a pong may take seconds before a browser wonders."""
MOST_TOGETHER: Final = 500

Asked = tuple[SessionId, Topic]


class RollCall:
    """One per process."""

    def __init__(self, db: Database, clock: Clock, lasting: Lasting) -> None:
        self._db = db
        self._lasting = lasting
        self._clock = clock
        self._open: tuple[set[Asked], asyncio.Task[Mapping[Asked, int]]] | None = None
        self._rounds: set[asyncio.Task[Mapping[Asked, int]]] = set()

    async def ask(self, session_id: SessionId, topic: Topic) -> int | None:
        """The number of the feed's newest event, or None when the session has ended."""
        if self._open is None or len(self._open[0]) >= MOST_TOGETHER:
            self._open = self._begin()
        asked, answer = self._open
        asked.add((session_id, topic))
        # One who leaves meanwhile does not take the others along.
        return (await asyncio.shield(answer)).get((session_id, topic))

    async def close(self) -> None:
        """Leave off."""
        for each in self._rounds:
            each.cancel()
        await asyncio.gather(*self._rounds, return_exceptions=True)

    def _begin(self) -> tuple[set[Asked], asyncio.Task[Mapping[Asked, int]]]:
        asked: set[Asked] = set()
        answer = asyncio.create_task(self._answer(asked), name="roll-call")
        self._rounds.add(answer)
        answer.add_done_callback(self._rounds.discard)
        return asked, answer

    async def _look(
        self, connection: AsyncConnection, asked: set[Asked], now: datetime
    ) -> tuple[tuple[set[SessionId], set[SessionId]], dict[Topic, int]]:
        live = await sessions.list_signed_in(connection, {each for each, _ in asked}, now, self._lasting)
        return live, await feed.heads_of(connection, {topic for _, topic in asked})

    async def _answer(self, asked: set[Asked]) -> Mapping[Asked, int]:
        await asyncio.sleep(GATHER.total_seconds())
        if self._open is not None and self._open[0] is asked:
            self._open = None
        now = self._clock()
        (signed_in, due), heads = await self._db.read_through(lambda connection: self._look(connection, asked, now))
        if due:
            # An open workspace is in use, also when only others write.
            await sessions.prolong(self._db, due, now, self._lasting)
        return {(each, topic): heads.get(topic, 0) for each, topic in asked if each in signed_in}
