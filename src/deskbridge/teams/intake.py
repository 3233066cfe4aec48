"""From the webhook into the inbox: what several requests brought is looked up and stored together, in one transaction.

Graph holds back from who answers after 3 s (facts.md 7.3), so there is only room for as much as is stored long before
that. Whoever comes when it is full is turned away, and Graph comes again with the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

import msgspec
import structlog
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.clock import Clock
from deskbridge.errors import DatabaseUnavailable, Unavailable
from deskbridge.logs import of_nobody, request_id
from deskbridge.storage.database import Database, Transaction
from deskbridge.teams.ids import ChatId, GraphMessageId, LinkId
from deskbridge.teams.outcomes import Outcome, count
from deskbridge.teams.resources import Notification, NotificationBatch
from deskbridge.teams.store import inbox, many_chats
from deskbridge.teams.store.inbox import ItemKind, NewItem
from deskbridge.teams.store.subscriptions import PRESENCE, SubscriptionRow
from deskbridge.teams.verified import Verified

log = structlog.get_logger(__name__)

MOST_WAITING: Final = 64
"""Requests that are not answered yet; their items take a fraction of a second to store."""
MOST_ITEMS: Final = 15_000
"""Of all of them; looking at that many stops everything else for a fifth of a second."""
MOST_PROOF: Final = 128 * 1024
"""Characters; kept with each item. Microsoft sends a token of 2 KB for each tenant."""
ANSWER_WITHIN: Final = 2.0
"""Seconds; who would be answered later is turned away. It may be stored all the same, and twice does no harm."""

shed = Counter("deskbridge_teams_notifications_shed", "Deliveries of notifications turned away for want of room.")

_ID: Final = re.compile(r"[0-9A-Za-z-]{36}")
_MESSAGE: Final = re.compile(
    r"\A/?(?:users(?:\('[^']+'\)|/[^/]+)/)?chats(?:\('([^'\0]+)'\)|/([^/\0]+))"
    r"/messages(?:\('([\w=-]{1,200})'\)|/([\w=-]{1,200}))\Z",
    re.ASCII,
)
"""The message is asked for under its id: nothing in it may lead elsewhere."""


class NoRoom(Unavailable):
    """Too much waits to be stored."""


def client_state(id_: str, secret: str) -> str:
    """What we have Microsoft repeat with each notification: which subscription, and the proof."""
    return f"{id_}.{secret}"


def hash_secret(secret: str) -> str:
    """The stored form; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def proof_of(validation_tokens: list[str] | None) -> str:
    """Microsoft's tokens as they are kept with each item; none where there are more than Microsoft sends."""
    proof = json.dumps(validation_tokens or [])
    return proof if len(proof) <= MOST_PROOF else "[]"


