"""Answering the Contacts list: search, filter and page over the index (see `segments.py`), step by step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter
from pyroaring import BitMap

from deskbridge.accounts.model import AccountId
from deskbridge.directory.model import MAIN_ORDER, Person, PersonId, Platform
from deskbridge.directory.remembered import ALWAYS, Posting, Postings, Remembered, Sought
from deskbridge.directory.search_store import Spot, ask_faces, ask_postings, ask_segments
from deskbridge.directory.segments import VIEWS, WITH_TEAMS, WITHOUT_TEAMS, has, list_key
from deskbridge.directory.words import Lookup, lookups
from deskbridge.storage.asking import Answer, Stale, Steps
from deskbridge.storage.database import Database


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
    """People in list order (D3), where the page ends if there are more, and how many the whole list has.

    `listed` is what JSON of `people` is made of: most who ask for a page only pass it on.
    """

    listed: list[dict[str, Any]]
    end: Place | None
    total: int

    @property
    def people(self) -> list[Person]:
        """As the directory knows them."""
        return _PEOPLE.validate_python(self.listed)


class _Hits(NamedTuple):
    """Who of a Segment is an answer, and how many of them stand before the page."""

    segment_id: int
    places: BitMap
    skipped: int


NOBODY: Final = Page([], None, 0)
_GENEROUS: Final = (3, 8, 2**31)
"""How much more than its share of a page is read of each Segment; if that was not enough, again with the next."""
_PEOPLE: Final = TypeAdapter(list[Person])
_ORDER: Final = {each.value: number for number, each in enumerate(Platform)}


class Search:
    """The Contacts lists of all Accounts, as this process reads them."""

    def __init__(self, db: Database, remembered: Remembered | None = None) -> None:
        self._db = db
        self._remembered = remembered or Remembered()

    async def list_people(self, account_id: AccountId, question: Question, after: Place | None, limit: int) -> Page:
        """One page of the list, narrowed as asked, after that place."""
        return await self._db.read_in_steps(
            lambda: steps(self._remembered, account_id, question, after, limit, is_sqlite=self._db.is_sqlite)
        )


def steps(
    remembered: Remembered,
    account_id: AccountId,
    question: Question,
    after: Place | None,
    limit: int,
    *,
    is_sqlite: bool,
) -> Steps[Page]:
    """What has to be asked for one page; see `Search.list_people`."""
    if limit < 1 or (question.platform is Platform.TEAMS and not question.with_teams):
        return NOBODY
    segments = yield ask_segments(account_id, after.key if after else None, is_sqlite=is_sqlite)
    found = yield from _find(remembered, account_id, segments, _groups(question), is_sqlite=is_sqlite)
    begins = {segment_id: begin for segment_id, _, begin in segments}
    hits = [
        _Hits(segment_id, places, _skipped(places, begins[segment_id]) if after else 0)
        for segment_id, places in found.items()
    ]
    faces = yield from _first(account_id, hits, limit + 1, is_sqlite=is_sqlite)
    keys = sorted(faces)
    listed = [_shown(faces[key], question) for key in keys[:limit]]
    return Page(listed, _place(keys[limit - 1]) if len(keys) > limit else None, sum(len(each.places) for each in hits))


def _groups(question: Question) -> list[list[Lookup]]:
    """Who is found has something of each group."""
    every = [WITH_TEAMS if question.with_teams else WITHOUT_TEAMS]
    if question.platform is not None:
        every.append(has(question.platform))
    return [[Lookup(term, term)] for term in every] + [lookups(each) for each in question.words]


def _find(
    remembered: Remembered,
    account_id: AccountId,
    segments: Answer,
    groups: Sequence[Sequence[Lookup]],
    *,
    is_sqlite: bool,
) -> Steps[dict[int, BitMap]]:
    """Who is found in each Segment, where anybody is."""
    wanted = {lookup: _wanted(lookup, segments) for group in groups for lookup in group}
    known = {lookup: remembered.recall(Sought(account_id, lookup)) for lookup in wanted}
    missing = {lookup: absent for lookup, versions in wanted.items() if (absent := _absent(versions, known[lookup]))}
    if missing:
        read = yield from _read(segments, missing, is_sqlite=is_sqlite)
        # What was known of Segments that are no more is let go with it.
        known |= {
            lookup: {each: read[lookup, each] if each in absent else known[lookup][each] for each in wanted[lookup]}
            for lookup, absent in missing.items()
        }
        remembered.remember({Sought(account_id, lookup): known[lookup] for lookup in missing})
    found = {}
    for segment_id, _, _ in segments:
        in_groups = (_any_of([known[lookup][segment_id].places for lookup in group]) for group in groups)
        if places := _all_of(in_groups):
            found[segment_id] = places
    return found


def _wanted(lookup: Lookup, segments: Answer) -> dict[int, int]:
    """The version that each Segment's Posting has to be of."""
    if lookup.low in VIEWS:
        return {segment_id: version for segment_id, version, _ in segments}
    return dict.fromkeys((segment_id for segment_id, _, _ in segments), ALWAYS)


