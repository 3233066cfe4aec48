"""Applying what waits for many chats in one transaction, with the statements of one.

Nearly everything that comes is a new message of somebody in Teams, said after all that is here, or something that is
here already. A chat for which only such things wait is applied here; every other chat is left to `applying.py`, which
goes through the rules one by one. What is left is untouched.
"""

from __future__ import annotations

import collections
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from deskbridge.accounts.model import AccountId
from deskbridge.conversations.arriving import arrive
from deskbridge.conversations.batch import Batch
from deskbridge.conversations.model import Author, MessageKind, position_at
from deskbridge.conversations.service import Incoming
from deskbridge.directory.model import Platform
from deskbridge.storage.database import Transaction
from deskbridge.teams.applying import IS_KEPT, is_stale
from deskbridge.teams.authors import find_others
from deskbridge.teams.ids import GraphMessageId, LinkId, MicrosoftUserId
from deskbridge.teams.opening import Opened
from deskbridge.teams.outcomes import Outcome
from deskbridge.teams.store import many_chats
from deskbridge.teams.store.chats import KnownMessage, Link
from deskbridge.teams.store.inbox import Item, ItemKind
from deskbridge.teams.translate import MessageState


@dataclass(frozen=True, slots=True)
class Lot:
    """What waits for one chat, opened, in its order; None where Graph has to be asked."""

    link_id: LinkId
    said: list[tuple[Item, Opened | None]]


@dataclass(slots=True)
class Applied:
    """What became of each item of a chat."""

    ended: list[tuple[Item, Opened, Outcome]] = field(default_factory=list)


def is_plain(lot: Lot, link: Link) -> bool:
    """Whether it is what people in Teams say, and nothing has to be looked up for it but who they are."""
    return all(
        item.kind is ItemKind.NOTIFICATION and opened is not None and _is_plain(opened, link)
        for item, opened in lot.said
    )


def _is_plain(opened: Opened, link: Link) -> bool:
    if not isinstance(opened, MessageState):
        return isinstance(opened, Outcome)
    has_more = opened.reactions or opened.quotes or opened.attachments or opened.event or opened.deleted
    return link.since is not None and opened.created >= link.since and not has_more and "<span" not in opened.html


async def apply_lots(tx: Transaction, lots: Sequence[Lot], now: datetime) -> dict[LinkId, Applied]:
    """Apply and erase those that are plain; locked are first all chats, then all of their conversations."""
    connection = tx.connection
    links = await many_chats.find_all(connection, {lot.link_id for lot in lots}, lock=True)
    waiting = await many_chats.still_there(connection, [item.id for lot in lots for item, _ in lot.said])
    there = [Lot(lot.link_id, [each for each in lot.said if each[0].id in waiting]) for lot in lots]
    told = [(lot, links[lot.link_id]) for lot in there if lot.link_id in links and is_plain(lot, links[lot.link_id])]
    together = await _Together.open(tx, told, now)
    applied = {link.id: together.apply(lot, link) for lot, link in told if together.takes(lot, link)}
    await together.store()
    await many_chats.remove_items(connection, [item.id for each in applied.values() for item, _, _ in each.ended])
    heard = [link_id for link_id in applied if links[link_id].unheard_since is not None]
    await many_chats.have_been_heard(connection, heard)
    return applied


def _states(lot: Lot) -> list[MessageState]:
    return [opened for _, opened in lot.said if isinstance(opened, MessageState)]


@dataclass(slots=True)
class _Together:
    batch: Batch
    known: dict[tuple[LinkId, GraphMessageId], KnownMessage]
    authors: dict[tuple[AccountId, MicrosoftUserId], Author] = field(default_factory=dict)
    shared: collections.Counter[str] = field(default_factory=collections.Counter)
    new: list[tuple[LinkId, GraphMessageId, KnownMessage]] = field(default_factory=list)

    @classmethod
    async def open(cls, tx: Transaction, told: Sequence[tuple[Lot, Link]], now: datetime) -> _Together:
        batch = await Batch.open(tx, {link.conversation_id for _, link in told}, now)
        ids = {(link.id, state.id) for lot, link in told for state in _states(lot)}
        together = cls(batch, await many_chats.known_of(tx.connection, ids))
        together.shared = collections.Counter(link.conversation_id for _, link in told)
        wanted: dict[AccountId, set[MicrosoftUserId]] = {}
        for lot, link in told:
            theirs = wanted.setdefault(link.account_id, set())
            theirs.update(state.author_id for state in _states(lot) if state.author_id)
        for account_id, user_ids in wanted.items():
            found = await find_others(tx.connection, account_id, user_ids, batch.persons)
            together.authors |= {(account_id, each): author for each, author in found.items()}
        return together

    def takes(self, lot: Lot, link: Link) -> bool:
        """Whether everything that waits for that chat is here already, or new and comes in order."""
        thread = self.batch.threads.get(link.conversation_id)
        if thread is None or self.shared[link.conversation_id] > 1:
            return False
        last, ids = thread.last_position, set()
        for state in _states(lot):
            known = self.known.get((link.id, state.id))
            if known is not None and is_stale(known, state):
                continue
            if known is not None or state.id in ids or not self._is_new(state, link, last):
                return False
            last = position_at(state.created)
            ids.add(state.id)
        return True

    def _is_new(self, state: MessageState, link: Link, last: int) -> bool:
        """Whether it comes after all that is here, is young, and of nobody who signs in here."""
        if state.author_id is None or state.author_id == link.microsoft_user_id:
            return False
        if state.created <= self.batch.now - IS_KEPT:
            return False
        author = self.authors.get((link.account_id, state.author_id))
        return position_at(state.created) > last and (author is None or author.user_id is None)

    def apply(self, lot: Lot, link: Link) -> Applied:
        """Take all of it."""
        applied = Applied()
        for item, opened in lot.said:
            if isinstance(opened, MessageState):
                is_known = (link.id, opened.id) in self.known
                applied.ended.append((item, opened, Outcome.STALE if is_known else self._add(opened, link)))
            elif isinstance(opened, Outcome):
                applied.ended.append((item, opened, opened))
        return applied

    def _add(self, state: MessageState, link: Link) -> Outcome:
        message_id = arrive(self.batch, link.account_id, self._incoming(state, link))
        self.new.append((link.id, state.id, KnownMessage(message_id, state.created, state.modified, state.digest)))
        return Outcome.ADDED

    def _incoming(self, state: MessageState, link: Link) -> Incoming:
        known = self.authors.get((link.account_id, MicrosoftUserId(state.author_id or "")))
        nobody = Author(person_id=None, user_id=None, display_name=state.author_name[:300], platform=Platform.TEAMS)
        return Incoming(
            conversation_id=link.conversation_id,
            message_id=None,
            author=known or nobody,
            html=state.html,
            text=state.text,
            created_at=state.created,
            edited_at=state.edited,
            deleted_at=None,
            reactions=(),
            kind=MessageKind.MESSAGE,
        )

    async def store(self) -> None:
        """Everything that was taken."""
        await self.batch.store()
        await many_chats.insert_messages(self.batch.tx.connection, self.new)