@dataclass(slots=True, eq=False)
class _Request:
    """What one request brought, and what has become of it."""

    batch: NotificationBatch
    id: str | None = field(default_factory=request_id)
    """In the log; None outside of a request."""
    done: asyncio.Future[list[Verified]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    others: list[Verified] = field(default_factory=list)
    """What is not about messages: whoever brought it goes on with that."""
    items: list[NewItem] = field(default_factory=list)


class Intake:
    """One per process."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._unanswered = 0
        self._items = 0
        self._waiting: list[_Request] = []
        self._carrier: asyncio.Task[None] | None = None

    @property
    def is_full(self) -> bool:
        """Whether nothing more is taken at the moment."""
        return self._unanswered >= MOST_WAITING or self._items >= MOST_ITEMS

    async def take(self, batch: NotificationBatch) -> list[Verified]:
        """Have on disk what is about messages; the answer is the rest. Raises NoRoom."""
        with self._room(batch):
            request = _Request(batch)
            self._waiting.append(request)
            if self._carrier is None:
                self._carrier = asyncio.create_task(self._carry(), name="teams-intake", context=of_nobody())
            try:
                async with asyncio.timeout(ANSWER_WITHIN):
                    return await request.done
            except TimeoutError as error:
                shed.inc()
                # Unless it is being stored already, it is not: it would be in the way of who comes next.
                with contextlib.suppress(ValueError):
                    self._waiting.remove(request)
                raise NoRoom("It takes too long.") from error

    async def verify(self, batch: NotificationBatch) -> list[Verified]:
        """Those items that knew the secret of a subscription of ours. Raises NoRoom."""
        with self._room(batch):
            verified = (await self._db.read_through(lambda connection: _verify(connection, [batch])))[0]
        _note_wrong(batch, verified, request_id())
        return verified

    @contextlib.contextmanager
    def _room(self, batch: NotificationBatch) -> Iterator[None]:
        if self.is_full:
            shed.inc()
            raise NoRoom("Too much is going on at the moment.")
        self._unanswered += 1
        self._items += len(batch.value)
        try:
            yield
        finally:
            self._unanswered -= 1
            self._items -= len(batch.value)

    async def _carry(self) -> None:
        try:
            while self._waiting:
                some, self._waiting = self._waiting, []
                await self._carry_some(some)
        finally:
            self._carrier = None

    async def _carry_some(self, some: Sequence[_Request]) -> None:
        try:
            await self._db.read_through(lambda connection: _look_up(connection, some))
            items = [item for each in some for item in each.items]
            if items:
                await self._db.perform(lambda tx: self._store(tx, items))
        except (SQLAlchemyError, DatabaseUnavailable) as error:
            if len(some) > 1 and not isinstance(error, DatabaseUnavailable):
                # One of them cannot be stored: the others can.
                for each in some:
                    await self._carry_some([each])
                return
            for each in some:
                _end(each, error)
            return
        except Exception as error:  # Whatever it is, nobody waits in vain: Graph brings it again.
            log.exception("notifications_not_taken", request_ids=[each.id for each in some])
            for each in some:
                _end(each, NoRoom(f"Something is wrong here: {type(error).__name__}."))
            return
        for each in some:
            _end(each, None)

    async def _store(self, tx: Transaction, items: Sequence[NewItem]) -> None:
        await inbox.insert(tx.connection, items, self._clock())
        for link_id in {each.link_id for each in items}:
            tx.announce(f"teams_inbox.{link_id}")


def _end(request: _Request, error: Exception | None) -> None:
    if request.done.done():
        return
    if error is None:
        request.done.set_result(request.others)
    else:
        request.done.set_exception(error)


async def _look_up(connection: AsyncConnection, requests: Sequence[_Request]) -> None:
    """What of these requests is proved, and which of their messages are in Conversations here (H4)."""
    told: list[tuple[_Request, Verified, ChatId, GraphMessageId]] = []
    proved = await _verify(connection, [each.batch for each in requests])
    for request, verified in zip(requests, proved, strict=True):
        _note_wrong(request.batch, verified, request.id)
        request.others, request.items = [], []
        for each in verified:
            if each.item.lifecycle_event or each.subscription.kind == PRESENCE:
                request.others.append(each)
            elif place := _place(each.item):
                told.append((request, each, *place))
    if not told:
        return
    links = await many_chats.find_links(
        connection, {(each.subscription.user_id, chat_id) for _, each, chat_id, _ in told}
    )
    proofs = {request: proof_of(request.batch.validation_tokens) for request in {request for request, *_ in told}}
    kept = 0
    for request, each, chat_id, message_id in told:
        if link_id := links.get((each.subscription.user_id, chat_id)):
            request.items.append(_kept(link_id, message_id, each.item, proofs[request]))
            kept += 1
    count(Outcome.NOT_OURS, len(told) - kept)


async def _verify(connection: AsyncConnection, batches: Sequence[NotificationBatch]) -> list[list[Verified]]:
    """Of each batch those items that knew the secret of a subscription of ours, and are of its tenant.

    Secrets are compared in constant time.
    """
    states = {each.client_state or "" for batch in batches for each in batch.value}
    said = {state: state.partition(".")[::2] for state in states}
    known = await many_chats.find_subscriptions(connection, {id_ for id_, _ in said.values() if _ID.fullmatch(id_)})
    right: dict[str, SubscriptionRow] = {
        state: row
        for state, (id_, secret) in said.items()
        if (row := known.get(id_)) and hmac.compare_digest(hash_secret(secret), row.secret_hash)
    }
    return [
        [
            Verified(each, row)
            for each in batch.value
            if (row := right.get(each.client_state or "")) and _is_of(each, row)
        ]
        for batch in batches
    ]


def _is_of(item: Notification, row: SubscriptionRow) -> bool:
    """What says nothing of a tenant is proved by nothing that Microsoft signs, and is asked for."""
    return item.tenant_id is None or item.tenant_id.casefold() == row.tenant_id.casefold()


def _note_wrong(batch: NotificationBatch, verified: Sequence[Verified], id_: str | None) -> None:
    wrong = len(batch.value) - len(verified)
    if wrong:
        count(Outcome.WRONG_CLIENT_STATE, wrong)
        log.warning("wrong_client_state", how_many=wrong, **({"request_id": id_} if id_ else {}))


def _place(item: Notification) -> tuple[ChatId, GraphMessageId] | None:
    found = _MESSAGE.match(unquote(item.resource or ""))
    if not found:
        count(Outcome.UNREADABLE)
        return None
    chat_id, message_id = found[1] or found[2], found[3] or found[4]
    return ChatId(chat_id), GraphMessageId(message_id)


def _kept(link_id: LinkId, message_id: GraphMessageId, item: Notification, proof: str) -> NewItem:
    """Without the secret: it is not needed again."""
    stored = msgspec.json.encode(msgspec.structs.replace(item, client_state=None))
    return NewItem(link_id, ItemKind.NOTIFICATION, message_id, stored, proof)
