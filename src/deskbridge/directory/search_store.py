"""The SQL that answers the Contacts list: search, filter and page over the index (see `segments.py`)."""

from __future__ import annotations

import heapq
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isqrt
from typing import Any, Final, NamedTuple

from pyroaring import BitMap
from sqlalchemy import Connection, TextClause, text

from deskbridge.accounts.model import AccountId
from deskbridge.directory.index_store import SEARCHED
from deskbridge.directory.model import Person, PersonId, Platform
from deskbridge.directory.segments import WITH_TEAMS, WITHOUT_TEAMS, has, list_key
from deskbridge.directory.store import find_listed
from deskbridge.directory.words import Lookup, lookups


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody looks for in the list, as `words.asked` gives it.

    `with_teams` is False while Teams chat is switched off (C1): the list is then that of an organisation without Teams.
    """

    words: Sequence[str] = ()
    platform: Platform | None = None
    with_teams: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list ended."""

    rank: int
    sort_key: str
    person_id: PersonId

    @property
    def key(self) -> str:
        """Sorts as the list does."""
        return list_key(self.rank, self.sort_key, self.person_id)


class Page(NamedTuple):
    """People in list order (D3), where the page ends if there are more, and how many the whole list has."""

    people: list[Person]
    end: Place | None
    total: int


class _Hits(NamedTuple):
    """Who of a Segment is an answer, and how many of them stand before the page."""

    segment_id: int
    places: BitMap
    skipped: int


NOBODY: Final = Page([], None, 0)


def list_people(
    connection: Connection, account_id: AccountId, question: Question, after: Place | None, limit: int
) -> Page:
    """One page of the list, narrowed as asked, after that place; for `read_at_once`."""
    if question.platform is Platform.TEAMS and not question.with_teams:
        return NOBODY
    hits = _find(connection, account_id, question, after)
    keys = _first(connection, hits, limit + 1)
    page = [_place(key) for key in keys[:limit]]
    people = find_listed(connection, account_id, [each.person_id for each in page])
    shown = [people[each.person_id] for each in page]
    if not question.with_teams:
        shown = [each.without(Platform.TEAMS) for each in shown]
    return Page(shown, page[-1] if len(keys) > limit else None, sum(len(each.places) for each in hits))


def _place(key: str) -> Place:
    sorted_by, _, person_id = key[1:].rpartition("\x01")
    return Place(int(key[0]), sorted_by, PersonId(person_id))


def _groups(question: Question) -> list[list[Lookup]]:
    """Who is found has something of each group."""
    every = [WITH_TEAMS if question.with_teams else WITHOUT_TEAMS]
    if question.platform is not None:
        every.append(has(question.platform))
    return [[Lookup(term, term)] for term in every] + [lookups(each) for each in question.words]


def _find(connection: Connection, account_id: AccountId, question: Question, after: Place | None) -> list[_Hits]:
    groups = _groups(question)
    flat = [(number, lookup) for number, group in enumerate(groups) for lookup in group]
    given: dict[str, Any] = {"account_id": account_id}
    for number, (_, lookup) in enumerate(flat):
        given |= {f"low{number}": lookup.low, f"high{number}": lookup.high}
    if after is not None:
        given["key"] = after.key
    numbers = tuple(number for number, _ in flat)
    found: dict[int, list[BitMap | None]] = {}
    begins: dict[int, int | None] = {}
    rows = connection.execute(_statement(numbers, after is not None), given).all()
    for segment_id, group, packed, begin in rows:
        if group < 0:
            begins[segment_id] = begin
            continue
        there = found.setdefault(segment_id, [None] * len(groups))
        places, before = BitMap.deserialize(packed), there[group]
        there[group] = places if before is None else before | places
    hits = ((segment_id, _all_of(there)) for segment_id, there in found.items())
    return [
        _Hits(segment_id, places, _skipped(places, begins.get(segment_id)) if after is not None else 0)
        for segment_id, places in hits
        if places
    ]


def _all_of(groups: Sequence[BitMap | None]) -> BitMap | None:
    known = [each for each in groups if each is not None]
    if len(known) < len(groups):
        return None
    fewest_first = sorted(known, key=len)
    return BitMap.intersection(*fewest_first) if len(fewest_first) > 1 else fewest_first[0]


