"""Filling gaps (M5): a chat is read from where we are sure, through the same lane as what Microsoft tells by itself.

Triggered by a start, a connection, a subscription made anew, or Microsoft saying that it missed something; never by the
clock (facts.md 8, polling rule). What is read and the mark behind it are stored in one transaction with the end of the
request for it: killed before, it is read again; killed after, it is in the inbox.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from deskbridge.accounts.model import UserId
from deskbridge.clock import Clock
from deskbridge.conversations import views
from deskbridge.storage.database import Database
from deskbridge.teams.graph_errors import Refused
from deskbridge.teams.ids import GraphMessageId
from deskbridge.teams.reading import PACE, Reading
from deskbridge.teams.resources import ChatMessage, Unreadable, parse
from deskbridge.teams.store import chats, connections, inbox, read_states
from deskbridge.teams.store.chats import Link
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.store.inbox import ItemKind, NewItem
from deskbridge.teams.store.leases import LEASE, Leases
from deskbridge.teams.tokens import NotConnected

log = structlog.get_logger(__name__)

OVERLAP: Final = timedelta(seconds=5)
"""Read again each time: Microsoft's lists may lag behind its clock, and what is here already changes nothing."""


class Sync:
    """Reads chats that are due, one lane for each agent."""

    def __init__(self, db: Database, clock: Clock, reading: Reading, leases: Leases) -> None:
        self._db = db
        self._clock = clock
        self._reading = reading
        self._leases = leases

    async def find(self) -> list[str]:
        """Agents with chats that are to be read."""
        async with self._db.read() as connection:
            return list(await chats.list_users_with_sync_due(connection))

    async def work(self, key: str) -> datetime | None:
        """Read the next chat of an agent."""
        lease = f"sync:{key}"
        if not await self._leases.claim(lease):
            return self._clock() + LEASE
        try:
            async with self._db.read() as connection:
                row = await connections.find(connection, UserId(key))
                due = await chats.list_sync_due(connection, UserId(key))
            if row is None or not row.is_usable or not due:
                return None
            await self._read(row, due[0])
            return self._clock() + PACE if len(due) > 1 else None
        except NotConnected:
            return None
        finally:
            await self._leases.release(lease)

    async def _read(self, row: ConnectionRow, link: Link) -> None:
        after = link.read_up_to or link.since
        items: list[NewItem] = []
        read_at: datetime | None = None
        try:
            if after is not None and link.microsoft_user_id == row.microsoft_user_id:
                async for at, page in self._reading.changes(row, link.chat_id, after - OVERLAP):
                    read_at = read_at or at
                    items += [item for raw in page if (item := _item(link, bytes(raw)))]
        except Refused as error:
            # Not in the chat any more: there is nothing to complete.
            log.warning("chat_not_read", link_id=link.id, error=str(error)[:200])
        # Oldest first, so that what is new appears in its order.
        items.reverse()
        async with self._db.transaction() as tx:
            if read_at is not None:
                mark = read_at.isoformat().encode()
                items.append(NewItem(link.id, ItemKind.COMPLETE, GraphMessageId(""), mark))
            await inbox.insert(tx.connection, items, self._clock())
            await chats.end_sync(tx.connection, link, read_at)
            tx.announce(f"teams_inbox.{link.id}")
            seen = await views.find_conversation(tx.connection, link.conversation_id, link.user_id)
            if seen is not None and (seen.unread or len(items) > 1):
                # Something is, or is about to be, unread here: perhaps the agent has read it there.
                await read_states.ask(tx.connection, link.id, self._clock())
                tx.announce(f"teams_read_states.{link.user_id}")
        log.info("chat_read", link_id=link.id, messages=max(len(items) - 1, 0))


def _item(link: Link, raw: bytes) -> NewItem | None:
    """What was said before our first message is not even stored (H4)."""
    try:
        message = parse(ChatMessage, raw)
    except Unreadable:
        return None
    if link.since is None or message.created < link.since:
        return None
    return NewItem(link.id, ItemKind.READ, GraphMessageId(message.id[:200]), raw)
