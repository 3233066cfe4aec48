"""A file of agents and Work users: from bytes to rows, each fit to be imported or refused with its reason. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from deskbridge.accounts.model import License, Role
from deskbridge.directory.imports import SkipReason
from deskbridge.errors import BadFile

MOST_BYTES: Final = 10 * 1024 * 1024
TOO_LARGE: Final = f"The file is larger than {MOST_BYTES // 1024**2} MB. Split it and send its parts."
COLUMNS: Final = ("username", "name", "email", "role", "licenses", "job_title", "department")
REQUIRED: Final = ("username", "name", "email")
TEMPLATE: Final = (
    ",".join(COLUMNS)
    + "\r\nanne.baker,Anne Baker,anne.baker@example.com,agent,contact_center work,Agent,Billing"
    + "\r\nrobin.hale,Robin Hale,robin.hale@example.com,none,work,Billing Specialist,Billing\r\n"
)
TEMPLATE_FILE: Final = ("\ufeff" + TEMPLATE).encode()
"""The template as a file: with a mark, so that spreadsheets read it as UTF-8."""
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_WORKBOOK: Final = b"PK\x03\x04"
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_EMAIL: Final = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")


@dataclass(frozen=True, slots=True)
class GoodRow:
    """Somebody as the file says, and in which line."""

    line: int
    username: str
    name: str
    email: str
    role: Role
    licenses: frozenset[License]
    job_title: str | None
    department: str | None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is left out, as far as it could be read."""

    line: int
    name: str
    address: str | None
    reason: SkipReason


Row = GoodRow | BadRow


def decode(content: bytes) -> str:
    """The text of the file; raises BadFile with what is wrong."""
    if len(content) > MOST_BYTES:
        raise BadFile(TOO_LARGE)
    if not content.strip():
        raise BadFile("The file is empty.")
    if content.startswith(_WORKBOOK):
        raise BadFile("This is a workbook. Save it as “CSV UTF-8” and choose that file.")
    encoding = "utf-16" if content[:2] in _UTF_16 else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = len(_LINE_END.findall(content, 0, error.start)) + 1
        raise BadFile(
            f"Line {line} is not in UTF-8; the file may be in Windows-1252. Save it as “CSV UTF-8” and choose it again."
        ) from error
    if "\x00" in text:
        raise BadFile("This is not a text file. Save it as “CSV UTF-8” and choose that file.")
    return text


def check(text: str) -> int:
    """That the text has the columns; how many rows follow at most. Raises BadFile."""
    lines = _lines(text)
    first = next(lines, "")
    names = _names(first, _delimiter(first))
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        what = "This is not a file of users. Its" if len(missing) == len(REQUIRED) else "The"
        raise BadFile(
            f"{what} first line does not name the columns {', '.join(missing)}. It must name {', '.join(REQUIRED)}, "
            f"and may name {', '.join(COLUMNS[3:])}, separated by commas."
        )
    twice = sorted({name for name in names if name in COLUMNS and names.count(name) > 1})
    if twice:
        raise BadFile(f"The first line names {', '.join(twice)} twice.")
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        raise BadFile(f"The column {unknown[0][:100]!r} is not known. There are {', '.join(COLUMNS)}.")
    return sum(1 for _ in lines)


def rows(text: str) -> Iterator[Row]:
    """Every row of a text that was checked, in order; empty lines are none."""
    lines = _lines(text)
    first = next(lines)
    delimiter = _delimiter(first)
    names = _names(first, delimiter)
    seen: set[str] = set()
    for number, line in enumerate(lines, start=2):
        # No cell holds a line break, so each line is read by itself: a quotation mark too few spoils that one only.
        try:
            cells = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, strict=True))]
        except csv.Error:
            yield BadRow(number, "", None, SkipReason.UNREADABLE)
            continue
        if any(cells):
            yield _first_of(_row(number, names, cells), seen)


def _lines(text: str) -> Iterator[str]:
    # With any system's line ends; str.splitlines would also split at characters that names may hold.
    return iter(io.StringIO(text, newline=None))


def _first_of(row: Row, seen: set[str]) -> Row:
    if isinstance(row, BadRow):
        return row
    if row.username.casefold() in seen:
        return BadRow(row.line, row.name, row.email, SkipReason.TWICE)
    seen.add(row.username.casefold())
    return row


def _delimiter(first: str) -> str:
    # Spreadsheets write semicolons where the comma is in numbers.
    return max(",;\t", key=first.count)


def _names(first: str, delimiter: str) -> list[str]:
    return [name.strip().strip('"').strip().casefold().replace(" ", "_") for name in first.strip().split(delimiter)]


def _row(line: int, names: Sequence[str], cells: Sequence[str]) -> Row:
    told = dict(zip(names, cells, strict=False))
    name, email = told.get("name", "")[:300], told.get("email", "")[:320] or None
    if len(cells) != len(names):
        return BadRow(line, _CONTROL.sub(" ", name), email, SkipReason.WRONG_COLUMNS)
    reason = _why_not(told)
    if reason is not None:
        return BadRow(line, _CONTROL.sub(" ", name), email, reason)
    licenses = frozenset(License(each) for each in _words(told.get("licenses", "")))
    # Who may work as an agent is one, unless the file says more.
    role = told.get("role", "").casefold() or (Role.AGENT if License.CONTACT_CENTER in licenses else Role.NONE)
    return GoodRow(
        line=line,
        username=told["username"],
        name=told["name"],
        email=told["email"],
        role=Role(role),
        licenses=licenses,
        job_title=told.get("job_title") or None,
        department=told.get("department") or None,
    )


def _words(cell: str) -> list[str]:
    return [each for each in re.split(r"[\s,;|+]+", cell.casefold()) if each]


def _why_not(told: dict[str, str]) -> SkipReason | None:
    checks = (
        (any(len(cell) > 300 or _CONTROL.search(cell) for cell in told.values()), SkipReason.TOO_LONG),
        (not told["username"], SkipReason.NO_USERNAME),
        (not told["name"], SkipReason.NO_NAME),
        (not _EMAIL.fullmatch(told["email"]), SkipReason.WRONG_EMAIL),
        (told.get("role", "").casefold() not in {"", *Role}, SkipReason.WRONG_ROLE),
        (not {*License}.issuperset(_words(told.get("licenses", ""))), SkipReason.WRONG_LICENSE),
    )
    return next((reason for is_so, reason in checks if is_so), None)
