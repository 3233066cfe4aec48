"""The SQL of `tidying.py`: reading Segments side by side in order, and removing them bit by bit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId
from deskbridge.directory.index_store import State
from deskbridge.directory.segments import Standing
from deskbridge.directory.tables import leavers, postings, segments, standings

_UNFINISHED = (State.MERGING, State.MAKING, State.GONE)


async def list_live(connection: AsyncConnection) -> dict[AccountId, dict[int, int]]:
    """The sizes of all Segments that nothing is being made of."""
    query = select(segments.c.account_id, segments.c.id, segments.c.size).where(segments.c.state == State.LIVE)
    found: defaultdict[AccountId, dict[int, int]] = defaultdict(dict)
    for account_id, segment_id, size in await connection.execute(query):
        found[account_id][segment_id] = size
    return found


async def list_unfinished(connection: AsyncConnection) -> set[AccountId]:
    """Accounts whose tidying was broken off."""
    query = select(segments.c.account_id).where(segments.c.state.in_(_UNFINISHED)).distinct()
    return set((await connection.scalars(query)).all())


async def give_up(connection: AsyncConnection, account_id: AccountId) -> None:
    """What was being made is thrown away; what it was to be made of stays."""
    for before, after in ((State.MAKING, State.GONE), (State.MERGING, State.LIVE)):
        where = (segments.c.account_id == account_id, segments.c.state == before)
        await connection.execute(update(segments).where(*where).values(state=after))


async def set_merging(connection: AsyncConnection, which: Sequence[int]) -> bool:
    """Keep these as they are, to make another of them; False when one of them is no more. The caller holds the lock."""
    live = select(func.count()).where(segments.c.id.in_(which), segments.c.state == State.LIVE)
    if await connection.scalar(live) != len(which):
        return False
    await set_state(connection, which, State.MERGING)
    return True


async def set_state(connection: AsyncConnection, which: Sequence[int], state: State) -> None:
    """What these are there for from now on."""
    await connection.execute(update(segments).where(segments.c.id.in_(which)).values(state=state))


async def set_live(connection: AsyncConnection, segment_id: int, size: int) -> None:
    """It is complete, and searched from now on."""
    await connection.execute(update(segments).where(segments.c.id == segment_id).values(state=State.LIVE, size=size))


async def list_places(connection: AsyncConnection, which: Sequence[int]) -> dict[int, int]:
    """How many places each of these has or had; those who left are counted."""
    return {
        row.id: row.size
        for row in await connection.execute(select(segments.c.id, segments.c.size).where(segments.c.id.in_(which)))
    }


async def read_standings(
    connection: AsyncConnection, which: Sequence[int], after: str, most: int
) -> tuple[list[tuple[int, int, Standing]], str | None]:
    """The next standings of all of these in list order, and where they end unless that is the end of all."""
    rows, end = await _side_by_side(connection, standings, standings.c.key, which, after, most)
    found = [(row.segment_id, row.place, Standing(row.key, row.person_id, row.digest)) for row in rows]
    return found, end


async def read_postings(
    connection: AsyncConnection, which: Sequence[int], after: str, most: int
) -> tuple[list[tuple[int, str, bytes]], str | None]:
    """The next postings of all of these by term, and where they end unless that is the end of all."""
    rows, end = await _side_by_side(connection, postings, postings.c.term, which, after, most)
    return [(row.segment_id, row.term, row.places) for row in rows], end


async def _side_by_side(
    connection: AsyncConnection, table: Any, by: Any, which: Sequence[int], after: str, most: int
) -> tuple[list[Any], str | None]:
    each_most = max(2, 2 * most // len(which))
    parts = []
    for segment_id in which:
        where = (table.c.segment_id == segment_id, by > after)
        parts.append(select(select(table).where(*where).order_by(by).limit(each_most).subquery()))
    rows = (await connection.execute(union_all(*parts))).all()
    ends: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        ends[row.segment_id].append(getattr(row, by.name))
    # A Segment of which not all was read may have more before what was read of another.
    end = min((each[-1] for each in ends.values() if len(each) == each_most), default=None)
    sure = [row for row in rows if end is None or getattr(row, by.name) <= end]
    return sorted(sure, key=lambda row: getattr(row, by.name)), end


async def take_leavers(connection: AsyncConnection, segment_id: int) -> list[int]:
    """The places of those who left a Segment while it was being made."""
    query = select(leavers.c.place).where(leavers.c.segment_id == segment_id)
    found = list((await connection.scalars(query)).all())
    await connection.execute(delete(leavers).where(leavers.c.segment_id == segment_id))
    return found


async def erase_some(connection: AsyncConnection, account_id: AccountId, most: int) -> bool:
    """Remove a little of a Segment that is there no more; whether there may be something left."""
    query = select(segments.c.id).where(segments.c.account_id == account_id, segments.c.state == State.GONE)
    segment_id = await connection.scalar(query.limit(1))
    if segment_id is None:
        return False
    for table, by in ((postings, postings.c.term), (standings, standings.c.place)):
        some = select(by).where(table.c.segment_id == segment_id).order_by(by).limit(most)
        last = select(func.max(some.subquery().c[by.name])).scalar_subquery()
        gone = await connection.execute(delete(table).where(table.c.segment_id == segment_id, by <= last))
        if gone.rowcount:
            return True
    await connection.execute(delete(leavers).where(leavers.c.segment_id == segment_id))
    await connection.execute(delete(segments).where(segments.c.id == segment_id))
    return True
