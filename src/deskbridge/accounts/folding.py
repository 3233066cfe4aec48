"""How names are compared: without case, accents and width; for Users and for everybody in Contacts."""

from __future__ import annotations

import unicodedata
from typing import Final

# What Unicode does not decompose though people type it otherwise: strokes and ligatures, Arabic letters that stand for
# the same one. Kana of one syllabary are those of the other.
_SAME: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe"}
    | {"ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ـ": ""}
    | {chr(kana): chr(kana - 0x60) for kana in range(0x30A1, 0x30F7)}
)
_VOICED: Final = "\u3099\u309a"
"""Marks of kana that make another letter, and so are no accents."""


def fold(text: str) -> str:
    """Case, accents and width ignored: `José` and `ＪＯＳＥ` both give `jose`."""
    if text.isascii():
        return text.lower()
    # Compatibility forms first: the `™` that they turn into letters are capitals.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(
        char
        for char in decomposed
        if not (unicodedata.combining(char) and char not in _VOICED) and unicodedata.category(char) != "Cf"
    )
    return unicodedata.normalize("NFKC", bare).translate(_SAME)
