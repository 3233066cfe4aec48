"""Making few large Segments of many small ones, in small transactions, while people are searched and change.

Not in `service.py` because nothing anybody sees changes: searches find the same before, meanwhile and after. Killed
anywhere, what was begun is thrown away and begun again.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Final

from pyroaring import BitMap
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId
from deskbridge.directory import sorting_store, tidy_store
from deskbridge.directory.index_store import (
    MOST_AT_ONCE,
    State,
    hide,
    insert_postings,
    insert_segment,
    lock,
)
from deskbridge.directory.segments import unpack_places
from deskbridge.storage.database import Database

TOGETHER: Final = 16
"""So many Segments of about one size are made one; each Person is then written again once for each power of it."""
SMALL_TOGETHER: Final = 48
"""So many of the small ones that changes make: each is quickly searched, and an import makes thousands of them."""
MOST_TOGETHER: Final = 200
NOWHERE: Final = 0xFFFF_FFFF
_PIECE: Final = 4_000
"""Rows in one transaction: some ten milliseconds, between which everybody else has their turn."""
_MOVED: Final = 1_000
"""Standings in one transaction: each of them costs as much as four of the others."""
_FEW: Final = 100
_READ: Final = 16_000
"""Postings read at once, of which few Terms come: small Segments have much the same ones."""
MOST_UNTIDY: Final = 4 * SMALL_TOGETHER
"""Whoever brings very many people waits while there are more Segments than so many: all of them are searched."""
_PEOPLE: Final = 300
"""Who are sorted by another alphabet in one transaction."""

StillMine = Callable[[AsyncConnection], Awaitable[bool]]
"""Asked inside each transaction; False when another process has taken over."""


class TakenOver(Exception):
    """Another process tidies this Account now."""


def lease_of(account_id: AccountId) -> str:
    """The lease that whoever tidies this Account holds."""
    return f"tidying:{account_id}"


async def is_untidy(connection: AsyncConnection, account_id: AccountId) -> bool:
    """Whether it is time to wait for whoever tidies."""
    return await tidy_store.count_live(connection, account_id) > MOST_UNTIDY


def to_merge(sizes: dict[int, int], together: int = TOGETHER, small: int = SMALL_TOGETHER) -> list[int]:
    """Which Segments are to become one: all up to the largest of the smallest kind of which there are enough."""
    by_size: defaultdict[int, list[int]] = defaultdict(list)
    for segment_id, size in sizes.items():
        by_size[_kind(size, together)].append(segment_id)
    gathered: list[int] = []
    for kind in sorted(by_size):
        gathered += by_size[kind]
        if len(by_size[kind]) >= (together if kind else small):
            return gathered[:MOST_TOGETHER]
    return []


def _kind(size: int, together: int) -> int:
    kind = 0
    while size > MOST_AT_ONCE:
        size, kind = size // together, kind + 1
    return kind


class Tidying:
    """Tidies one Account's index after the other."""

    def __init__(self, db: Database, together: int = TOGETHER, small: int = SMALL_TOGETHER) -> None:
        self._db = db
        self._together = together, small

    async def find(self) -> list[AccountId]:
        """Accounts with something to tidy."""
        async with self._db.read() as connection:
            sizes = await tidy_store.list_live(connection)
            unfinished = await tidy_store.list_unfinished(connection)
            unsorted = await sorting_store.list_unsorted(connection)
        untidy = {each for each, known in sizes.items() if each in unfinished or to_merge(known, *self._together)}
        return sorted(untidy | unsorted)

    async def tidy(self, account_id: AccountId, still_mine: StillMine) -> None:
        """Until there is nothing to do."""
        async with self._db.transaction(behind=True) as tx:
            await _claim(tx.connection, still_mine)
            await tidy_store.give_up(tx.connection, account_id)
        await self._throw_away(account_id, still_mine)
        await self._sort(account_id, still_mine)
        while True:
            async with self._db.read() as connection:
                sizes = (await tidy_store.list_live(connection)).get(account_id, {})
            which = to_merge(sizes, *self._together)
            if not which:
                return
            await _Merge(self._db, account_id, which, still_mine).run()
            await self._throw_away(account_id, still_mine)

    async def _sort(self, account_id: AccountId, still_mine: StillMine) -> None:
        more = True
        while more:
            async with self._db.transaction(behind=True) as tx:
                await _claim(tx.connection, still_mine)
                more = await sorting_store.sort_some(tx.connection, account_id, _PEOPLE)

    async def _throw_away(self, account_id: AccountId, still_mine: StillMine) -> None:
        more = True
        while more:
            async with self._db.transaction(behind=True) as tx:
                await _claim(tx.connection, still_mine)
                more = await tidy_store.erase_some(tx.connection, account_id, _PIECE)


