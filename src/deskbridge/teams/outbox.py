"""The durable outbox: one lane for each sending agent, so that all that an agent sends is in order and paced.

A conversation whose head must wait does not hold up the agent's other conversations; within one, nothing overtakes.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from deskbridge.accounts.model import UserId
from deskbridge.clock import Clock
from deskbridge.conversations import service
from deskbridge.conversations import store as conversations_store
from deskbridge.conversations.model import ConversationId, DeliveryId
from deskbridge.conversations.store import QueuedDelivery
from deskbridge.directory.model import Platform
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.storage.database import Database
from deskbridge.teams.following_up import FollowUp
from deskbridge.teams.lanes import NotYet, backoff
from deskbridge.teams.linking import Linking
from deskbridge.teams.reconciling import Reconciler
from deskbridge.teams.sending import AWAY, CannotBeSent, Sender
from deskbridge.teams.standing import shown
from deskbridge.teams.store import chats, connections
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.store.leases import LEASE, Leases
from deskbridge.teams.tokens import NotConnected

log = structlog.get_logger(__name__)

CONNECT_FIRST = "The message waits until you connect your Microsoft Teams account. {}"


class Carriers:
    """What a message goes through on its way: its chat, the sending, the looking after a lost answer."""

    def __init__(self, linking: Linking, sender: Sender, reconciler: Reconciler, follow_up: FollowUp) -> None:
        self._linking = linking
        self._sender = sender
        self._reconciler = reconciler
        self._follow_up = follow_up

    async def carry(self, row: ConnectionRow, delivery: QueuedDelivery, lease: str) -> None:
        """One step further; raises NotYet, CannotBeSent, NotConnected or MicrosoftUnavailable."""
        link = await self._linking.link_for(row, delivery)
        if link.attempt is not None:
            await self._reconciler.reconcile(row, link, link.attempt)
        else:
            await self._sender.send(row, link, delivery, lease)
            self._follow_up.note(link.id)


class Outbox:
    """Sends what is queued."""

    def __init__(self, db: Database, clock: Clock, carriers: Carriers, leases: Leases) -> None:
        self._db = db
        self._clock = clock
        self._carriers = carriers
        self._leases = leases
        self._told: dict[DeliveryId, str] = {}

    async def find(self) -> list[str]:
        """Agents who have something to send."""
        return list(dict.fromkeys(head.sender_user_id for head in await self._heads(None)))

    async def work(self, key: str) -> datetime | None:
        """Send everything that can go now; the answer is when the next can."""
        lease = f"outbox:{key}"
        if not await self._leases.claim(lease):
            return self._clock() + LEASE
        try:
            return await self._send_all(UserId(key), lease)
        finally:
            await self._leases.release(lease)

    async def _send_all(self, user_id: UserId, lease: str) -> datetime | None:
        waits: dict[ConversationId, datetime] = {}
        while True:
            heads = [each for each in await self._heads(user_id) if each.conversation_id not in waits]
            if not heads:
                return min(waits.values(), default=None)
            for head in heads:
                if not await self._leases.claim(lease):
                    return self._clock() + LEASE
                async with self._db.read() as connection:
                    row = await connections.find(connection, user_id)
                if row is None or not row.is_connected:
                    await self._wait_for_connection(user_id, row)
                    return None
                until = await self._step(row, head, lease)
                if until is not None:
                    waits[head.conversation_id] = until

    async def _step(self, row: ConnectionRow, head: QueuedDelivery, lease: str) -> datetime | None:
        try:
            await self._carriers.carry(row, head, lease)
            self._told.pop(head.id, None)
        except NotYet as wait:
            return wait.until
        except NotConnected:
            # Noticed and told; the next step finds the connection lost and says so to what waits.
            return None
        except MicrosoftUnavailable as error:
            await self._say(head.id, error.message or AWAY)
            return self._clock() + backoff(5)
        except CannotBeSent as error:
            await self._fail(row, head, error.sentence)
        return None

    async def _heads(self, user_id: UserId | None) -> list[QueuedDelivery]:
        """What is next in each conversation; of one agent, or of everyone."""
        async with self._db.read() as connection:
            heads: list[QueuedDelivery] = []
            for each in await conversations_store.list_queued_conversations(connection, Platform.TEAMS):
                queued = await conversations_store.list_queued(connection, each, Platform.TEAMS)
                heads += queued[:1]
        return [head for head in heads if user_id in {None, head.sender_user_id}]

    async def _fail(self, row: ConnectionRow, head: QueuedDelivery, sentence: str) -> None:
        log.info("message_failed", delivery_id=head.id)
        async with self._db.transaction() as tx:
            link = await chats.find_for_conversation(tx.connection, head.conversation_id, row.microsoft_user_id)
            if link is not None and link.attempt is not None:
                await chats.end_attempt(tx.connection, link.id, link.attempt.delivery_id)
                tx.announce(f"teams_inbox.{link.id}")
            await service.mark_failed(tx, head.id, sentence, self._clock())

    async def _wait_for_connection(self, user_id: UserId, row: ConnectionRow | None) -> None:
        """Messages wait rather than vanish, and say for what (C7)."""
        sentence = CONNECT_FIRST.format(shown(row).remedy or "").strip()
        for head in await self._heads(user_id):
            async with self._db.read() as connection:
                queued = await conversations_store.list_queued(connection, head.conversation_id, Platform.TEAMS)
            for each in queued:
                await self._say(each.id, sentence)

    async def _say(self, delivery_id: DeliveryId, sentence: str) -> None:
        if self._told.get(delivery_id) == sentence:
            return
        async with self._db.transaction() as tx:
            await service.mark_waiting(tx, delivery_id, sentence, self._clock())
        self._told[delivery_id] = sentence
        while len(self._told) > 10_000:
            del self._told[next(iter(self._told))]
