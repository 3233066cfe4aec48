"""The SQL that answers the Contacts list, in the words of each database; `searching.py` asks it in steps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from deskbridge.accounts.model import AccountId
from deskbridge.directory.index_store import SEARCHED
from deskbridge.directory.words import Lookup
from deskbridge.storage.asking import Ask

Spot = tuple[int, int, int]
"""A Segment, a place in it, and 1 if it is the last that is asked for of a Segment in which more were found."""


_LIVE: Final = f"state IN ({', '.join(str(int(each)) for each in SEARCHED)})"
_IDENTITY: Final = "i.person_id, i.id, i.platform, i.display_name, i.address, i.job_title, i.department, i.user_id"

# SQLite's `?` are numbered as they appear, so each value has to appear where PostgreSQL has its number.
_SEGMENTS: Final = {
    True: f"SELECT s.id, s.version, 0 FROM directory_segments AS s WHERE s.account_id = ? AND s.{_LIVE}",
    False: f"SELECT s.id, s.version, 0 FROM directory_segments AS s WHERE s.account_id = $1 AND s.{_LIVE}",
}
_SEGMENTS_FROM: Final = {
    is_sqlite: "SELECT s.id, s.version, (SELECT t.place FROM directory_standings AS t WHERE t.segment_id = s.id "
    f"AND t.key > {key} ORDER BY t.key LIMIT 1) FROM directory_segments AS s WHERE s.account_id = {mine} AND s.{_LIVE}"
    for is_sqlite, key, mine in ((True, "?", "?"), (False, "$1", "$2"))
}

_POSTINGS: Final = {
    True: "SELECT p.segment_id, w.key, p.places FROM json_each(?) AS s CROSS JOIN json_each(?) AS w "
    "CROSS JOIN directory_postings AS p ON p.segment_id = s.value "
    "AND p.term >= json_extract(w.value, '$[0]') AND p.term <= json_extract(w.value, '$[1]')",
    False: "SELECT p.segment_id, w.number - 1, p.places FROM unnest($1::integer[]) AS s (id) "
    "CROSS JOIN unnest($2::text[], $3::text[]) WITH ORDINALITY AS w (low, high, number) "
    # With OFFSET 0 the planner, who knows no numbers yet, can only walk the index: otherwise it read all Postings.
    "CROSS JOIN LATERAL (SELECT o.segment_id, o.places FROM directory_postings AS o "
    "WHERE o.segment_id = s.id AND o.term >= w.low AND o.term <= w.high OFFSET 0) AS p "
    f"UNION ALL SELECT s.id, -1 - s.version, NULL FROM directory_segments AS s WHERE s.id = ANY($1) AND s.{_LIVE}",
}

_FOUND: Final = {
    True: "SELECT t.key, t.person_id, w.value >> 62 AS is_last FROM json_each(?) AS w CROSS JOIN directory_standings "
    "AS t ON t.segment_id = (w.value >> 32) & 1073741823 AND t.place = w.value & 4294967295",
    False: "SELECT t.key, t.person_id, w.is_last FROM unnest($1::integer[], $2::integer[], $3::integer[]) "
    "AS w (segment_id, place, is_last) JOIN directory_standings AS t "
    "ON t.segment_id = w.segment_id AND t.place = w.place",
}
_FACES: Final = {
    is_sqlite: f"WITH found AS MATERIALIZED ({_FOUND[is_sqlite]}), "
    f"page AS (SELECT f.key, f.person_id FROM found AS f ORDER BY f.key LIMIT {most}) "
    "SELECT page.key, (SELECT count(*) FROM found), (SELECT min(f.key) FROM found AS f WHERE f.is_last = 1), "
    f"{_IDENTITY} FROM page {join} identities AS i ON i.person_id = page.person_id AND i.account_id = {mine}"
    for is_sqlite, most, join, mine in ((True, "?", "CROSS JOIN", "?"), (False, "$4::integer", "JOIN", "$5"))
}


def ask_segments(account_id: AccountId, key: str | None, *, is_sqlite: bool) -> Ask:
    """The Account's Segments and their versions, and where in each the first one after that key stands."""
    if key is None:
        return Ask(_SEGMENTS[is_sqlite], (account_id,))
    return Ask(_SEGMENTS_FROM[is_sqlite], (key, account_id))


def ask_postings(segment_ids: Sequence[int], lookups: Sequence[Lookup], *, is_sqlite: bool) -> Ask:
    """Rows of Segment, number of the Lookup, and places.

    PostgreSQL, which is asked without a transaction, tells the versions of the Segments as well, as -1 - version in
    place of the number.
    """
    if is_sqlite:
        return Ask(_POSTINGS[True], (json.dumps(list(segment_ids)), json.dumps(lookups)))
    lows, highs = [each.low for each in lookups], [each.high for each in lookups]
    return Ask(_POSTINGS[False], (list(segment_ids), lows, highs))


def ask_faces(account_id: AccountId, spots: Sequence[Spot], need: int, *, is_sqlite: bool) -> Ask:
    """The first so many by key of those who stand there, a row for each Identity (see `_FACES`).

    Each row also has how many of the spots somebody stands on, and the key of the first spot that `is_last`.
    """
    if is_sqlite:
        packed = [is_last << 62 | segment_id << 32 | place for segment_id, place, is_last in spots]
        return Ask(_FACES[True], (json.dumps(packed), need, account_id))
    segment_ids, places, lasts = (list(column) for column in zip(*spots, strict=True))
    return Ask(_FACES[False], (segment_ids, places, lasts, need, account_id))
