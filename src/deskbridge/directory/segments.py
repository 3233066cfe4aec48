"""The index of the Contacts list: Faces in list order, Segments of them, and how Segments become one. Pure.

A **Face** is how the list shows a Person: with Teams, or without it while Teams chat is switched off (C1); who has no
Teams identity, or nothing else, has only one. A **Segment** is a number of Faces in list order and, for each term, the
set of their places. It never changes but for Faces that leave it, so that the order is in it for good: who is new or
has changed comes with a new Segment, and Segments become fewer and larger as they do in a full-text index.
"""

from __future__ import annotations

import hashlib
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from pyroaring import BitMap

from deskbridge.directory.model import Person, PersonId, Platform, described, list_rank
from deskbridge.directory.order import sort_key
from deskbridge.directory.words import address_term, beginnings, terms

WITH_TEAMS: Final = "+"
WITHOUT_TEAMS: Final = "-"
"""The terms of those whom the list shows; the only ones whose places are taken away again."""
VIEWS: Final = (WITH_TEAMS, WITHOUT_TEAMS)
READING: Final = "1"
"""To be raised whenever names are read into Terms in another way: whoever is indexed again then gets the new ones."""
_LONGEST_TERM: Final = 400


def has(platform: Platform) -> str:
    """The term of those with an Identity on that platform."""
    return f"={platform}"


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody's place in a Segment: the key that sorts as the list does, and a print of all that finds them."""

    key: str
    person_id: PersonId
    digest: int


@dataclass(frozen=True, slots=True)
class Face:
    """How the list shows and finds a Person."""

    standing: Standing
    person: Person
    views: tuple[str, ...]

    def words(self) -> set[str]:
        """All words that find it, by any of their Terms."""
        found: set[str] = set()
        for each in self.person.identities:
            for text in (each.display_name, each.job_title, each.department, each.address):
                if text:
                    found |= beginnings(text)
        return found

    def other_terms(self) -> Iterator[str]:
        """All Terms that find it and are not of its words."""
        yield from self.views
        for each in self.person.identities:
            yield has(each.platform)
            if each.address:
                yield address_term(each.address)[:_LONGEST_TERM]


@dataclass(slots=True)
class Segment:
    """Standings by place, in order but with gaps where somebody has left, and who is found by a term."""

    standings: dict[int, Standing] = field(default_factory=dict)
    postings: dict[str, BitMap] = field(default_factory=dict)


def list_key(rank: int, sorted_by: str, person_id: PersonId) -> str:
    """Sorts as the list does (D3)."""
    return f"{rank}{sorted_by}\x01{person_id}"


def faces(person: Person, locale: str) -> list[Face]:
    """How the list shows the Person; not at all when there is no Identity."""
    everything = {each.platform for each in person.identities}
    if not everything:
        return []
    if Platform.TEAMS not in everything:
        return [_face(person, VIEWS, locale)]
    with_teams = _face(person, (WITH_TEAMS,), locale)
    if everything == {Platform.TEAMS}:
        return [with_teams]
    return [with_teams, _face(person.without(Platform.TEAMS), (WITHOUT_TEAMS,), locale)]


def _face(person: Person, views: tuple[str, ...], locale: str) -> Face:
    rank = list_rank(each.platform for each in person.identities)
    key = list_key(rank, sort_key(described(person).display_name, locale), person.id)
    said = [key, *views, READING]
    for each in person.identities:
        said += [each.platform, each.display_name, each.job_title or "", each.department or "", each.address or ""]
    digest = hashlib.blake2b("\x00".join(said).encode("utf-8", "replace"), digest_size=8).digest()
    return Face(Standing(key, person.id, int.from_bytes(digest, "big", signed=True)), person, views)


def build(some: Iterable[Face]) -> Segment:
    """A Segment of these."""
    ordered = sorted(some, key=lambda face: face.standing.key)
    places: defaultdict[str, list[int]] = defaultdict(list)
    # By word first: many people share a word, and each word has some eight Terms.
    by_word: defaultdict[str, list[int]] = defaultdict(list)
    for place, face in enumerate(ordered):
        for term in face.other_terms():
            places[term].append(place)
        for word in face.words():
            by_word[word].append(place)
    for word, there in by_word.items():
        for term in terms(word):
            places[term] += there
    standings = {place: face.standing for place, face in enumerate(ordered)}
    return Segment(standings, {term: BitMap(found) for term, found in places.items()})


_ONE_ARRAY: Final = struct.Struct("<IIHHI")
_NO_RUNS: Final = 12346
_MOST_IN_AN_ARRAY: Final = 4_096


def unpack_places(packed: bytes) -> Sequence[int]:
    """The places of a Posting as it is stored, in a third of the time where they are few, as most are.

    The layout of one array of numbers is that of the Roaring format's specification; all else is for the library.
    """
    if len(packed) > _ONE_ARRAY.size:
        cookie, containers, begin, last, _ = _ONE_ARRAY.unpack_from(packed)
        if (cookie, containers, begin) == (_NO_RUNS, 1, 0) and last < _MOST_IN_AN_ARRAY:
            return struct.unpack_from(f"<{last + 1}H", packed, _ONE_ARRAY.size)
    return BitMap.deserialize(packed).to_array()


def merge(parts: Sequence[Segment]) -> Segment:
    """One Segment of several, without the gaps."""
    ordered = sorted(
        (standing.key, which, place) for which, part in enumerate(parts) for place, standing in part.standings.items()
    )
    moved: list[dict[int, int]] = [{} for _ in parts]
    for place, (_, which, before) in enumerate(ordered):
        moved[which][before] = place
    postings: defaultdict[str, BitMap] = defaultdict(BitMap)
    for part, to in zip(parts, moved, strict=True):
        for term, found in part.postings.items():
            postings[term].update(to[place] for place in found if place in to)
    standings = {place: parts[which].standings[before] for place, (_, which, before) in enumerate(ordered)}
    return Segment(standings, {term: found for term, found in postings.items() if found})
