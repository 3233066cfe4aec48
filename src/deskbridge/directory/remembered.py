"""What this process remembers of Postings, so that what is typed often need not be read and unpacked again. Pure.

Nobody has to be told when something changes: a Posting is never changed but for those of the two views, which are
remembered with the version of their Segment; and a Segment's number is never given again. What is not asked for any
more falls out.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from pyroaring import BitMap

MOST_BYTES: Final = 64 * 2**20
_ENTRY: Final = 400
"""What an entry takes besides its places: measured, with the strings that it is found by."""


class Key(NamedTuple):
    """All Terms from `low` to `high` in that Segment; `version` is None where it does not matter."""

    segment_id: int
    version: int | None
    low: str
    high: str


class Posting(NamedTuple):
    """Who has one of these Terms, None for nobody, and how many bytes that is."""

    places: BitMap | None
    size: int


class Remembered:
    """The last that were asked for, up to so many bytes; for any number of threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._known: OrderedDict[Key, Posting] = OrderedDict()
        self._turn = threading.Lock()

    def recall(self, keys: Sequence[Key]) -> dict[Key, BitMap | None]:
        """Those of them that are remembered."""
        found = {}
        with self._turn:
            for key in keys:
                posting = self._known.get(key)
                if posting is not None:
                    self._known.move_to_end(key)
                    found[key] = posting.places
        return found

    def remember(self, some: Mapping[Key, Posting]) -> None:
        """These as well; what was not asked for the longest is forgotten for them."""
        with self._turn:
            for key, posting in some.items():
                before = self._known.pop(key, None)
                self._bytes += posting.size + _ENTRY - (before.size + _ENTRY if before else 0)
                self._known[key] = posting
            while self._bytes > self._most and self._known:
                _, gone = self._known.popitem(last=False)
                self._bytes -= gone.size + _ENTRY
