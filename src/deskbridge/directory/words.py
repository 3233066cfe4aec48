"""How names are read: folding, words, what a search asks for and what answers it (D4).

As pure as `model.py`, apart from it for size; folding itself is in `accounts/folding.py`, as Users have it, too. People
are found by **terms**, each the first letters of a word with their number before them: of `robin` 01r, 02ro, 03rob,
04robi, 05robin. To look a beginning up is to look a term up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from deskbridge.accounts.folding import fold

LONGEST: Final = 32
"""Of longer words only so many letters count."""
_LENGTHS: Final = (1, 2, 3, *range(4, LONGEST + 1, 2))
"""Beginnings of these lengths have a term. What has one letter less is found by the term of that length which it is
itself, and by those one letter longer that begin with it: some thirty, whatever the words are."""
_ASCII_WORD: Final = re.compile("[0-9a-z]+")
_IS_LENGTH: Final = frozenset(_LENGTHS)
_LAST: Final = "\U0010ffff"

_APOSTROPHES: Final = str.maketrans("", "", "'’ʼ`´")
_ALONE: Final = ((0x3005, 0x3006), (0x3041, 0x312F), (0x31A0, 0x31FF), (0x3400, 0x9FFF), (0xAC00, 0xD7A3))
_ALONE_BEYOND: Final = (0x20000, 0x3FFFF)


class Lookup(NamedTuple):
    """Terms from one to another, both included; who is found by any of them."""

    low: str
    high: str


def words(text: str) -> list[str]:
    """The folded words of a text; everything that is not a letter, digit or mark separates them."""
    return _split(fold(text))


def _split(folded: str) -> list[str]:
    if folded.isascii():
        return _ASCII_WORD.findall(folded)
    separated = "".join(char if char.isalnum() or unicodedata.category(char)[0] == "M" else " " for char in folded)
    return separated.split()


@lru_cache(maxsize=5_000)
def beginnings(text: str) -> frozenset[str]:
    """What each word that somebody may look for begins with.

    Scripts that put no space between words let every sign begin one: `王小明` is found by `小明`. `O'Neill` is found by
    `neill`, and by `oneill`.
    """
    folded = fold(text)
    found = set(_split(folded))
    joined = folded.translate(_APOSTROPHES)
    if joined != folded:
        found.update(_split(joined))
    if not folded.isascii():
        found.update([part for word in found for part in _parts(word)])
    return frozenset(found)


def _parts(word: str) -> Iterator[str]:
    for at in range(1, len(word)):
        if stands_alone(word[at]) or stands_alone(word[at - 1]):
            yield word[at:]


def stands_alone(char: str) -> bool:
    """Whether it is of a script that puts no space between words, so that every sign can begin one."""
    code = ord(char)
    if code < _ALONE[0][0]:
        return False
    return any(low <= code <= high for low, high in _ALONE) or _ALONE_BEYOND[0] <= code <= _ALONE_BEYOND[1]


@lru_cache(maxsize=20_000)  # Names, titles and departments are those of many.
def terms(word: str) -> tuple[str, ...]:
    """What somebody is found by of whom something is said that `beginnings` gives as this word."""
    length = min(len(word), LONGEST)
    found = [f"{each:02}{word[:each]}" for each in _LENGTHS if each < length]
    return (*found, f"{length:02}{word[:length]}")


def address_term(address: str) -> str:
    """What somebody with that address is found by when it is typed as one."""
    return f"@{fold(address)}"


def asked(search: str) -> list[str]:
    """What is looked for, each of it to be the beginning of a word or of an address."""
    found: dict[str, None] = {}
    for part in fold(search.replace("\x00", "")).split():
        address = part.strip("<>()[],;:\"'")
        is_address = "@" in address[1:]
        found.update(dict.fromkeys([address] if is_address else _split(part)))
    # Who is found by `anna` is found by `an`.
    return [each for each in found if not any(other != each and other.startswith(each) for other in found)]


def lookups(asked_for: str) -> list[Lookup]:
    """Where to look for one thing that `asked` gave."""
    if "@" in asked_for:
        return [Lookup(f"@{asked_for}", f"@{asked_for}{_LAST}")]
    word = asked_for[:LONGEST]
    length = len(word)
    here = f"{length:02}{word}"
    if length in _IS_LENGTH:
        return [Lookup(here, here)]
    longer = f"{length + 1:02}{word}"
    return [Lookup(here, here), Lookup(longer, longer + _LAST)]
