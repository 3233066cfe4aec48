"""Looking over an agent's list of chats: one request tells in which of them something was said that is not here (M5).

After a gap an agent may have hundreds of chats here, of which most had no news: reading each would take Microsoft's
limits for hours (facts.md 8). The list has each chat's last message, newest first; only where that one is not here the
chat itself is read (sync.py). What was done to older messages does not show in the list: chats that were lively are
read after a gap anyway, the others when the agent opens them (docs/decisions, 0017).

Triggered by a start, a connection, a subscription made anew, and by opening the workspace; otherwise once a day, which
is what Microsoft allows (facts.md 0.8). Of chats that belong to no Conversation here nothing is kept (H4).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from deskbridge.accounts.model import UserId
from deskbridge.clock import Clock
from deskbridge.storage.database import Database, Transaction
from deskbridge.teams.chat_resources import ChatPage
from deskbridge.teams.graph_errors import Refused
from deskbridge.teams.ids import ChatId, GraphMessageId, LinkId
from deskbridge.teams.lanes import NotYet, backoff
from deskbridge.teams.reading import Reading
from deskbridge.teams.resources import Unreadable, parse
from deskbridge.teams.slots import Slots
from deskbridge.teams.store import chats, connections, gaps, looks
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.store.leases import LEASE, Leases
from deskbridge.teams.store.looks import Look
from deskbridge.teams.tokens import NotConnected

log = structlog.get_logger(__name__)

AT_LEAST_EVERY: Final = timedelta(hours=25)
"""The sparse safety check. Microsoft allows one a day (facts.md 8, polling rule)."""
APART: Final = timedelta(minutes=5)
"""Between two looks that starts, or tabs being opened, cause: both come in numbers."""
OVERLAP: Final = timedelta(minutes=1)
MOST_PAGES: Final = 20
"""Of 50 chats: whoever has more with news is read as far as that, newest first."""
LIVELY_AT_START: Final = timedelta(minutes=30)
"""Before a start: as long as a process would have looked at a chat again (following_up.py)."""
LIVELY_AT_GAP: Final = timedelta(days=7)
"""Before a subscription was made anew: for how long nothing was told, nobody knows for sure."""

_News = Mapping[ChatId, tuple[GraphMessageId, datetime]]


async def after_start(tx: Transaction, now: datetime) -> None:
    """Nobody may have listened for a while."""
    await looks.ask_all(tx.connection, now - APART)
    await gaps.ask_for_lively(tx.connection, now - LIVELY_AT_START)


async def after_gap(tx: Transaction, user_id: UserId, now: datetime) -> None:
    """That agent may have been told nothing for a while."""
    await looks.ask(tx.connection, user_id, has_gap=True)
    await gaps.ask_for_lively(tx.connection, now - LIVELY_AT_GAP, user_id)
    tx.announce(f"teams_sync.{user_id}")
    tx.announce(f"teams_look.{user_id}")


class LookOver:
    """Looks over the lists that are due, one lane for each agent."""

    def __init__(self, db: Database, clock: Clock, reading: Reading, leases: Leases) -> None:
        self._db = db
        self._clock = clock
        self._reading = reading
        self._leases = leases
        self._slots = Slots(clock)
        self._hurried: set[str] = set()

    def hurry(self, key: str) -> None:
        """Somebody looks at the workspace: that list comes before the others."""
        self._hurried.add(key)

    async def ask(self, user_id: UserId) -> None:
        """The agent has opened the workspace."""
        earliest = self._clock() - APART
        async with self._db.read() as connection:
            look = await looks.find(connection, user_id)
        if look is None or look.since is None or look.since > earliest:
            return
        async with self._db.transaction() as tx:
            if await looks.ask(tx.connection, user_id, earliest, has_gap=False):
                tx.announce(f"teams_look.{user_id}")

    async def find(self) -> list[str]:
        """Agents whose list is due."""
        now = self._clock()
        return list(await self._db.read_through(lambda there: looks.list_due(there, now - AT_LEAST_EVERY)))

    async def work(self, key: str) -> datetime | None:
        """Look over the list of an agent."""
        lease = f"look:{key}"
        if not await self._leases.claim(lease):
            return self._clock() + LEASE
        try:
            async with self._db.read() as connection:
                row = await connections.find(connection, UserId(key))
                look = await looks.find(connection, UserId(key))
            if row is not None and row.is_usable and look is not None:
                if key not in self._hurried:
                    self._slots.take(key)
                await self._look(row, look)
                self._hurried.discard(key)
        except NotConnected:
            log.info("not_connected_any_more", user_id=key)
        finally:
            await self._leases.release(lease)
        return None

    async def _look(self, row: ConnectionRow, look: Look) -> None:
        at = self._clock()
        news: _News = {}
        try:
            at, news = await self._read(row, (look.since or at) - OVERLAP)
        except Refused as error:
            log.warning("chats_not_looked_over", user_id=row.user_id, error=str(error)[:200])
        missing = await self._missing(row, news)
        async with self._db.transaction() as tx:
            if missing:
                await gaps.ask_for_sync(tx.connection, link_ids=missing, has_gap=look.has_gap)
                tx.announce(f"teams_sync.{row.user_id}")
            await looks.looked(tx.connection, row.user_id, look, at)
        log.info("chats_looked_over", user_id=row.user_id, with_news=len(missing))

    async def _read(self, row: ConnectionRow, since: datetime) -> tuple[datetime, _News]:
        path: str | None = "/me/chats"
        params: dict[str, str] | None = {
            "$top": "50",
            "$expand": "lastMessagePreview",
            "$orderby": "lastMessagePreview/createdDateTime desc",
        }
        news: dict[ChatId, tuple[GraphMessageId, datetime]] = {}
        first: datetime | None = None
        for _ in range(MOST_PAGES):
            answer = await self._reading.get(row, path or "", params)
            first = first or answer.at
            try:
                page = parse(ChatPage, answer.body)
            except Unreadable as error:
                raise NotYet(self._clock() + backoff(5)) from error
            last = [(each.id, each.last_message_preview) for each in page.value if each.last_message_preview]
            news |= {ChatId(id_): (GraphMessageId(it.id), it.created) for id_, it in last if it.created >= since}
            path, params = page.next_link, None
            if not path or any(it.created < since for _, it in last):
                break
        return first or self._clock(), news

    async def _missing(self, row: ConnectionRow, news: _News) -> list[LinkId]:
        """Chats here whose last message is not."""
        async with self._db.read() as connection:
            links = await chats.list_by_chats(connection, row.user_id, list(news))
            found: list[LinkId] = []
            for link in links:
                id_, created = news[link.chat_id]
                is_ours = link.since is not None and created >= link.since
                if is_ours and await chats.find_message(connection, link.id, id_) is None:
                    found.append(link.id)
        return found
