"""Applying states of Teams messages to the Conversation: in any order, any number of times, the same result.

A message's state is applied when it is newer than the one that is here (`lastModifiedDateTime`, and a digest for two
states of one moment). What the agent wrote is told apart like this: known by its id → a change of it; unknown while an
attempt to send is under way in this chat → it may be that very message, so it waits until the attempt's end is certain
(the sender records the id that Graph answered, or finds by reading; sending.py, reconciling.py); unknown otherwise →
the agent wrote it in Teams itself (H5). No guess is ever made here, so an echo that overtakes the answer to its own
POST can neither double a message nor be taken for another.

Before our first message has a place in the chat (`since`), everything in it is private (H4): it waits while that first
message is on its way, and is dropped when there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from deskbridge.conversations import change_store, file_store, message_store, retention_store, service
from deskbridge.conversations.attachments import Attachment
from deskbridge.conversations.model import MessageKind, between, position_at
from deskbridge.conversations.safe_html import to_text
from deskbridge.conversations.service import Incoming
from deskbridge.storage.database import Transaction
from deskbridge.teams.authors import Authors
from deskbridge.teams.outcomes import Outcome
from deskbridge.teams.pictures import as_kept, shows_any
from deskbridge.teams.quoting import has_come, quoted_by
from deskbridge.teams.store import chats, files, quotes
from deskbridge.teams.store.chats import KnownMessage, Link
from deskbridge.teams.translate import MessageState

DEFER = None
"""Instead of an Outcome: leave it in the inbox, its time has not come."""
IS_KEPT: Final = timedelta(days=1)
"""Every retention is at least as long: what is younger need not be looked up."""


def is_stale(known: KnownMessage, state: MessageState) -> bool:
    """Whether what is here is newer, or the same."""
    is_same = state.modified == known.modified_at and state.digest == known.digest
    return state.modified < known.modified_at or is_same


@dataclass(frozen=True, slots=True)
class CompleteUpTo:
    """Everything before this mark was read from the chat up to that moment."""

    moment: datetime


class Applier:
    """Applies to one chat inside one transaction; the link is locked until its end."""

    def __init__(self, tx: Transaction, link: Link, now: datetime) -> None:
        self._tx = tx
        self._link = link
        self._now = now
        self._authors = Authors(tx.connection, link)
        self.has_deferred = False

    async def apply(self, said: MessageState | CompleteUpTo | Outcome) -> Outcome | None:
        """What became of it, or DEFER."""
        if isinstance(said, Outcome):
            return said
        if isinstance(said, CompleteUpTo):
            return await self._complete(said)
        outcome = await self._message(said)
        self.has_deferred = self.has_deferred or outcome is DEFER
        return outcome

    async def _complete(self, mark: CompleteUpTo) -> Outcome | None:
        if self.has_deferred:
            return DEFER
        await service.set_complete_up_to(self._tx, self._link.conversation_id, mark.moment, self._now)
        return Outcome.COMPLETE

    async def _message(self, state: MessageState) -> Outcome | None:
        link = self._link
        known = await chats.find_message(self._tx.connection, link.id, state.id)
        if known is not None:
            return await self._change(known, state)
        if link.since is None:
            return DEFER if link.attempt else Outcome.BEFORE_CONVERSATION
        if state.created < link.since:
            return Outcome.BEFORE_CONVERSATION
        if await self._is_no_longer_kept(state):
            return Outcome.NOT_KEPT
        is_own = state.author_id == link.microsoft_user_id
        if is_own and link.attempt is not None and state.created >= link.attempt.since:
            return DEFER
        await self._receive(None, state)
        return Outcome.ADDED

    async def _is_no_longer_kept(self, state: MessageState) -> bool:
        """Also what was deleted here long ago, and is edited there or read again after a gap."""
        if state.created > self._now - IS_KEPT:
            return False
        line = await retention_store.find_line(self._tx.connection, self._link.conversation_id, self._now)
        return line is not None and state.created < line

    async def _change(self, known: KnownMessage, state: MessageState) -> Outcome:
        if is_stale(known, state):
            return Outcome.STALE
        await self._receive(known, state)
        return Outcome.CHANGED

    async def _receive(self, known: KnownMessage | None, state: MessageState) -> None:
        quoted = await quoted_by(self._tx.connection, self._link, state)
        text = await self._authors.sentence(state.event) if state.event else state.text
        incoming = Incoming(
            conversation_id=self._link.conversation_id,
            message_id=known.message_id if known else None,
            author=await self._authors.author_of(state),
            html=quoted.html + await self._pictured(known, await self._authors.with_persons(state.html)),
            text=f"{to_text(quoted.html)}\n{text}".strip("\n") if quoted.html else text,
            created_at=state.created,
            edited_at=state.edited,
            deleted_at=state.deleted,
            reactions=tuple([await self._authors.reaction(each) for each in state.reactions]),
            refers_to=quoted.here,
            attachments=await self._kept_files(known, state),
            kind=MessageKind.SYSTEM if state.event else MessageKind.MESSAGE,
            position=None if known else await self._place_of(state),
        )
        message_id = await service.receive(self._tx, self._link.account_id, incoming, self._now)
        # What is on its way there was left as it is here: the same state is to be looked at again afterwards.
        is_whole = not await change_store.list_of_message(self._tx.connection, message_id)
        now_known = KnownMessage(message_id, state.created, state.modified, state.digest if is_whole else "")
        await chats.put_message(self._tx.connection, self._link.id, state.id, now_known)
        if quoted.to_come is not None:
            await quotes.wait_for(self._tx.connection, self._link.id, state.id, quoted.to_come)
        if known is None:
            await has_come(self._tx, self._link, state.id, message_id)

    async def _place_of(self, state: MessageState) -> int:
        """Where a new message stands: at its moment, and never above what was said before it (decision 0005)."""
        wanted = position_at(state.created)
        below = await message_store.positions_from(self._tx.connection, self._link.conversation_id, wanted)
        before = await chats.said_before(self._tx.connection, below, state.created) if below else set()
        return between(wanted, {position for each, position in below.items() if each in before}, set(below.values()))

    async def _pictured(self, known: KnownMessage | None, html: str) -> str:
        """Pictures that were sent from here stay ours, so that whoever sees the message needs nobody's connection."""
        if known is None or not shows_any(html):
            return html
        return as_kept(html, await file_store.names_there(self._tx.connection, known.message_id))

    async def _kept_files(self, known: KnownMessage | None, state: MessageState) -> tuple[Attachment, ...]:
        """Files that were sent from here stay ours as well, however the message was changed there."""
        if known is None or not state.file_ids:
            return state.attachments
        return await files.as_kept(self._tx.connection, self._link.id, known.message_id, state.attachments)
