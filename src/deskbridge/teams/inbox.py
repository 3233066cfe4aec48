"""The durable inbox: one ordered lane for each chat; open, apply and erase in one transaction.

Of many chats at once what is plain (applying_together.py), and what is left of a chat by itself, item by item.

Killed before that transaction: the items are still there and are opened again. Killed after it: they are gone and
applied. Two processes at once: a lease keeps them apart, and if it fails, the second finds the items gone.
"""

from __future__ import annotations

import collections
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId
from deskbridge.clock import Clock
from deskbridge.errors import DatabaseUnavailable
from deskbridge.storage.database import Database
from deskbridge.teams.applying import Applier
from deskbridge.teams.applying_together import Lot, apply_lots, is_plain
from deskbridge.teams.canary import Canary
from deskbridge.teams.delays import Delays, Part
from deskbridge.teams.following_up import FollowUp
from deskbridge.teams.ids import LinkId
from deskbridge.teams.lanes import Left, NotYet
from deskbridge.teams.opening import Opened, Opening
from deskbridge.teams.outcomes import Outcome, count
from deskbridge.teams.store import chats, inbox, many_chats
from deskbridge.teams.store.chats import Link
from deskbridge.teams.store.inbox import Item, ItemKind
from deskbridge.teams.store.leases import LEASE, Leases
from deskbridge.teams.translate import MessageState

log = structlog.get_logger(__name__)

BATCH: Final = 50
BATCH_TOGETHER: Final = 128
"""Items of all chats: others who write wait for the transaction in which they are applied."""
_NEWS: Final = frozenset({Outcome.ADDED, Outcome.CHANGED})
MOST_TRIES: Final = 8
"""An item that we, not Microsoft, fail on so often is dropped, loudly, so that the chat goes on without it."""


