"""What this process remembers of Postings, so that what is typed often need not be read and unpacked again. Pure.

Nobody has to be told when something changes: a Posting is never changed but for those of the two views, which are
remembered with the version of their Segment; and a Segment's number is never given again. What is not asked for any
more falls out.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, NamedTuple

from pyroaring import BitMap

from deskbridge.accounts.model import AccountId
from deskbridge.directory.words import Lookup

MOST_BYTES: Final = 64 * 2**20
_ENTRY: Final = 400
"""What an entry takes besides its places: measured, with the strings that it is found by."""


class Posting(NamedTuple):
    """Who of a Segment is found by a Lookup, None for nobody, and how many bytes that is.

    `version` is that of the Segment where the places are those of a view, otherwise always the same.
    """

    version: int
    places: BitMap | None
    size: int


ALWAYS: Final = -1
"""The version of what never changes."""


class Sought(NamedTuple):
    """Something that is looked for in the list of an Account."""

    account_id: AccountId
    lookup: Lookup


Postings = Mapping[int, Posting]
"""By Segment."""
NOTHING: Final[Postings] = {}


class Remembered:
    """The last that were asked for, up to so many bytes; for any number of threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._known: OrderedDict[Sought, Postings] = OrderedDict()
        self._turn = threading.Lock()

    def recall(self, sought: Sought) -> Postings:
        """What is remembered of that, also of Segments that are no more; it never changes afterwards."""
        with self._turn:
            known = self._known.get(sought)
            if known is None:
                return NOTHING
            self._known.move_to_end(sought)
            return known

    def remember(self, some: Mapping[Sought, Postings]) -> None:
        """These, in place of what was known of the same; what was not asked for the longest is forgotten for them."""
        with self._turn:
            for sought, postings in some.items():
                self._bytes += _bytes(postings) - _bytes(self._known.pop(sought, NOTHING))
                self._known[sought] = postings
            while self._bytes > self._most:
                _, gone = self._known.popitem(last=False)
                self._bytes -= _bytes(gone)


def _bytes(postings: Postings) -> int:
    return sum(each.size + _ENTRY for each in postings.values())