def _skipped(places: BitMap, begin: int | None) -> int:
    if begin is None:
        return len(places)
    return places.rank(begin - 1) if begin else 0


def _first(connection: Connection, hits: Sequence[_Hits], need: int) -> list[str]:
    """The keys of the first so many, from all Segments."""
    taken = {each.segment_id: each.skipped for each in hits}
    known: list[str] = []
    while True:
        left = {each.segment_id: len(each.places) - taken[each.segment_id] for each in hits}
        total = sum(left.values())
        if not total or need <= 0:
            return known[:need]
        wanted: list[tuple[int, int]] = []
        last: dict[int, int] = {}
        for each in hits:
            if count := min(left[each.segment_id], _share(need, left[each.segment_id], total)):
                begin = taken[each.segment_id]
                places = each.places[begin : begin + count]
                wanted += [(each.segment_id, place) for place in places]
                taken[each.segment_id] += count
                if count < left[each.segment_id]:
                    last[each.segment_id] = places[len(places) - 1]
        keys = _keys(connection, wanted)
        known = list(heapq.merge(known, sorted(keys.values())))
        # Beyond the last that was read of a Segment with more, somebody of it may stand in between.
        sure = min((keys[segment_id, place] for segment_id, place in last.items()), default=None)
        if sure is None or (len(known) >= need and known[need - 1] <= sure):
            return known[:need]


def _share(need: int, left: int, total: int) -> int:
    """How many of a Segment are probably among the first."""
    if left == total:
        return need
    expected = need * left // total
    return min(need, expected + 2 * isqrt(expected) + 2)


@lru_cache(maxsize=500)
def _statement(numbers: tuple[int, ...], with_key: bool) -> TextClause:
    """One statement for all terms, so that there is one way to the database and back."""
    wanted = ", ".join(
        f"({number}, CAST(:low{at} AS text), CAST(:high{at} AS text))" for at, number in enumerate(numbers)
    )
    sql = _LOOK_UP.replace("{wanted}", wanted)
    return text(sql + _BEGIN if with_key else sql)


_STATES: Final = f"s.account_id = :account_id AND s.state IN ({', '.join(str(int(each)) for each in SEARCHED)})"
_LOOK_UP: Final = (
    "WITH wanted (number, low, high) AS (VALUES {wanted}) "  # noqa: S608  # Numbers and our own words only.
    "SELECT s.id, w.number, p.places, 0 FROM directory_segments AS s CROSS JOIN wanted AS w "
    f"JOIN directory_postings AS p ON p.segment_id = s.id AND p.term >= w.low AND p.term <= w.high WHERE {_STATES}"
)
_BEGIN: Final = (
    " UNION ALL SELECT s.id, -1, NULL, (SELECT t.place FROM directory_standings AS t "  # noqa: S608  # As above.
    "WHERE t.segment_id = s.id AND t.key > :key ORDER BY t.key LIMIT 1) "
    f"FROM directory_segments AS s WHERE {_STATES}"
)


_KEYS: Final = {
    "sqlite": text(
        "SELECT t.segment_id, t.place, t.key FROM json_each(:pairs) AS w CROSS JOIN directory_standings AS t "
        "ON t.segment_id = w.value >> 32 AND t.place = w.value & 4294967295"
    ),
    "postgresql": text(
        "SELECT t.segment_id, t.place, t.key FROM unnest(CAST(:segments AS integer[]), CAST(:places AS integer[])) "
        "AS w (segment_id, place) JOIN directory_standings AS t "
        "ON t.segment_id = w.segment_id AND t.place = w.place"
    ),
}


def _keys(connection: Connection, wanted: Sequence[tuple[int, int]]) -> Mapping[tuple[int, int], str]:
    name = connection.dialect.name
    if name == "sqlite":
        given: dict[str, Any] = {"pairs": json.dumps([segment_id << 32 | place for segment_id, place in wanted])}
    else:
        given = {"segments": [each[0] for each in wanted], "places": [each[1] for each in wanted]}
    rows = connection.execute(_KEYS[name], given).all()
    return {(segment_id, place): key for segment_id, place, key in rows}
