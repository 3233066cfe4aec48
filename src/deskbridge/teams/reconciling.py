"""Finding a message again after a lost answer (docs/decisions, 0003).

The chat is read from the moment before which the message cannot be there. It is the earliest message of the agent's
own with the same characters that is not ours already. If it is not there we look once more, some seconds later, since
Graph may still have been at work; only then is it sent again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final, NoReturn

import structlog

from deskbridge.clock import Clock
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.storage.database import Database
from deskbridge.teams.graph_errors import Refused
from deskbridge.teams.lanes import NotYet, backoff
from deskbridge.teams.reading import Reading
from deskbridge.teams.resources import ChatMessage, Unreadable, parse
from deskbridge.teams.sending import CannotBeSent, Sender
from deskbridge.teams.store import chats
from deskbridge.teams.store.chats import Attempt, Link
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.translate import MessageState, characters, is_said_by_someone, message_from_graph, said_by

log = structlog.get_logger(__name__)

LOOKS: Final = 2
LOOK_AGAIN_AFTER: Final = timedelta(seconds=5)
PATIENCE: Final = timedelta(hours=1)
"""A chat that cannot be read says nothing of what is in it: so long it is looked into again, ever more rarely."""
_MOST_RARELY: Final = timedelta(minutes=10)
_NOT_KNOWN: Final = (
    "It is not known whether the message arrived: Microsoft Teams does not let the chat be read ({}). {}"
)


class Reconciler:
    """Brings an attempt without an answer to its end."""

    def __init__(self, db: Database, clock: Clock, reading: Reading, sender: Sender) -> None:
        self._db = db
        self._clock = clock
        self._reading = reading
        self._sender = sender

    async def reconcile(self, row: ConnectionRow, link: Link, attempt: Attempt) -> None:
        """It is recorded as sent, or may be sent again; else raises NotYet, CannotBeSent, NotConnected,
        MicrosoftUnavailable."""
        if attempt.look_at is not None and attempt.look_at > self._clock():
            raise NotYet(attempt.look_at)
        found = await self._look(row, link, attempt)
        if found is not None:
            log.info("found_after_lost_answer", link_id=link.id)
            await self._sender.record(link.id, attempt.delivery_id, found)
            return
        looks = attempt.looks + 1
        async with self._db.transaction() as tx:
            if looks >= LOOKS:
                await chats.end_attempt(tx.connection, link.id, attempt.delivery_id)
                tx.announce(f"teams_inbox.{link.id}")
            else:
                look_at = self._clock() + LOOK_AGAIN_AFTER
                await chats.update_columns(tx.connection, link.id, attempt_looks=looks, attempt_look_at=look_at)
        if looks < LOOKS:
            raise NotYet(self._clock() + LOOK_AGAIN_AFTER)
        log.info("not_there_after_lost_answer", link_id=link.id)

    async def _look(self, row: ConnectionRow, link: Link, attempt: Attempt) -> ChatMessage | None:
        candidates: list[tuple[MessageState, ChatMessage]] = []
        try:
            async for _, page in self._reading.changes(row, link.chat_id, attempt.since):
                for raw in page:
                    message = parse(ChatMessage, raw)
                    state = message_from_graph(message, link.web_url)
                    if is_said_by_someone(message) and _may_be(state, link, attempt):
                        candidates.append((state, message))
        except Refused as error:
            await self._put_off(link, attempt, error.code or str(error.status))
        except Unreadable as error:
            raise NotYet(self._clock() + backoff(5)) from error
        async with self._db.read() as connection:
            known = await chats.known_among(connection, link.id, [state.id for state, _ in candidates])
        unknown = [each for each in candidates if each[0].id not in known]
        if not unknown:
            return None
        return min(unknown, key=lambda each: (not _says_it(each[0], attempt), each[0].created))[1]

    async def _put_off(self, link: Link, attempt: Attempt, why: str) -> NoReturn:
        """Neither sent again nor given up while it may be there."""
        tried_for = max(self._clock() - attempt.since, LOOK_AGAIN_AFTER)
        if tried_for > PATIENCE:
            raise CannotBeSent(_NOT_KNOWN.format(why, "Look for it in Teams before you try again."))
        log.warning("chat_not_read", link_id=link.id, error=why)
        look_at = self._clock() + min(tried_for, _MOST_RARELY)
        async with self._db.transaction() as tx:
            await chats.update_columns(tx.connection, link.id, attempt_look_at=look_at)
        raise MicrosoftUnavailable(_NOT_KNOWN.format(why, "It is looked for again."))


def _may_be(state: MessageState, link: Link, attempt: Attempt) -> bool:
    if state.author_id != link.microsoft_user_id or state.created < attempt.since:
        return False
    # Edited or deleted in Teams meanwhile: the characters do not tell any more, but somebody saw it there.
    is_changed = state.edited is not None or state.deleted is not None
    return is_changed or _says_it(state, attempt)


def _says_it(state: MessageState, attempt: Attempt) -> bool:
    return said_by(characters(state.html, state.text), state.file_ids) == attempt.fingerprint
