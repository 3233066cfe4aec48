"""The durable outbox: one lane for each sending agent, so that all that an agent sends is in order and paced.

A conversation whose head must wait does not hold up the agent's other conversations; within one, no message overtakes
another. What was done to messages afterwards (changing.py) goes the same way, one change of each message at a time.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from deskbridge.accounts.model import UserId
from deskbridge.clock import Clock
from deskbridge.conversations import change_store, queue_store, read_store, service
from deskbridge.conversations import store as conversations_store
from deskbridge.conversations.change_store import QueuedChange
from deskbridge.conversations.read_store import ReadHere
from deskbridge.conversations.store import QueuedDelivery
from deskbridge.directory.model import Platform
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.storage.database import Database
from deskbridge.teams.changing import Changer
from deskbridge.teams.following_up import FollowUp
from deskbridge.teams.lanes import NotYet, backoff
from deskbridge.teams.linking import Linking
from deskbridge.teams.read_state import ReadTeller
from deskbridge.teams.reconciling import Reconciler
from deskbridge.teams.sending import AWAY, CannotBeSent, Sender, ToSend
from deskbridge.teams.standing import shown
from deskbridge.teams.store import chats, connections, files
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.store.leases import LEASE, Leases
from deskbridge.teams.tokens import NotConnected
from deskbridge.teams.uploading import Uploader

log = structlog.get_logger(__name__)

Head = QueuedDelivery | QueuedChange | ReadHere
"""What is next in a conversation, or of a message."""

CONNECT_FIRST = "The message waits until you connect your Microsoft Teams account. {}"

OFF = "The message waits: chat with Microsoft Teams is switched off at the moment."


class Carriers:
    """What a message goes through on its way: its chat, its files, the sending, the looking after a lost answer."""

    def __init__(
        self,
        linking: Linking,
        sending: tuple[Uploader, Sender],
        reconciler: Reconciler,
        others: tuple[Changer, ReadTeller],
        follow_up: FollowUp,
    ) -> None:
        self._linking = linking
        self._uploader, self._sender = sending
        self._reconciler = reconciler
        self._changer, self._read_teller = others
        self._follow_up = follow_up

    async def carry(self, row: ConnectionRow, what: Head, lease: str) -> None:
        """One step further; raises NotYet, CannotBeSent, NotConnected or MicrosoftUnavailable."""
        if isinstance(what, ReadHere):
            link = await self._linking.find(row, what.conversation_id)
            await self._read_teller.carry(row, link, what, lease)
            return
        if isinstance(what, QueuedDelivery):
            link = await self._linking.link_for(row, what, lease)
        else:
            found = await self._linking.find(row, what.conversation_id)
            if found is None:
                await self._changer.carry(row, None, what, lease)
                return
            link = found
        if link.attempt is not None:
            await self._reconciler.reconcile(row, link, link.attempt)
            return
        if isinstance(what, QueuedDelivery):
            if await self._uploader.carry(row, link, what):
                return
            await self._sender.send(row, link, ToSend(what, await self._uploader.attachments(link, what)), lease)
        else:
            await self._changer.carry(row, link, what, lease)
        self._follow_up.note(link.id)


class Outbox:
    """Sends what is queued."""

    def __init__(self, db: Database, clock: Clock, carriers: Carriers, leases: Leases) -> None:
        self._db = db
        self._clock = clock
        self._carriers = carriers
        self._leases = leases
        self._told: dict[str, str] = {}

    async def find(self) -> list[str]:
        """Agents who have something to send."""
        return list(await self._db.read_through(lambda there: queue_store.list_senders(there, Platform.TEAMS)))

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
        waits: dict[str, datetime] = {}
        while True:
            heads = [each for each in await self._heads(user_id) if each.id not in waits]
            if not heads:
                return min(waits.values(), default=None)
            for head in heads:
                if not await self._leases.claim(lease):
                    return self._clock() + LEASE
                async with self._db.read() as connection:
                    row = await connections.find(connection, user_id)
                if row is None or not row.is_usable:
                    await self._wait_for_connection(user_id, row)
                    return None
                until = await self._step(row, head, lease)
                if until is not None:
                    waits[head.id] = until

    async def _step(self, row: ConnectionRow, head: Head, lease: str) -> datetime | None:
        try:
            await self._carriers.carry(row, head, lease)
            self._told.pop(head.id, None)
        except NotYet as wait:
            return wait.until
        except NotConnected:
            # Noticed and told; the next step finds the connection lost and says so to what waits.
            return None
        except MicrosoftUnavailable as error:
            await self._say(head, error.message or AWAY)
            return self._clock() + backoff(5)
        except CannotBeSent as error:
            await self._fail(row, head, error.sentence)
        return None

    async def _heads(self, user_id: UserId) -> list[Head]:
        """What is next of one agent in each conversation, and of each message that was changed."""
        async with self._db.read() as connection:
            heads: list[Head] = [*await change_store.list_queued(connection, user_id)]
            heads += await read_store.list_read_here(connection, user_id)
            heads += await queue_store.list_heads(connection, user_id, Platform.TEAMS)
        return sorted(heads, key=lambda each: each.queued_at)

    async def _fail(self, row: ConnectionRow, head: Head, sentence: str) -> None:
        log.info("message_failed", head_id=head.id)
        async with self._db.transaction() as tx:
            if isinstance(head, QueuedChange):
                await service.change_failed(tx, head, sentence)
                return
            link = await chats.find_for_conversation(tx.connection, head.conversation_id, row.microsoft_user_id)
            if link is not None and link.attempt is not None:
                await chats.end_attempt(tx.connection, link.id, link.attempt.delivery_id)
                tx.announce(f"teams_inbox.{link.id}")
            if isinstance(head, QueuedDelivery):
                await files.share_anew(tx.connection, head.message_id)
                await service.mark_failed(tx, head.id, sentence, self._clock())

    async def _wait_for_connection(self, user_id: UserId, row: ConnectionRow | None) -> None:
        """Messages wait rather than vanish, and say for what (C7)."""
        is_off = row is not None and row.is_connected
        sentence = OFF if is_off else CONNECT_FIRST.format(shown(row).remedy or "").strip()
        for head in await self._heads(user_id):
            waiting: list[Head] = [head]
            if isinstance(head, QueuedDelivery):
                async with self._db.read() as connection:
                    waiting = list(
                        await conversations_store.list_queued(connection, head.conversation_id, Platform.TEAMS)
                    )
            for each in waiting:
                await self._say(each, sentence)

    async def _say(self, head: Head, sentence: str) -> None:
        if self._told.get(head.id) == sentence or isinstance(head, ReadHere):
            return
        async with self._db.transaction() as tx:
            if isinstance(head, QueuedChange):
                await service.change_waits(tx, head, sentence)
            else:
                await service.mark_waiting(tx, head.id, sentence, self._clock())
        self._told[head.id] = sentence
        while len(self._told) > 10_000:
            del self._told[next(iter(self._told))]
