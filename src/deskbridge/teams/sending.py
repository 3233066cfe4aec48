"""One message on its way to Teams, such that it gets there once whatever happens (docs/decisions, 0003).

1. The chat is found or made (`POST /chats` gives the same 1:1 chat each time, facts.md 5) and linked.
2. The attempt is written down: which delivery, what its text looks like, and a moment before which it cannot be there.
3. `POST /chats/{id}/messages`.
4. In one transaction: the id that Graph gave, the delivery is sent, the attempt has ended.

Killed between 1 and 2: the same chat is found again. Between 2 and 4, or without an answer: nobody knows whether the
message is in the chat, so nothing is sent again in this chat before it has been looked for (reconciling.py). An attempt
is only erased without looking when Graph said no, or was never reached. The notification of our own message, which may
come before the answer, waits in the inbox until the attempt has ended (applying.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge import tracing
from deskbridge.clock import Clock
from deskbridge.conversations import file_store, service
from deskbridge.conversations import store as conversations_store
from deskbridge.conversations.model import MessageId
from deskbridge.conversations.store import QueuedDelivery
from deskbridge.directory.model import Platform
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.storage.database import Database
from deskbridge.teams.graph import POST_WITHIN, Answer, GraphClient
from deskbridge.teams.graph_errors import Gone, NoAnswer, NotMember, NotReached, Refused, Throttled, TooLarge
from deskbridge.teams.ids import Bearer, LinkId
from deskbridge.teams.lanes import NotYet, backoff
from deskbridge.teams.naming import named_in
from deskbridge.teams.outcomes import sends
from deskbridge.teams.outgoing import With, answer_to, body_for
from deskbridge.teams.pacing import PACE
from deskbridge.teams.pictures import Picture, kept_in, names_there
from deskbridge.teams.quoting import has_come
from deskbridge.teams.resources import Attachment, ChatMessage, Unreadable, parse
from deskbridge.teams.store import chats, connections
from deskbridge.teams.store.chats import Attempt, KnownMessage, Link
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.store.leases import LEASE, Leases
from deskbridge.teams.tokens import NotConnected, Tokens
from deskbridge.teams.translate import characters, message_from_graph, said_by

log = structlog.get_logger(__name__)

LOOK_AFTER: Final = timedelta(seconds=2)

AWAY = "Microsoft does not answer at the moment. The message waits and is sent by itself."
THROTTLED = "Microsoft asks to wait a moment. The message is sent by itself then."


@dataclass(eq=False)
class CannotBeSent(Exception):
    """Trying again by itself would not help; the sentence is for the agent."""

    sentence: str


@dataclass(frozen=True, slots=True)
class ToSend:
    """A message, and its files as they are in OneDrive by now."""

    delivery: QueuedDelivery
    files: Sequence[Attachment] = ()


class Sender:
    """Sends one message at a time for an agent whose lane it is."""

    def __init__(self, db: Database, clock: Clock, graph: GraphClient, tokens: Tokens, leases: Leases) -> None:
        self._db = db
        self._clock = clock
        self._graph = graph
        self._tokens = tokens
        self._leases = leases

    async def send(self, row: ConnectionRow, link: Link, what: ToSend, lease: str) -> None:
        """Send it, or raise NotYet, CannotBeSent or NotConnected. The link has no attempt under way."""
        delivery = what.delivery
        if row.send_after is not None and row.send_after > self._clock():
            raise NotYet(row.send_after)
        said = await self._body(link, what)
        if not await self._begin(link, what, lease):
            return
        try:
            message = await self._post(row, link, delivery, said)
        except (NotReached, Throttled, Refused) as error:
            await self._did_not_happen(link, delivery, error)
            raise self._meaning(error) from error
        except (NoAnswer, Unreadable) as error:
            await self._may_have_happened(link, delivery, error)
            raise NotYet(self._clock() + LOOK_AFTER) from error
        except (NotConnected, MicrosoftUnavailable):
            # No token: nothing was sent. After any other surprise the chat is looked at first.
            await self._end_attempt(link, delivery)
            raise
        sends.labels("sent").inc()
        await self.record(link.id, delivery.id, message)

    async def record(self, link_id: LinkId, sent: str, message: ChatMessage) -> None:
        """The message of the attempt is in the chat, and this is it."""
        now = self._clock()
        async with self._db.transaction() as tx:
            link = await chats.find(tx.connection, link_id, lock=True)
            if link is None or link.attempt is None or link.attempt.delivery_id != sent:
                return
            state = message_from_graph(message, link.web_url)
            known = KnownMessage(link.attempt.message_id, state.created, state.modified, state.digest)
            await chats.put_message(tx.connection, link.id, state.id, known)
            await has_come(tx, link, state.id, known.message_id)
            news = {"since": state.created} if link.since is None else {}
            if link.unheard_since is None:
                # Its notification is to come, and clears this (canary.py).
                await chats.update_columns(tx.connection, link.id, unheard_since=now, **news)
            said = message.body.content if message.body else None
            for picture, name in names_there(link.attempt.pictures, said or "").items():
                await file_store.set_name_there(tx.connection, picture, name)
            await chats.end_attempt(tx.connection, link.id, link.attempt.delivery_id)
            await service.mark_sent(tx, link.attempt.delivery_id, now)
            tx.announce(f"teams_inbox.{link.id}")

    async def _begin(self, link: Link, what: ToSend, lease: str) -> bool:
        """Write the attempt down, if the lane is still ours and the message still waits."""
        delivery = what.delivery
        attempt = Attempt(
            delivery_id=delivery.id,
            message_id=delivery.message_id,
            fingerprint=said_by(characters(delivery.html, delivery.text), [each.id or "" for each in what.files]),
            since=self._graph.surely_not_before(),
            looks=0,
            look_at=None,
            pictures=tuple(kept_in(delivery.html)),
        )
        async with self._db.transaction() as tx:
            if not await self._leases.renew(tx.connection, lease):
                return False
            queued = await conversations_store.list_queued(tx.connection, delivery.conversation_id, Platform.TEAMS, 1)
            if not queued or queued[0].id != delivery.id:
                return False
            after = self._clock() + PACE
            await connections.update_columns(tx.connection, delivery.sender_user_id, send_after=after)
            return await chats.begin_attempt(tx.connection, link.id, attempt)

    async def _post(
        self, row: ConnectionRow, link: Link, delivery: QueuedDelivery, said: tuple[str, dict[str, Any]]
    ) -> ChatMessage:
        action, body = said
        begin_before = self._clock() + LEASE - timedelta(seconds=POST_WITHIN)

        async def post(bearer: Bearer) -> Answer:
            if self._clock() > begin_before:
                # Getting a token took long: the lease could end before this request does.
                raise NotReached("too late to begin")
            return await self._graph.post(bearer, f"/chats/{link.chat_id}/messages{action}", body)

        # Microsoft's support finds the call by this id, and whoever wrote it finds it in the browser.
        with (
            structlog.contextvars.bound_contextvars(request_id=delivery.message_id),
            tracing.span("deliver", parent=delivery.traceparent, message_id=delivery.message_id),
        ):
            return parse(ChatMessage, (await self._tokens.use(row, post)).body)

    async def _body(self, link: Link, what: ToSend) -> tuple[str, dict[str, Any]]:
        delivery = what.delivery
        if delivery.refers_to is None and "data-person" not in delivery.html and "<img" not in delivery.html:
            return "", body_for(delivery.html, With(attachments=what.files))
        async with self._db.read() as connection:
            pictures = await pictures_of(connection, delivery.message_id, kept_in(delivery.html))
            named = await named_in(connection, link, delivery.html)
            body = body_for(delivery.html, With(named, what.files, pictures))
            about = delivery.refers_to
            quoted = await chats.find_graph_id(connection, link.id, about) if about else None
        # Graph makes the quote itself. What never was in Teams cannot be quoted there.
        return ("/replyWithQuote", answer_to(quoted, body)) if quoted is not None else ("", body)

    async def _did_not_happen(
        self, link: Link, delivery: QueuedDelivery, error: NotReached | Throttled | Refused
    ) -> None:
        sends.labels(type(error).__name__).inc()
        now = self._clock()
        async with self._db.transaction() as tx:
            if isinstance(error, Throttled):
                # Written down, so that neither a restart nor another process asks too early.
                after = now + (error.retry_after or backoff(3))
                await connections.update_columns(tx.connection, delivery.sender_user_id, send_after=after)
            await chats.end_attempt(tx.connection, link.id, delivery.id)
            if not isinstance(error, Refused):
                why = THROTTLED if isinstance(error, Throttled) else AWAY
                await service.mark_waiting(tx, delivery.id, why, now)
            # Notifications that waited for the attempt can be judged now.
            tx.announce(f"teams_inbox.{link.id}")

    async def _may_have_happened(self, link: Link, delivery: QueuedDelivery, error: Exception) -> None:
        sends.labels("no_answer").inc()
        log.warning("no_answer_to_send", link_id=link.id, error=repr(error)[:200])
        asked = error.retry_after if isinstance(error, NoAnswer) else None
        async with self._db.transaction() as tx:
            look_at = self._clock() + max(LOOK_AFTER, asked or LOOK_AFTER)
            await chats.update_columns(tx.connection, link.id, attempt_look_at=look_at)
            await service.mark_waiting(tx, delivery.id, AWAY, self._clock())

    async def _end_attempt(self, link: Link, delivery: QueuedDelivery) -> None:
        async with self._db.transaction() as tx:
            await chats.end_attempt(tx.connection, link.id, delivery.id)
            tx.announce(f"teams_inbox.{link.id}")

    def _meaning(self, error: NotReached | Throttled | Refused) -> Exception:
        if isinstance(error, Throttled):
            return NotYet(self._clock() + (error.retry_after or backoff(3)))
        if isinstance(error, NotReached):
            return NotYet(self._clock() + backoff(4))
        return cannot_be_sent(error)


async def pictures_of(connection: AsyncConnection, message_id: MessageId, ids: Sequence[str]) -> list[Picture]:
    """These pictures of that message, to go along with it; raises CannotBeSent."""
    found = []
    for each in ids:
        file = await file_store.find(connection, each)
        if file is None or file.message_id != message_id:
            raise CannotBeSent("A picture of this message is not here any more. Edit the message, then try again.")
        found.append(Picture(file.id, file.content_type, await file_store.content_of(connection, file.id)))
    return found


def cannot_be_sent(error: Refused) -> CannotBeSent:
    """Why Teams does not take the message, and what to do."""
    match error:
        case TooLarge():
            return CannotBeSent(
                "The message is too long for Microsoft Teams (28 KB, and 4 MB of pictures). Send it in parts."
            )
        case NotMember():
            return CannotBeSent(
                "Microsoft Teams does not let you write to this person: the chat is blocked or you are not in it. "
                "Ask your administrator, then try again."
            )
        case Gone():
            return CannotBeSent(
                "This person or the chat is not in Microsoft Teams any more. Ask your administrator, then try again."
            )
        case _:
            return CannotBeSent(
                f"Microsoft Teams refused the message ({error.code or error.status}). "
                "Try again; if it stays, tell your administrator."
            )
