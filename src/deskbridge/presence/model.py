"""Presence and the pure rules that make it from an agent's Status or a Work user's choice (P1, P2)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from deskbridge.accounts.model import Status, View
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
    """One Identity's presence: `activity` in words, `source` where it comes from, `as_of` when that said so."""

    availability: Availability
    activity: str
    source: str
    as_of: datetime | None


class IdentityPresence(View):
    """A presence and whose it is."""

    person_id: PersonId
    identity_id: IdentityId
    presence: Presence


_BY_STATUS = {
    Status.AVAILABLE: Availability.AVAILABLE,
    Status.BUSY: Availability.BUSY,
    Status.ON_BREAK: Availability.AWAY,
    Status.WORK_OFFLINE: Availability.OFFLINE,
    Status.LOGGED_OUT: Availability.OFFLINE,
}


def from_status(status: Status, since: datetime) -> Presence:
    """An agent's presence follows the Status (P2)."""
    return Presence(availability=_BY_STATUS[status], activity=status.value, source="status", as_of=since)


def unknown(source: str) -> Presence:
    """Nobody has told us."""
    return Presence(availability=Availability.UNKNOWN, activity="Unknown", source=source, as_of=None)
