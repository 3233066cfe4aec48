"""Imports as admins see them, and when the next one is due (D1). Pure: part of the directory's model, by size."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from datetime import time as time_of_day
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from deskbridge.accounts.model import View


class ImportKind(StrEnum):
    """Where the people come from: Microsoft's directory, or a file of Users."""

    TEAMS = "teams"
    CSV = "csv"


class ImportState(StrEnum):
    """Where an import is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class EntryKind(StrEnum):
    """What the report says of somebody by name; who was only added or changed is counted."""

    MERGED = "merged"
    AMBIGUOUS = "ambiguous"
    REMOVED = "removed"
    SKIPPED = "skipped"


class SkipReason(StrEnum):
    """Why somebody was left out, or taken out."""

    NO_TEAMS_LICENSE = "no_teams_license"
    DISABLED = "disabled"
    DELETED = "deleted"
    NO_ADDRESS = "no_address"
    GUEST = "guest"
    OTHER_DOMAIN = "other_domain"
    NOT_SEEN = "not_seen"
    NOT_IN_GROUPS = "not_in_groups"
    UNREADABLE = "unreadable"
    WRONG_COLUMNS = "wrong_columns"
    NO_USERNAME = "no_username"
    NO_NAME = "no_name"
    WRONG_EMAIL = "wrong_email"
    WRONG_ROLE = "wrong_role"
    WRONG_LICENSE = "wrong_license"
    TOO_LONG = "too_long"
    TWICE = "twice"
    NAME_TAKEN = "name_taken"
    IS_ADMIN = "is_admin"


WORDS: Final[Mapping[SkipReason, str]] = {
    SkipReason.NO_TEAMS_LICENSE: "Has no Teams license.",
    SkipReason.DISABLED: "The account is disabled at Microsoft.",
    SkipReason.DELETED: "Was deleted at Microsoft.",
    SkipReason.NO_ADDRESS: "Has neither a username nor a mail address.",
    SkipReason.GUEST: "Is a guest, and guests are not imported.",
    SkipReason.OTHER_DOMAIN: "Has no address in the domains that are imported.",
    SkipReason.NOT_SEEN: "Is not in Microsoft's directory any more.",
    SkipReason.NOT_IN_GROUPS: "Is in none of the groups that are imported.",
    SkipReason.UNREADABLE: "Cannot be read: a quotation mark is missing or misplaced, or a cell has a line break.",
    SkipReason.WRONG_COLUMNS: "Has more or fewer columns than the first line.",
    SkipReason.NO_USERNAME: "Has no username.",
    SkipReason.NO_NAME: "Has no name.",
    SkipReason.WRONG_EMAIL: "Has no mail address, or something else in its place.",
    SkipReason.WRONG_ROLE: "Has a role that does not exist: agent, supervisor, admin or none.",
    SkipReason.WRONG_LICENSE: "Has a license that does not exist: contact_center or work.",
    SkipReason.TOO_LONG: "Has something longer than 300 characters, or control characters.",
    SkipReason.TWICE: "Has a username that is in the file already.",
    SkipReason.NAME_TAKEN: "Has a username that somebody else has already.",
    SkipReason.IS_ADMIN: "Is an administrator, which a file does not take away.",
}


class Skipped(View):
    """How many were left out for one reason, and the reason as a sentence."""

    reason: SkipReason
    words: str
    count: int


class ImportEntry(View):
    """Somebody in the report. `line` is that of the file; `reason` is a code with its sentence in `words`."""

    kind: EntryKind
    line: int | None
    name: str
    address: str | None
    reason: str | None
    words: str


class ImportWait(View):
    """Why an import does not go on at the moment, since when, and when it is tried again."""

    since: datetime
    until: datetime
    words: str


class ImportView(View):
    """One import, while it runs and as its report at the end.

    `total` is how many there are to read, as far as it is known; `remaining_seconds` is reckoned from it and from the
    rate until now. `ambiguous` counts those whom an admin has to decide about. `is_full`: everybody was read, not only
    what changed.
    """

    id: str
    kind: ImportKind
    state: ImportState
    is_full: bool
    is_scheduled: bool
    started_at: datetime
    finished_at: datetime | None
    total: int | None
    remaining_seconds: int | None
    read: int
    added: int
    changed: int
    merged: int
    removed: int
    ambiguous: int
    skipped: list[Skipped]
    error: str | None
    waiting: ImportWait | None


def _time(written: str) -> str:
    hours, _, minutes = written.partition(":")
    time_of_day(int(hours), int(minutes))
    return f"{int(hours):02}:{int(minutes):02}"


def _zone(written: str) -> str:
    try:
        return ZoneInfo(written).key
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ValueError("not a time zone, such as Europe/Berlin or UTC") from error


def _domain(written: str) -> str:
    bare = written.strip().removeprefix("@").casefold()
    if not bare or "@" in bare or " " in bare:
        raise ValueError("not a mail domain, such as contoso.com")
    return bare


def _group(written: str) -> str:
    try:
        return str(UUID(written.strip()))
    except ValueError as error:
        raise ValueError("not the object id of a group, such as 11111111-2222-3333-4444-555555555555") from error


class ImportSettings(View):
    """When Teams users are imported by themselves, and who of them.

    `at` is the time of day (`HH:MM` in `time_zone`) of the import each night, None for never. With `domains`, only who
    has an address in one of them; `guests` decides about guests. With `groups`, by their object ids at Microsoft, only
    their members, and the members of the groups within them.
    """

    at: Annotated[str, AfterValidator(_time)] | None = "02:00"
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    guests: bool = True
    domains: Annotated[list[Annotated[str, AfterValidator(_domain)]], Field(max_length=200)] = Field(
        default_factory=list
    )
    groups: Annotated[list[Annotated[str, AfterValidator(_group)]], Field(max_length=20)] = Field(default_factory=list)

    @property
    def chosen(self) -> str:
        """Who is imported, as a text to compare: if it differs, everybody is to be looked at again."""
        written = f"guests={self.guests} domains={','.join(sorted(set(self.domains)))}"
        return f"{written} groups={','.join(sorted(set(self.groups)))}" if self.groups else written


def due_since(settings: ImportSettings, now: datetime) -> datetime | None:
    """The last moment at which an import by itself was due; None where there is none."""
    if settings.at is None:
        return None
    hours, minutes = (int(part) for part in settings.at.split(":"))
    local = now.astimezone(ZoneInfo(settings.time_zone))
    due = local.replace(hour=hours, minute=minutes, second=0, microsecond=0)
    # Twice a year a day has no such time, or has it twice; either is near enough.
    return due if due <= local else due - timedelta(days=1)


def remaining_seconds(read: int, total: int | None, running: timedelta) -> int | None:
    """How long it will still take at the rate until now."""
    seconds = running.total_seconds()
    if not total or read <= 0 or seconds <= 0:
        return None
    return max(0, round((total - read) * seconds / read))
