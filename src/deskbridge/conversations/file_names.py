"""What a file may be called: a name that every platform takes and that hides nothing from who reads it. Pure."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Final

MOST: Final = 150
"""Characters: a path in OneDrive may have 400, with the folders and the encoding."""

_MOST_BYTES: Final = 240
"""In UTF-8: no file system of Linux takes more than 255, with the number that tells files of one name apart."""
_MOST_ENDING: Final = 20
_FORBIDDEN: Final = re.compile(r'["*:<>?|]')
_RESERVED: Final = re.compile(r"(?i:con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³]|\.lock|desktop|_vti_.*)")


def clean(given: str) -> str:
    """The last part of what was given, without what Windows or OneDrive refuse, or what turns the letters round."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    seen = "".join(each for each in last if each.isspace() or unicodedata.category(each) not in {"Cc", "Cf", "Cs"})
    bare = _FORBIDDEN.sub("_", " ".join(seen.split())).strip(" .").removeprefix("~$")
    stem, ending = _parts(bare)
    # For Windows `nul.tar.gz` is a device, too.
    if _RESERVED.fullmatch(stem) or _RESERVED.fullmatch(stem.partition(".")[0].rstrip()):
        stem = f"_{stem}"
    room = _MOST_BYTES - len(ending.encode())
    short = stem[: MOST - len(ending)].encode()[:room].decode(errors="ignore")
    return f"{short.rstrip()}{ending}" or "File"


def numbered(name: str, number: int) -> str:
    """`Bill.pdf`, `Bill 1.pdf`, `Bill 2.pdf`: how OneDrive tells files of one name apart."""
    stem, ending = _parts(name)
    return f"{stem} {number}{ending}" if number else name


def _parts(name: str) -> tuple[str, str]:
    ending = PurePosixPath(name).suffix if len(PurePosixPath(name).suffix) <= _MOST_ENDING else ""
    return name.removesuffix(ending), ending