def _absent(versions: dict[int, int], known: Postings) -> set[int]:
    return {each for each, version in versions.items() if each not in known or known[each].version != version}


def _read(
    segments: Answer, missing: Mapping[Lookup, set[int]], *, is_sqlite: bool
) -> Steps[dict[tuple[Lookup, int], Posting]]:
    versions = {segment_id: version for segment_id, version, _ in segments}
    segment_ids, looked_up = sorted(set[int]().union(*missing.values())), list(missing)
    there: defaultdict[tuple[int, int], list[bytes]] = defaultdict(list)
    unchanged = 0
    for segment_id, number, packed in (yield ask_postings(segment_ids, looked_up, is_sqlite=is_sqlite)):
        if number >= 0:
            there[segment_id, number].append(packed)
        elif versions[segment_id] == -1 - number:
            unchanged += 1
    if not is_sqlite and unchanged < len(segment_ids):
        raise Stale
    return {
        (lookup, each): _unpacked(versions[each] if lookup.low in VIEWS else ALWAYS, there.get((each, number), ()))
        for number, lookup in enumerate(looked_up)
        for each in missing[lookup]
    }


def _unpacked(version: int, packed: Sequence[bytes]) -> Posting:
    places = _any_of([BitMap.deserialize(each) for each in packed])
    return Posting(version, places, sum(len(each) for each in packed))


def _any_of(some: Sequence[BitMap | None]) -> BitMap | None:
    if len(some) == 1:
        return some[0]
    known = [each for each in some if each is not None]
    return BitMap.union(*known) if known else None


def _all_of(groups: Iterable[BitMap | None]) -> BitMap | None:
    known = []
    for each in groups:
        if each is None:
            return None
        known.append(each)
    return BitMap.intersection(*sorted(known, key=len)) if len(known) > 1 else known[0]


def _skipped(places: BitMap, begin: int | None) -> int:
    if begin is None:
        return len(places)
    return places.rank(begin - 1) if begin else 0


def _first(
    account_id: AccountId, hits: Sequence[_Hits], need: int, *, is_sqlite: bool
) -> Steps[dict[str, list[Sequence[Any]]]]:
    """The Identities of the first so many of all Segments, by key."""
    for generous in _GENEROUS:
        spots = _spots(hits, need, generous)
        if not spots:
            return {}
        rows = yield ask_faces(account_id, spots, need, is_sqlite=is_sqlite)
        faces: dict[str, list[Sequence[Any]]] = {}
        for row in rows:
            faces.setdefault(row[0], []).append(row)
        if not rows or rows[0][1] < len(spots):
            raise Stale
        # Beyond the last that was read of a Segment with more, somebody of it may stand in between.
        sure = rows[0][2]
        if sure is None or (len(faces) >= need and max(faces) <= sure):
            break
    return faces


def _spots(hits: Sequence[_Hits], need: int, generous: int) -> list[Spot]:
    total = sum(len(each.places) - each.skipped for each in hits)
    found: list[Spot] = []
    for segment_id, places, skipped in hits:
        left = len(places) - skipped
        if left:
            expected = need * left // total
            count = min(left, need, expected + generous * (isqrt(expected) + 1))
            found += [(segment_id, place, 0) for place in places[skipped : skipped + count]]
            if count < left:
                found[-1] = (segment_id, found[-1][1], 1)
    return found


def _place(key: str) -> Place:
    sorted_by, _, person_id = key[1:].rpartition("\x01")
    return Place(int(key[0]), sorted_by, PersonId(person_id))


def _shown(rows: Sequence[Sequence[Any]], question: Question) -> dict[str, Any]:
    """As `Person.of` describes somebody."""
    theirs = [_identity(row) for row in rows if question.with_teams or row[5] != Platform.TEAMS]
    main = theirs[0]
    if len(theirs) > 1:
        theirs.sort(key=lambda each: (_ORDER[each["platform"]], each["id"]))
        main = min(theirs, key=lambda each: MAIN_ORDER.index(each["platform"]))
    return {
        "id": rows[0][3],
        "display_name": main["display_name"],
        "job_title": next((each["job_title"] for each in theirs if each["job_title"]), None),
        "department": next((each["department"] for each in theirs if each["department"]), None),
        "identities": theirs,
    }


def _identity(row: Sequence[Any]) -> dict[str, Any]:
    _, _, _, _, identity_id, platform, display_name, address, job_title, department, user_id = row
    return {
        "id": identity_id,
        "platform": platform,
        "display_name": display_name,
        "address": address,
        "job_title": job_title,
        "department": department,
        "user_id": user_id,
    }
