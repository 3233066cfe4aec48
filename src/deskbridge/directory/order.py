"""Alphabetical order as people of a language expect it (D3); pure.

Where a language has letters of its own is that of the Unicode CLDR's collation for it, which
docs/decisions/0011-the-order-is-in-the-index.md says more about. All other names have the same key in each language, so
that a change of the language concerns few.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from deskbridge.accounts.folding import fold

DEFAULT_LOCALE: Final = "en"
_AFTER: Final = 0x10FFF0
"""Greater than all that follows a letter in a name: `n` and this sort after all that begins with `n`."""


@dataclass(frozen=True, slots=True)
class Alphabet:
    """A language and its own letters: `n: ñ` says that ñ comes after n; `y: ü=ÿ`, that two are the same."""

    language: str
    letters: str = ""
    dotless: bool = False
    """Whether I without a dot and İ with one are two letters."""


LOCALES: Final[Mapping[str, Alphabet]] = {
    "en": Alphabet("English, and every language without letters of its own"),
    "cs": Alphabet("Czech", "c: č; h: ch; r: ř; s: š; z: ž"),
    "da": Alphabet("Danish", "z: æ=ä ø=ö=ő å=aa; y: ü=ű"),
    "de": Alphabet("German, as in a dictionary: ä like a"),
    "de-phonebook": Alphabet("German, as in a telephone directory: ä like ae", "=ae: ä; =oe: ö; =ue: ü"),
    "es": Alphabet("Spanish", "n: ñ"),
    "et": Alphabet("Estonian", "s: š z ž; w: õ ä ö ü"),
    "fi": Alphabet("Finnish", "z: å ä=æ ö=ø"),
    "hr": Alphabet("Croatian, Bosnian, Slovenian", "c: č ć; d: dž đ; l: lj; n: nj; s: š; z: ž"),
    "hu": Alphabet("Hungarian", "c: cs; d: dz dzs; g: gy; l: ly; n: ny; o: ö=ő; s: sz; t: ty; u: ü=ű; z: zs"),
    "nb": Alphabet("Norwegian", "z: æ=ä ø=ö=ő å=aa; y: ü=ű"),
    "pl": Alphabet("Polish", "a: ą; c: ć; e: ę; l: ł; n: ń; o: ó; s: ś; z: ź ż"),
    "ro": Alphabet("Romanian", "a: ă â; i: î; s: ș=ş; t: ț=ţ"),
    "sk": Alphabet("Slovak", "a: ä; c: č; h: ch; o: ô; s: š; z: ž"),
    "sv": Alphabet("Swedish", "z: å ä=æ ö=ø; y: ü=ű"),
    "tr": Alphabet("Turkish", "c: ç; g: ğ; h: ı; o: ö; s: ş; u: ü", dotless=True),
}


def sort_key(display_name: str, locale: str = DEFAULT_LOCALE) -> str:
    """Folded first, then as written, so that ties are stable."""
    # Cut so that it fits into an index; PostgreSQL takes no \x00.
    return f"{fold(_placed(display_name, locale)).strip()[:200]}\x01{display_name[:200]}".replace("\x00", "")


def _placed(name: str, locale: str) -> str:
    alphabet, (own, places) = LOCALES[locale], _rules(locale)
    if alphabet.dotless:
        name = name.replace("I", "ı").replace("İ", "i")
    if own is None:
        return name
    return own.sub(lambda found: places[found[0]], unicodedata.normalize("NFC", name).casefold())


@lru_cache(maxsize=len(LOCALES))
def _rules(locale: str) -> tuple[re.Pattern[str] | None, Mapping[str, str]]:
    places = dict(_places(LOCALES[locale].letters))
    longest_first = sorted(places, key=len, reverse=True)
    return re.compile("|".join(longest_first)) if places else None, places


def _places(letters: str) -> Iterator[tuple[str, str]]:
    for rule in filter(None, letters.split("; ")):
        base, _, own = rule.partition(": ")
        for number, same in enumerate(own.split()):
            place = base[1:] if base.startswith("=") else base + chr(_AFTER + number)
            yield from ((each, place) for each in same.split("="))
