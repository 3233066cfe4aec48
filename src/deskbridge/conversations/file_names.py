"""What a file may be called: a name that every platform takes and that hides nothing from who reads it. Pure."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Final

MOST: Final = 150
"""Characters: a path in OneDrive may have 400, with the folders and the encoding."""

_MOST_ENDING: Final = 20
_FORBIDDEN: Final = re.compile(r'["*:<>?|]')
_RESERVED: Final = re.compile(r"(?i:con|prn|aux|nul|com\d|lpt\d|\.lock|desktop|_vti_.*)")


def clean(given: str) -> str:
    """The last part of what was given, without what Windows or OneDrive refuse, or what turns the letters round."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    seen = "".join(each for each in last if each.isspace() or unicodedata.category(each) not in {"Cc", "Cf", "Cs"})
    bare = _FORBIDDEN.sub("_", " ".join(seen.split())).strip(" .").removeprefix("~$")
    stem, ending = _parts(bare)
    if _RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    return f"{stem[: MOST - len(ending)].rstrip()}{ending}" or "File"


def numbered(name: str, number: int) -> str:
    """`Bill.pdf`, `Bill 1.pdf`, `Bill 2.pdf`: how OneDrive tells files of one name apart."""
    stem, ending = _parts(name)
    return f"{stem} {number}{ending}" if number else name


def _parts(name: str) -> tuple[str, str]:
    ending = PurePosixPath(name).suffix if len(PurePosixPath(name).suffix) <= _MOST_ENDING else ""
    return name.removesuffix(ending), ending
