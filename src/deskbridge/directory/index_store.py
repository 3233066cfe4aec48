"""The SQL that keeps the index of the Contacts list true (see `segments.py`), in the transaction of each change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any, Final

from pyroaring import BitMap
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId
from deskbridge.accounts.store import accounts
from deskbridge.directory.model import Person, PersonId, described
from deskbridge.directory.segments import VIEWS, Face, Segment, Standing, build, faces, merge
from deskbridge.directory.tables import leavers, persons, postings, segments, standings
from deskbridge.storage.among import among, as_json
from deskbridge.storage.bulk import update_rows
from deskbridge.storage.shared import aside

MOST_AT_ONCE: Final = 1_024
"""A change makes Segments of up to so many one with its own; larger ones are for `tidying.py`, which takes its time."""
MANY: Final = 128
_PIECE: Final = 5_000


class State(IntEnum):
    """What a Segment is there for."""

    LIVE = 1
    MERGING = 2
    """Searched still, while another is made of it."""
    MAKING = 3
    GONE = 4


SEARCHED: Final = (State.LIVE, State.MERGING)


async def index_persons(connection: AsyncConnection, account_id: AccountId, some: Sequence[Person]) -> None:
    """Have the list show, sort and find these Persons by the Identities that they have now.

    Whoever changes Identities calls it in the same transaction, once for as many Persons as it can: a thousand at once
    cost far less than a thousand times one. A Person without any Identity is listed no more.
    """
    if not some:
        return
    locale = await lock(connection, account_id)
    await _describe(connection, some)
    await place(connection, account_id, some, locale)


async def place(connection: AsyncConnection, account_id: AccountId, some: Sequence[Person], locale: str) -> None:
    """As `index_persons`, of Persons whom the directory describes as they are; the caller holds the lock."""
    by_id = {person.id: person for person in some}
    new = {face.standing: face for person in by_id.values() for face in faces(person, locale)}
    there = await _standings_of(connection, list(by_id))
    stay = {standing for _, _, standing in there if standing in new}
    await _take_out(connection, [(segment, place) for segment, place, standing in there if standing not in stay])
    await _put_in(connection, account_id, [face for standing, face in new.items() if standing not in stay])


async def lock(connection: AsyncConnection, account_id: AccountId) -> str:
    """Others who change the same index wait until this transaction ends; SQLite has one writer anyway.

    The answer is by whose alphabet it is sorted.
    """
    query = select(accounts.c.list_locale).where(accounts.c.id == account_id)
    return str(await connection.scalar(query.with_for_update(key_share=True)))


async def _describe(connection: AsyncConnection, some: Sequence[Person]) -> None:
    rows = [
        {
            "id": each.id,
            "display_name": shown.display_name,
            "job_title": shown.job_title,
            "department": shown.department,
        }
        for each in some
        for shown in (described(each),)
    ]
    await update_rows(connection, persons, "id", rows)


async def _standings_of(connection: AsyncConnection, ids: Sequence[PersonId]) -> list[tuple[int, int, Standing]]:
    found = []
    for begin in range(0, len(ids), _PIECE):
        query = select(standings).where(standings.c.person_id.in_(ids[begin : begin + _PIECE]))
        rows = (await connection.execute(query)).all()
        found += [(row.segment_id, row.place, Standing(row.key, row.person_id, row.digest)) for row in rows]
    return found


_STAND_NO_MORE: Final = delete(standings).where(standings.c.segment_id == bindparam("which"), among(standings.c.place))


async def _take_out(connection: AsyncConnection, left: Sequence[tuple[int, int]]) -> None:
    if not left:
        return
    by_segment: defaultdict[int, list[int]] = defaultdict(list)
    for segment_id, place in left:
        by_segment[segment_id].append(place)
    for segment_id, places in by_segment.items():
        given = {"which": segment_id, "ids": as_json(places)}
        await connection.execute(_STAND_NO_MORE, given)
    query = select(segments.c.id, segments.c.state).where(segments.c.id.in_(list(by_segment)))
    for segment_id, state in (await connection.execute(query)).all():
        if state in SEARCHED:
            await hide(connection, segment_id, by_segment[segment_id])
        elif state == State.MAKING:
            gone = [{"segment_id": segment_id, "place": place} for place in by_segment[segment_id]]
            await connection.execute(insert(leavers), gone)


async def hide(connection: AsyncConnection, segment_id: int, places: Collection[int]) -> None:
    """Nobody in these places of a Segment is found any more."""
    rows = await connection.execute(
        select(postings.c.term, postings.c.places).where(
            postings.c.segment_id == segment_id, postings.c.term.in_(VIEWS)
        )
    )
    gone = BitMap(places)
    raised = update(segments).where(segments.c.id == segment_id).values(version=segments.c.version + 1)
    await connection.execute(raised)
    for term, packed in rows.all():
        before = BitMap.deserialize(packed)
        if before.intersect(gone):
            where = (postings.c.segment_id == segment_id, postings.c.term == term)
            await connection.execute(update(postings).where(*where).values(places=(before - gone).serialize()))


async def _put_in(connection: AsyncConnection, account_id: AccountId, new: Sequence[Face]) -> None:
    if not new:
        return
    query = select(segments.c.id, segments.c.size).where(
        segments.c.account_id == account_id, segments.c.state == State.LIVE, segments.c.size <= MOST_AT_ONCE
    )
    size, taken = len(new), []
    # Of many at once, tidying makes something larger anyway.
    small = () if size > MANY else (await connection.execute(query.order_by(segments.c.size))).all()
    for row in small:
        # Whoever is in a small Segment is written again only when it at least doubles with what comes.
        if row.size > size * 2 or size + row.size > MOST_AT_ONCE:
            break
        size += row.size
        taken.append(row.id)
    # What it takes to write down some hundred people is long for whoever waits for something else.
    made = await aside(connection, build, new)
    if taken:
        made = merge([made, *[await _read(connection, each) for each in taken]])
        await erase(connection, taken)
    segment_id = await insert_segment(connection, account_id, State.LIVE, len(made.standings))
    await insert_standings(connection, segment_id, made.standings)
    await insert_postings(connection, segment_id, made.postings)


async def _read(connection: AsyncConnection, segment_id: int) -> Segment:
    rows = await connection.execute(select(standings).where(standings.c.segment_id == segment_id))
    there = {row.place: Standing(row.key, row.person_id, row.digest) for row in rows}
    query = select(postings.c.term, postings.c.places).where(postings.c.segment_id == segment_id)
    found = {term: BitMap.deserialize(packed) for term, packed in await connection.execute(query)}
    return Segment(there, found)


async def insert_segment(connection: AsyncConnection, account_id: AccountId, state: State, size: int) -> int:
    """An empty one; its id."""
    statement = insert(segments).values(account_id=account_id, state=state, size=size).returning(segments.c.id)
    return int((await connection.execute(statement)).scalar_one())


# On PostgreSQL one statement for thousands of rows: asyncpg would send them one by one.
_STANDINGS: Final = {
    "sqlite": "INSERT INTO directory_standings VALUES (?, ?, ?, ?, ?)",
    "postgresql": "INSERT INTO directory_standings (segment_id, place, key, person_id, digest) SELECT * FROM unnest("
    "$1::integer[], $2::integer[], $3::text[], $4::text[], $5::bigint[])",
}
_POSTINGS: Final = {
    "sqlite": "INSERT INTO directory_postings VALUES (?, ?, ?)",
    "postgresql": "INSERT INTO directory_postings (segment_id, term, places) SELECT * FROM unnest("
    "$1::integer[], $2::text[], $3::bytea[])",
}


async def insert_standings(connection: AsyncConnection, segment_id: int, some: Mapping[int, Standing]) -> None:
    """Who stands where in a Segment that is being made."""
    rows = [(segment_id, place, at.key, at.person_id, at.digest) for place, at in some.items()]
    await _insert(connection, _STANDINGS, rows)


async def insert_postings(connection: AsyncConnection, segment_id: int, some: Mapping[str, BitMap]) -> None:
    """Who is found by what in a Segment that is being made."""
    # In the order of the table, which writes each of its pages once.
    rows = [(segment_id, term, some[term].serialize()) for term in sorted(some)]
    await _insert(connection, _POSTINGS, rows)


async def _insert(connection: AsyncConnection, how: Mapping[str, str], rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    # By the driver itself: what SQLAlchemy does for each of a million rows takes longer than the database does.
    name = connection.dialect.name
    given: Any = rows if name == "sqlite" else tuple(list(column) for column in zip(*rows, strict=True))
    await connection.exec_driver_sql(how[name], given)


async def erase(connection: AsyncConnection, ids: Iterable[int]) -> None:
    """Remove Segments whole; only small ones, because it is done at once."""
    which = list(ids)
    for table in (postings, standings, leavers):
        await connection.execute(delete(table).where(table.c.segment_id.in_(which)))
    await connection.execute(delete(segments).where(segments.c.id.in_(which)))