class Inbox:
    """Applies what waits."""

    def __init__(
        self, db: Database, clock: Clock, opening: Opening, leases: Leases, noticing: tuple[FollowUp, Delays, Canary]
    ) -> None:
        self._db = db
        self._clock = clock
        self._opening = opening
        self._leases = leases
        self._follow_up, self._delays, self._canary = noticing

    async def find(self) -> list[str]:
        """Chats for which something waits."""
        return list(await self._db.read_through(inbox.list_lanes))

    async def work(self, key: str) -> datetime | None:
        """Apply everything that waits for a chat, except what must wait for a message that is on its way."""
        lease = f"inbox:{key}"
        if not await self._leases.claim(lease):
            return self._clock() + LEASE
        try:
            await self._drain(LinkId(key), lease)
        finally:
            await self._leases.release(lease)
        return None

    async def work_together(self, keys: Sequence[str]) -> Left:
        """Apply what waits for these chats, as far as it is plain and nobody has to be asked for it."""
        names = {f"inbox:{key}": LinkId(key) for key in keys}
        held = await self._leases.claim_all(names)
        try:
            return await self._work_together([names[each] for each in held], set(keys))
        finally:
            await self._leases.release_all(held)

    async def _work_together(self, link_ids: Sequence[LinkId], keys: set[str]) -> Left:
        items, links = await self._db.read_through(lambda connection: _waiting(connection, link_ids))
        said = [(links[each.link_id], each) for each in items if each.link_id in links]
        lots: dict[LinkId, Lot] = {}
        for (link, item), opened in zip(said, await self._opening.open_here(said), strict=True):
            lots.setdefault(link.id, Lot(link.id, [])).said.append((item, opened))
        plain = [lot for link_id, lot in lots.items() if is_plain(lot, links[link_id])]
        applied = await self._db.perform(lambda tx: apply_lots(tx, plain, self._clock())) if plain else {}
        for link_id, each in applied.items():
            self._note(links[link_id], each.ended)
        # What was not read is known only of chats for which something was: the others are looked at once more.
        is_all = len(items) < BATCH_TOGETHER
        empty = set(link_ids).difference(each.link_id for each in items)
        return Left(keys.difference(applied, empty), () if is_all else {*applied, *empty})

    def _note(self, link: Link, ended: Sequence[tuple[Item, Opened, Outcome]]) -> None:
        """Count what became of each, and plan to look once more."""
        for outcome, how_many in collections.Counter(outcome for _, _, outcome in ended).items():
            count(outcome, how_many)
        # What only reading brought shows that something was not told: look again too.
        if any(outcome in _NEWS or item.kind is ItemKind.NOTIFICATION for item, _, outcome in ended):
            self._follow_up.note(link.id)
        self._note_delays(link.account_id, [(item, opened) for item, opened, outcome in ended if outcome in _NEWS])

    async def _drain(self, link_id: LinkId, lease: str) -> None:
        after, has_deferred = 0, False
        while await self._leases.claim(lease):
            async with self._db.read() as connection:
                items = await inbox.list_items(connection, link_id, after, BATCH)
                link = await chats.find(connection, link_id)
            if not items:
                return
            after = items[-1].id
            opened: Sequence[Opened] = [Outcome.NOT_OURS] * len(items)
            if link is not None:
                opened = await self._opening.open_all(link, items)
            has_deferred = await self._apply_all(link_id, list(zip(items, opened, strict=True)), has_deferred)

    async def _apply_all(self, link_id: LinkId, said: list[tuple[Item, Opened]], has_deferred: bool) -> bool:
        try:
            return await self._apply(link_id, said, deferred_before=has_deferred)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  # Whatever it is, it must not hold up the others.
            if len(said) == 1:
                await self._give_up_or_wait(said[0][0], error)
                return has_deferred
        # One of them is bad: find out which, without holding up the others.
        for each in said:
            has_deferred = await self._apply_all(link_id, [each], has_deferred)
        return has_deferred

    async def _apply(self, link_id: LinkId, said: list[tuple[Item, Opened]], *, deferred_before: bool) -> bool:
        ended: list[tuple[Item, Opened, Outcome]] = []
        async with self._db.transaction() as tx:
            link = await chats.find(tx.connection, link_id, lock=True)
            waiting = await inbox.still_there(tx.connection, [item.id for item, _ in said])
            ours = [(item, opened) for item, opened in said if item.id in waiting]
            if link is None:
                await inbox.remove(tx.connection, [item.id for item, _ in ours])
                count(Outcome.NOT_OURS, len(ours))
                return False
            applier = Applier(tx, link, self._clock())
            applier.has_deferred = deferred_before
            for item, opened in ours:
                outcome = await applier.apply(opened)
                if outcome is not None:
                    ended.append((item, opened, outcome))
            await inbox.remove(tx.connection, [item.id for item, _, _ in ended])
            if link.unheard_since is not None and any(item.kind is ItemKind.NOTIFICATION for item, _ in ours):
                await chats.update_columns(tx.connection, link_id, unheard_since=None)
        self._note(link, ended)
        late = sum(self._is_late(item, opened) for item, opened, outcome in ended if outcome in _NEWS)
        if late:
            await self._canary.found(link.user_id, late)
        return applier.has_deferred

    def _is_late(self, item: Item, opened: Opened) -> bool:
        if item.kind is not ItemKind.CHECKED or not isinstance(opened, MessageState):
            return False
        return self._canary.is_late(opened.modified, item.received_at)

    def _note_delays(self, account_id: AccountId, fresh: list[tuple[Item, Opened]]) -> None:
        """Only of what we were told: what was read after a gap tells nothing of how quick things are."""
        for item, opened in fresh:
            if item.kind is ItemKind.NOTIFICATION and isinstance(opened, MessageState):
                self._delays.note(account_id, Part.MICROSOFT, item.received_at - opened.modified)
                self._delays.note(account_id, Part.HERE, self._clock() - item.received_at)

    async def _give_up_or_wait(self, item: Item, error: Exception) -> None:
        log.error("item_not_applied", item_id=item.id, tries=item.tries, exc_info=error)
        async with self._db.transaction() as tx:
            if item.tries + 1 < MOST_TRIES:
                await inbox.count_try(tx.connection, [item.id])
            else:
                await inbox.remove(tx.connection, [item.id])
        if item.tries + 1 < MOST_TRIES:
            raise NotYet(self._clock() + LEASE) from error
        count(Outcome.UNREADABLE)


async def _waiting(connection: AsyncConnection, link_ids: Sequence[LinkId]) -> tuple[list[Item], dict[LinkId, Link]]:
    items = await many_chats.list_items(connection, link_ids, BATCH_TOGETHER)
    return items, await many_chats.find_all(connection, {each.link_id for each in items})
