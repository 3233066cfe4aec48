"""The SQL of `tidying.py`: reading Segments side by side in order, and removing them bit by bit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId
from deskbridge.directory.index_store import State, erase
from deskbridge.directory.tables import leavers, postings, segments, standings

_UNFINISHED = (State.MERGING, State.MAKING, State.GONE)


async def list_live(connection: AsyncConnection) -> dict[AccountId, dict[int, int]]:
    """The sizes of all Segments that nothing is being made of."""
    query = select(segments.c.account_id, segments.c.id, segments.c.size).where(segments.c.state == State.LIVE)
    found: defaultdict[AccountId, dict[int, int]] = defaultdict(dict)
    for account_id, segment_id, size in await connection.execute(query):
        found[account_id][segment_id] = size
    return found


async def count_live(connection: AsyncConnection, account_id: AccountId) -> int:
    """How many Segments the Account has that nothing is being made of."""
    mine = (segments.c.account_id == account_id, segments.c.state == State.LIVE)
    return int(await connection.scalar(select(func.count()).where(*mine)) or 0)


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


async def move_standings(
    connection: AsyncConnection, which: Sequence[int], to: int, size: int, after: str, most: int
) -> tuple[list[tuple[int, int]], str | None]:
    """Give the next standings of all of these in list order places in another Segment, from `size` on.

    The answer is where each of them stood, in the order of the new places, and the key where that ended, unless that
    was the end of all. The database does it by itself: their keys never come here.
    """
    end = await _end(connection, "standings", "key", which, after, most)
    given = {"after": after, "end": end or _LAST, "made": to, "size": size}
    said = _STANDINGS.replace("{which}", _listed(which))
    # Here and below, what is put together are numbers and our own words only.
    there = await connection.execute(
        text(f"SELECT t.segment_id, t.place {said} ORDER BY {_IN_ORDER}"), given
    )  # Numbers and our own words only, here and below.
    found = [(segment_id, place) for segment_id, place in there]
    numbered = f"CAST(:made AS integer), CAST(:size AS integer) - 1 + row_number() OVER (ORDER BY {_IN_ORDER})"
    insert = "INSERT INTO directory_standings (segment_id, place, key, person_id, digest)"
    await connection.execute(text(f"{insert} SELECT {numbered}, t.key, t.person_id, t.digest {said}"), given)
    return found, end


async def read_postings(
    connection: AsyncConnection, which: Sequence[int], after: str, most: int
) -> tuple[list[tuple[int, str, bytes]], str | None]:
    """The next postings of all of these by term, and where they end unless that is the end of all."""
    end = await _end(connection, "postings", "term", which, after, most)
    said = _POSTINGS.replace("{which}", _listed(which))
    rows = await connection.execute(text(said), {"after": after, "end": end or _LAST})
    return [(segment_id, term, places) for segment_id, term, places in rows], end


_LAST: Final = "\U0010ffff"
_IN_ORDER: Final = "t.key, t.segment_id, t.place"
_STANDINGS: Final = "FROM directory_standings AS t WHERE t.segment_id IN {which} AND t.key > :after AND t.key <= :end"
_POSTINGS: Final = (
    "SELECT p.segment_id, p.term, p.places FROM directory_postings AS p "
    "WHERE p.segment_id IN {which} AND p.term > :after AND p.term <= :end"
)


def _listed(which: Sequence[int]) -> str:
    return f"({', '.join(str(int(each)) for each in which)})"


async def _end(
    connection: AsyncConnection, table: str, by: str, which: Sequence[int], after: str, most: int
) -> str | None:
    """Up to where there are not more than about so many of all of these."""
    parts = [
        f"SELECT * FROM (SELECT {by} AS last FROM directory_{table} WHERE segment_id = {int(each)} AND {by} > :after "
        f"ORDER BY {by} LIMIT 1 OFFSET :most) AS of_{int(each)}"
        for each in which
    ]
    given = {"after": after, "most": max(1, 2 * most // len(which))}
    found = await connection.scalar(text(f"SELECT min(last) FROM ({' UNION ALL '.join(parts)}) AS every"), given)
    return None if found is None else str(found)


async def take_leavers(connection: AsyncConnection, segment_id: int) -> list[int]:
    """The places of those who left a Segment while it was being made."""
    query = select(leavers.c.place).where(leavers.c.segment_id == segment_id)
    found = list((await connection.scalars(query)).all())
    await connection.execute(delete(leavers).where(leavers.c.segment_id == segment_id))
    return found


async def erase_some(connection: AsyncConnection, account_id: AccountId, most: int) -> bool:
    """Remove some small Segments that are there no more, or a little of a large one; whether something may be left."""
    query = select(segments.c.id, segments.c.size).where(
        segments.c.account_id == account_id, segments.c.state == State.GONE
    )
    gone = (await connection.execute(query.order_by(segments.c.size).limit(20))).all()
    if not gone:
        return False
    so_far = accumulate(row.size for row in gone)
    # What was thrown away while it was being made has no size yet, and may be large.
    small = [row.id for row, size in zip(gone, so_far, strict=True) if row.size and size <= most // 2]
    if small:
        await erase(connection, small)
        return True
    segment_id = gone[0].id
    for table, by in ((postings, postings.c.term), (standings, standings.c.place)):
        some = select(by).where(table.c.segment_id == segment_id).order_by(by).limit(most)
        last = select(func.max(some.subquery().c[by.name])).scalar_subquery()
        removed = await connection.execute(delete(table).where(table.c.segment_id == segment_id, by <= last))
        if removed.rowcount:
            return True
    await erase(connection, [segment_id])
    return True
