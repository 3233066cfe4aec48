"""Presence and the pure rules that make it from an agent's Status or a Work user's choice (P1, P2)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Final

from pydantic import TypeAdapter

from deskbridge.accounts.model import Status, User, View
from deskbridge.directory.model import IdentityId, PersonId


class Availability(StrEnum):
    """How reachable an Identity is; `unknown` is never shown as offline."""

    AVAILABLE = "available"
    BUSY = "busy"
    DO_NOT_DISTURB = "do_not_disturb"
    AWAY = "away"
    BE_RIGHT_BACK = "be_right_back"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


class Presence(View):
    """One Identity's presence: `activity` in words, `source` where it comes from, `as_of` when that said so.

    `live` says that the source tells each change, so that it is as it is now, however long ago it was said.
    """

    availability: Availability
    activity: str
    source: str
    as_of: datetime | None
    status_message: str | None = None
    live: bool = False


class IdentityPresence(View):
    """A presence and whose it is."""

    person_id: PersonId
    identity_id: IdentityId
    presence: Presence


class Said(IdentityPresence):
    """What a platform said of an Identity; `version` is the platform's own, and sorts, where it gives one.

    With `live_until` the platform tells each change until then.
    """

    version: str | None = None
    live_until: datetime | None = None


_SHOWN: Final = TypeAdapter(IdentityPresence)
_BY_STATUS = {
    Status.AVAILABLE: Availability.AVAILABLE,
    Status.BUSY: Availability.BUSY,
    Status.ON_BREAK: Availability.AWAY,
    Status.WORK_OFFLINE: Availability.OFFLINE,
    Status.LOGGED_OUT: Availability.OFFLINE,
}


def from_status(status: Status, since: datetime) -> Presence:
    """An agent's presence follows the Status (P2)."""
    return Presence(availability=_BY_STATUS[status], activity=status.value, source="status", as_of=since, live=True)


def of_user(user: User, *, is_connected: bool) -> Presence:
    """An agent's presence follows the Status alone; a Work user without a workspace open is offline (P2)."""
    if user.is_agent or is_connected:
        return from_status(user.status, user.status_since)
    return Presence(
        availability=Availability.OFFLINE, activity="Offline", source="status", as_of=user.status_since, live=True
    )


@cache
def unknown(source: str) -> Presence:
    """Nobody has told us."""
    return Presence(availability=Availability.UNKNOWN, activity="Unknown", source=source, as_of=None)


def replaces(said: Said, before: Said) -> bool:
    """Whether what is said now comes after what was said before: late news do not undo newer ones."""
    if said.version is not None and before.version is not None:
        return said.version >= before.version
    now, then = said.presence.as_of, before.presence.as_of
    return now is None or then is None or now >= then


def differs(said: Presence, before: Presence) -> bool:
    """Whether there is something to tell besides its age."""
    return _besides_age(said) != _besides_age(before)


def _besides_age(said: Presence) -> tuple[str | bool | None, ...]:
    return said.availability, said.activity, said.source, said.status_message, said.live


def in_json(said: IdentityPresence) -> str:
    """For those who look; without what only boards tell each other."""
    return _SHOWN.dump_json(said).decode()
