"""Filling gaps (M5): a chat is read from where we are sure, through the same lane as what Microsoft tells by itself.

Triggered by a start, a connection or a subscription made anew (looking_over.py says which chats), by something that
happened in the chat (following_up.py), by opening the conversation, or by Microsoft saying that it missed something;
never by the clock (facts.md 8, polling rule). What is read and the mark behind it are stored in one transaction with
the end of the request for it: killed before, it is read again; killed after, it is in the inbox.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from deskbridge.accounts.model import UserId
from deskbridge.clock import Clock
from deskbridge.conversations import retention_store, views
from deskbridge.conversations.model import ConversationId
from deskbridge.storage.database import Database
from deskbridge.teams.graph_errors import Refused
from deskbridge.teams.ids import GraphMessageId
from deskbridge.teams.lanes import NotYet
from deskbridge.teams.reading import PACE, Reading
from deskbridge.teams.resources import ChatMessage, Unreadable, parse
from deskbridge.teams.slots import Slots
from deskbridge.teams.store import chats, connections, gaps, inbox, read_states
from deskbridge.teams.store.chats import Link
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.store.inbox import ItemKind, NewItem
from deskbridge.teams.store.leases import LEASE, Leases
from deskbridge.teams.tokens import NotConnected

log = structlog.get_logger(__name__)

OVERLAP: Final = timedelta(seconds=5)
"""Read again each time: Microsoft's lists may lag behind its clock, and what is here already changes nothing."""
OPENED_APART: Final = timedelta(minutes=10)
"""Between two reads of a chat that opening its conversation causes."""


_AGAIN_AFTER: Final = timedelta(minutes=1)
"""Where a later page was refused, perhaps since the way to it had become too old."""


class Sync:
    """Reads chats that are due, one lane for each agent."""

    def __init__(self, db: Database, clock: Clock, reading: Reading, leases: Leases) -> None:
        self._db = db
        self._clock = clock
        self._reading = reading
        self._leases = leases
        self._slots = Slots(clock)

    async def ask_opened(self, user_id: UserId, conversation_id: ConversationId) -> None:
        """The agent looks at that conversation: it is read now, unless it just was."""
        async with self._db.read() as connection:
            row = await connections.find(connection, user_id)
            if row is None or not row.is_connected:
                return
            link = await chats.find_for_conversation(connection, conversation_id, row.microsoft_user_id)
        read_at = None if link is None else link.read_up_to or link.since
        if link is not None and read_at is not None and read_at < self._clock() - OPENED_APART:
            async with self._db.transaction() as tx:
                await gaps.ask_for_sync(tx.connection, link_ids=[link.id], times=gaps.URGENT)
                tx.announce(f"teams_sync.{user_id}")

    async def find(self) -> list[str]:
        """Agents with chats that are to be read."""
        return list(await self._db.read_through(gaps.list_users_with_sync_due))

    async def work(self, key: str) -> datetime | None:
        """Read the next chat of an agent."""
        lease = f"sync:{key}"
        if not await self._leases.claim(lease):
            return self._clock() + LEASE
        try:
            async with self._db.read() as connection:
                row = await connections.find(connection, UserId(key))
                link, is_more = await gaps.find_sync_due(connection, UserId(key))
            if row is None or not row.is_usable or link is None:
                return None
            if link.sync_asked < gaps.URGENT:
                self._slots.take(key)
            await self._read(row, link)
            return self._clock() + PACE if is_more else None
        except NotConnected:
            return None
        finally:
            await self._leases.release(lease)

    async def _read(self, row: ConnectionRow, link: Link) -> None:
        after = link.read_up_to or link.since
        items: list[NewItem] = []
        read_at: datetime | None = None
        async with self._db.read() as connection:
            line = await retention_store.find_line(connection, link.conversation_id, self._clock())
        try:
            if after is not None and link.microsoft_user_id == row.microsoft_user_id:
                async for at, page in self._reading.changes(row, link.chat_id, after - OVERLAP):
                    read_at = read_at or at
                    items += [item for raw in page if (item := _item(link, bytes(raw), line))]
        except Refused as error:
            log.warning("chat_not_read", link_id=link.id, error=str(error)[:200])
            if read_at is not None:
                # What has been read is not all: it begins again. Whoever is not in the chat any more learns it then.
                raise NotYet(self._clock() + _AGAIN_AFTER) from error
        # Oldest first, so that what is new appears in its order.
        items.reverse()
        async with self._db.transaction() as tx:
            if read_at is not None:
                mark = read_at.isoformat().encode()
                items.append(NewItem(link.id, ItemKind.COMPLETE, GraphMessageId(""), mark))
            await inbox.insert(tx.connection, items, self._clock())
            await gaps.end_sync(tx.connection, link, read_at)
            tx.announce(f"teams_inbox.{link.id}")
            seen = await views.find_conversation(tx.connection, link.conversation_id, link.user_id)
            if seen is not None and (seen.unread or len(items) > 1):
                # Something is, or is about to be, unread here: perhaps the agent has read it there.
                await read_states.ask(tx.connection, link.id, self._clock())
                tx.announce(f"teams_read_states.{link.user_id}")
        log.info("chat_read", link_id=link.id, messages=max(len(items) - 1, 0))


def _item(link: Link, raw: bytes, line: datetime | None) -> NewItem | None:
    """What was said before our first message is not even stored (H4), nor what is no longer kept."""
    try:
        message = parse(ChatMessage, raw)
    except Unreadable as error:
        log.warning("message_not_read", link_id=link.id, error=str(error)[:200])
        return None
    if link.since is None or message.created < max(link.since, line or link.since):
        return None
    kind = ItemKind.READ if link.has_gap else ItemKind.CHECKED
    return NewItem(link.id, kind, GraphMessageId(message.id[:200]), raw)