async def _claim(connection: AsyncConnection, still_mine: StillMine) -> None:
    if not await still_mine(connection):
        raise TakenOver


class _Merge:
    """One Segment of these."""

    def __init__(self, db: Database, account_id: AccountId, which: Sequence[int], still_mine: StillMine) -> None:
        self._db = db
        self._account_id = account_id
        self._which = list(which)
        self._still_mine = still_mine
        self._moved: dict[int, array[int]] = {}
        self._segment_id = 0
        self._size = 0

    async def run(self) -> None:
        """Standings first, then who is found by what, and then it takes the place of the others."""
        async with self._db.transaction(behind=True) as tx:
            await self._mine(tx.connection)
            await lock(tx.connection, self._account_id)
            if not await tidy_store.set_merging(tx.connection, self._which):
                return  # A small one became part of another just now.
            for segment_id, places in (await tidy_store.list_places(tx.connection, self._which)).items():
                self._moved[segment_id] = array("I", [NOWHERE]) * places
            self._segment_id = await insert_segment(tx.connection, self._account_id, State.MAKING, 0)
        after = ""
        while (end := await self._move(after)) is not None:
            after = end
        after = ""
        while (end := await self._find_again(after)) is not None:
            after = end
        async with self._db.transaction(behind=True) as tx:
            await self._mine(tx.connection)
            await lock(tx.connection, self._account_id)
            await hide(tx.connection, self._segment_id, await tidy_store.take_leavers(tx.connection, self._segment_id))
            await tidy_store.set_live(tx.connection, self._segment_id, self._size)
            await tidy_store.set_state(tx.connection, self._which, State.GONE)

    async def _mine(self, connection: AsyncConnection) -> None:
        await _claim(connection, self._still_mine)

    async def _move(self, after: str) -> str | None:
        """The next ones in list order; where that ended, or None at the end."""
        async with self._db.transaction(behind=True) as tx:
            await self._mine(tx.connection)
            # Whoever leaves must find them either still there or here already.
            await lock(tx.connection, self._account_id)
            where = (self._which, self._segment_id, self._size)
            there, end = await tidy_store.move_standings(tx.connection, *where, after, _MOVED)
        for place, (segment_id, before) in enumerate(there, self._size):
            self._moved[segment_id][before] = place
        self._size += len(there)
        return end

    async def _find_again(self, after: str) -> str | None:
        async with self._db.read() as connection:
            rows, end = await tidy_store.read_postings(connection, self._which, after, _READ)
        # In a thread: a letter that half of a million have takes a while.
        found = await asyncio.to_thread(self._renumber, rows)
        terms = iter(found.items())
        while piece := dict(islice(terms, _PIECE)):
            async with self._db.transaction(behind=True) as tx:
                await self._mine(tx.connection)
                await insert_postings(tx.connection, self._segment_id, piece)
        return end

    def _renumber(self, rows: Sequence[tuple[int, str, bytes]]) -> dict[str, BitMap]:
        found: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        for segment_id, term, packed in rows:
            found[term].extend(map(self._moved[segment_id].__getitem__, unpack_places(packed)))
        # Of few, a list becomes a BitMap in a third of the time; of many, an array takes a tenth of the memory.
        made = {term: BitMap(places if len(places) > _FEW else places.tolist()) for term, places in found.items()}
        for places in made.values():
            places.discard(NOWHERE)
        return {term: places for term, places in made.items() if places}
