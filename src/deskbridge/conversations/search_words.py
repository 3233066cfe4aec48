"""How messages are read for searching: the words of a text, what is asked for, and where it was found. All pure.

Case, accents and width are ignored as in the Contacts list (`directory/words.py`); every word asked for is the
beginning of a word. Scripts that put no space between words let every sign begin one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from deskbridge.accounts.folding import fold
from deskbridge.accounts.model import View
from deskbridge.directory.words import stands_alone
from deskbridge.directory.words import words as folded_words

LONGEST: Final = 32
"""Of longer words only so many letters count."""
_SIGNS: Final = 8
"""Of a run of signs that each can begin a word; what is asked for is cut into such pieces."""
MOST_ASKED: Final = 10
_APOSTROPHES: Final = "'’ʼ`´"
_BEFORE: Final = 40
_AFTER: Final = 120


class SnippetPart(View):
    """A piece of a message's text, in order; `is_hit` where it is what was asked for. Never markup."""

    text: str
    is_hit: bool


def indexed(text: str) -> set[str]:
    """What somebody may look for, each as the whole of it: asking for its beginning finds it."""
    found: set[str] = set()
    for word in _all_words(text):
        found.add(word[:LONGEST])
        if not word.isascii():
            found.update(_inner(word))
    return found


def _all_words(text: str) -> Iterator[str]:
    yield from folded_words(text)
    # `O'Neill` is found by `neill`, and by `oneill`.
    if any(each in text for each in _APOSTROPHES):
        yield from folded_words("".join(char for char in text if char not in _APOSTROPHES))


def _inner(word: str) -> Iterator[str]:
    for at in range(len(word)):
        if stands_alone(word[at]):
            yield word[at : at + _SIGNS]
        elif at and stands_alone(word[at - 1]):
            yield word[at : at + LONGEST]


def asked(search: str) -> list[str]:
    """What is looked for, each of it to be the beginning of something `indexed`."""
    found: dict[str, None] = {}
    for word in folded_words(search.replace("\x00", "")):
        found.update(dict.fromkeys(_pieces(word[: LONGEST * 4])))
    # Who says `annabel` is found by `anna`.
    every = [each for each in found if not any(other != each and other.startswith(each) for other in found)]
    return every[:MOST_ASKED]


def _pieces(word: str) -> Iterator[str]:
    if word.isascii():
        yield word[:LONGEST]
        return
    begin = 0
    for at in range(1, len(word) + 1):
        is_end = at == len(word) or stands_alone(word[at]) != stands_alone(word[begin])
        is_long = at - begin == (_SIGNS if stands_alone(word[begin]) else LONGEST)
        if is_end or is_long:
            yield word[begin:at]
            begin = at


def matches(text: str, wanted: Sequence[str]) -> bool:
    """Whether the text has them all."""
    there = indexed(text)
    return all(any(each.startswith(word) for each in there) for word in wanted)


def snippet(text: str, wanted: Sequence[str]) -> list[SnippetPart]:
    """The text around the first thing that was asked for, with all that was found in it marked."""
    hits = _hits(text, wanted) if wanted else []
    first = hits[0][0] if hits else 0
    begin = _word_begin(text, max(0, first - _BEFORE)) if first > _BEFORE else 0
    end = min(len(text), max(first, begin) + _AFTER)
    parts: list[tuple[str, bool]] = [("…", False)] if begin else []
    at = begin
    for low, high in hits:
        if low >= end or low < at:
            continue
        parts += [(text[at:low], False), (text[low : min(high, end)], True)]
        at = min(high, end)
    parts += [(text[at:end], False), ("…" if end < len(text) else "", False)]
    return [SnippetPart(text=_on_one_line(part), is_hit=is_hit) for part, is_hit in parts if part]


def _word_begin(text: str, at: int) -> int:
    """Not in the middle of a word, where one begins soon."""
    space = text.find(" ", at, at + 20)
    return space + 1 if space >= 0 else at


def _on_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _hits(text: str, wanted: Sequence[str]) -> list[tuple[int, int]]:
    """Where in the text something begins that was asked for, and where that ends; in order, none within another."""
    folded, origin = _folded_with_origin(text)
    found: list[tuple[int, int]] = []
    for at, char in enumerate(folded):
        if not _begins(folded, at, char) or (found and origin[at] < found[-1][1]):
            continue
        lengths = [_length(folded, at, word) for word in wanted]
        if longest := max(lengths):
            found.append((origin[at], origin[at + longest - 1] + 1))
    return [(low, _with_marks(text, high)) for low, high in found]


def _begins(folded: str, at: int, char: str) -> bool:
    if not _is_letter(char):
        return False
    return at == 0 or not _is_letter(folded[at - 1]) or stands_alone(char) or stands_alone(folded[at - 1])


def _length(folded: str, at: int, word: str) -> int:
    """How many signs from there on are that word's; apostrophes within do not count against it."""
    if folded.startswith(word, at):
        return len(word)
    done, here = 0, at
    while done < len(word) and here < len(folded):
        if folded[here] == word[done]:
            done += 1
        elif folded[here] not in _APOSTROPHES or not done:
            return 0
        here += 1
    return here - at if done == len(word) else 0


def _is_letter(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char)[0] == "M"


def _folded_with_origin(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and of each of its signs from where in the text it is."""
    if text.isascii():
        return text.lower(), range(len(text))
    signs: list[str] = []
    origin: list[int] = []
    for at, char in enumerate(text):
        for sign in char.lower() if char.isascii() else fold(char):
            signs.append(sign)
            origin.append(at)
    return "".join(signs), origin


def _with_marks(text: str, end: int) -> int:
    """Accents belong to the letter before them."""
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end
