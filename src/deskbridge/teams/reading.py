"""Reads of Graph as an agent, paced: one at a time for each agent, at most 0.8 a second (facts.md 8).

Reads are only ever made because something happened; nothing here runs by the clock (facts.md 8, polling rule).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

import msgspec

from deskbridge.accounts.model import UserId
from deskbridge.clock import Clock
from deskbridge.teams.graph import Answer, GraphClient
from deskbridge.teams.graph_errors import NoAnswer, NotReached, Throttled
from deskbridge.teams.ids import ChatId
from deskbridge.teams.lanes import NotYet, backoff
from deskbridge.teams.resources import MessagePage, Unreadable, parse, to_graph
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.tokens import Tokens

PACE: Final = timedelta(seconds=1.25)
MOST_PAGES: Final = 200
"""Of 50 messages: a gap of more than 10,000 messages in one chat is read up to there, newest first."""


class Reading:
    """The agents' reads in this process."""

    def __init__(self, graph: GraphClient, tokens: Tokens, clock: Clock) -> None:
        self._graph = graph
        self._tokens = tokens
        self._clock = clock
        self._turns: defaultdict[UserId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._not_before: dict[UserId, datetime] = {}

    async def get(self, row: ConnectionRow, path: str, params: dict[str, str] | None = None) -> Answer:
        """Read once; raises NotYet when it is not this agent's turn, else what Tokens.use raises."""
        async with self._turns[row.user_id]:
            now = self._clock()
            not_before = self._not_before.get(row.user_id, now)
            if not_before > now:
                raise NotYet(not_before)
            self._not_before[row.user_id] = now + PACE
            try:
                return await self._tokens.use(row, lambda bearer: self._graph.get(bearer, path, params))
            except (Throttled, NoAnswer, NotReached) as error:
                asked = None if isinstance(error, NotReached) else error.retry_after
                until = self._clock() + max(asked or backoff(3), PACE)
                self._not_before[row.user_id] = until
                raise NotYet(until) from error

    async def changes(
        self, row: ConnectionRow, chat_id: ChatId, after: datetime
    ) -> AsyncIterator[tuple[datetime, list[msgspec.Raw]]]:
        """Everything in the chat that changed after that moment, newest first, page by page (facts.md 6.3).

        Each page comes with Microsoft's time of the answer.
        """
        path: str | None = f"/chats/{chat_id}/messages"
        params: dict[str, str] | None = {
            "$top": "50",
            # A filter is ignored unless the order names the same property.
            "$orderby": "lastModifiedDateTime desc",
            "$filter": f"lastModifiedDateTime gt {to_graph(after)}",
        }
        for number in range(MOST_PAGES):
            answer = await self.get(row, path or "", params) if not number else await self._next_page(row, path or "")
            try:
                page = parse(MessagePage, answer.body)
            except Unreadable as error:
                raise NotYet(self._clock() + backoff(5)) from error
            yield answer.at, page.value
            path, params = page.next_link, None
            if not path:
                return

    async def _next_page(self, row: ConnectionRow, path: str) -> Answer:
        # Beginning again at the first page would never get to the last one: wait here.
        while True:
            try:
                return await self.get(row, path)
            except NotYet as wait:
                await asyncio.sleep(min(max((wait.until - self._clock()).total_seconds(), 0.0), 60.0))
