"""Read here is read in Teams, and the other way round, for the agent's own part of the chat (facts.md 5 and 9).

Nobody else's read state exists at Microsoft (M3). What was read here is told with `markChatReadForUser`, once and only
where something was unread. What was read in Teams is the caller's own `viewpoint` of the chat: it is looked at when the
workspace is opened and after a chat was read because something happened in it, never by the clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from deskbridge.accounts.model import UserId
from deskbridge.clock import Clock
from deskbridge.conversations import read_store, service, views
from deskbridge.conversations.read_store import ReadHere
from deskbridge.storage.database import Database
from deskbridge.teams.graph import Answer, GraphClient
from deskbridge.teams.graph_errors import NoAnswer, NotReached, Refused, Throttled
from deskbridge.teams.ids import Bearer, LinkId
from deskbridge.teams.lanes import NotYet, backoff
from deskbridge.teams.pacing import Pacing
from deskbridge.teams.reading import PACE, Reading
from deskbridge.teams.resources import Chat, Unreadable, in_utc, parse
from deskbridge.teams.store import chats, connections, read_states
from deskbridge.teams.store.chats import Link
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.store.leases import LEASE, Leases
from deskbridge.teams.tokens import NotConnected, Tokens

log = structlog.get_logger(__name__)

APART: Final = timedelta(minutes=1)
"""Between two looks at one chat that opening the workspace causes: tabs come in numbers."""


class ReadTeller:
    """Tells Teams what was read here, in the lane of the agent's outbox."""

    def __init__(self, db: Database, clock: Clock, graph: GraphClient, tokens: Tokens, pacing: Pacing) -> None:
        self._db = db
        self._clock = clock
        self._graph = graph
        self._tokens = tokens
        self._pacing = pacing

    async def carry(self, row: ConnectionRow, link: Link | None, read: ReadHere, lease: str) -> None:
        """Mark the chat read; raises NotYet, NotConnected or MicrosoftUnavailable."""
        if link is not None and link.since is not None:
            if not await self._pacing.take_turn(row, lease):
                return
            await self._mark(row, link)
        async with self._db.transaction() as tx:
            await read_store.set_read_told(tx.connection, read)

    async def _mark(self, row: ConnectionRow, link: Link) -> None:
        body = {"user": {"id": row.microsoft_user_id, "tenantId": row.tenant_id}}

        async def ask(bearer: Bearer) -> Answer:
            return await self._graph.post(bearer, f"/chats/{link.chat_id}/markChatReadForUser", body)

        try:
            await self._tokens.use(row, ask)
        except (Throttled, NoAnswer, NotReached) as error:
            # Twice read is read: without an answer it is simply said again.
            asked = None if isinstance(error, NotReached) else error.retry_after
            until = self._clock() + (asked or backoff(3))
            if isinstance(error, Throttled):
                await self._pacing.wait_until(row, until)
            raise NotYet(until) from error
        except Refused as error:
            # The agent can do nothing about it, and loses nothing but a badge in Teams.
            log.info("chat_not_marked_read", link_id=link.id, error=str(error)[:200])


class ReadStates:
    """Looks at chats that may have been read in Teams itself; one lane for each agent."""

    def __init__(self, db: Database, clock: Clock, reading: Reading, leases: Leases) -> None:
        self._db = db
        self._clock = clock
        self._reading = reading
        self._leases = leases

    async def find(self) -> list[str]:
        """Agents with chats to be looked at."""
        return list(await self._db.read_through(read_states.list_users))

    async def ask_all(self, user_id: UserId) -> None:
        """The agent has opened the workspace: chats that look unread here may have been read elsewhere."""
        async with self._db.read() as connection:
            row = await connections.find(connection, user_id)
            if row is None or not row.is_connected:
                return
            seen = await views.list_conversations(connection, user_id)
            unread = [each.id for each in seen if each.unread]
            links = [await chats.find_for_conversation(connection, each, row.microsoft_user_id) for each in unread[:50]]
        ids = [link.id for link in links if link is not None and link.since is not None]
        if ids:
            now = self._clock()
            async with self._db.transaction() as tx:
                for link_id in ids:
                    await read_states.ask(tx.connection, link_id, now, now - APART)
                tx.announce(f"teams_read_states.{user_id}")

    async def work(self, key: str) -> datetime | None:
        """Look at the next chat of an agent."""
        lease = f"read_states:{key}"
        if not await self._leases.claim(lease):
            return self._clock() + LEASE
        try:
            async with self._db.read() as connection:
                row = await connections.find(connection, UserId(key))
                due = await read_states.find_next(connection, UserId(key))
            if row is None or not row.is_connected or due is None:
                return None
            await self._look(row, *due)
            return self._clock() + PACE
        except NotConnected:
            return None
        finally:
            await self._leases.release(lease)

    async def _look(self, row: ConnectionRow, link_id: LinkId, asked_at: datetime) -> None:
        async with self._db.read() as connection:
            link = await chats.find(connection, link_id)
        read_up_to: datetime | None = None
        if link is not None and link.microsoft_user_id == row.microsoft_user_id:
            try:
                answer = await self._reading.get(row, f"/chats/{link.chat_id}")
                seen = parse(Chat, answer.body).viewpoint
                if seen is not None and seen.last_message_read_date_time is not None:
                    read_up_to = in_utc(seen.last_message_read_date_time)
            except (Refused, Unreadable) as error:
                log.info("read_state_not_read", link_id=link.id, error=str(error)[:200])
        async with self._db.transaction() as tx:
            await read_states.looked(tx.connection, link_id, asked_at)
            if link is not None and read_up_to is not None:
                await service.read_up_to(tx, link.user_id, link.conversation_id, read_up_to)
