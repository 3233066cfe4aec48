"""The record of one person's presence, and how its sources combine (facts.md 4)."""

from typing import ClassVar

from msgspec import Struct, field

AVAILABLE_IDLES_AFTER = 300.0
IDLE_GOES_AWAY_AFTER = 300.0
_RANK = {"DoNotDisturb": 4, "Busy": 3, "Available": 2, "Away": 1}


class Session(Struct):
    """What one application says about a person, until it expires."""

    availability: str
    activity: str
    set_at: float
    expires_at: float


class Preferred(Struct):
    """What the person chose; it outranks every session."""

    availability: str
    activity: str
    expires_at: float | None = None


class StatusMessage(Struct):
    """The note beside the presence."""

    content: str
    content_type: str
    published_ms: int
    expires: str | None = None
    time_zone: str | None = None


class Presence(Struct, kw_only=True):
    """Everything that decides one person's presence; `base` is what Teams itself reports."""

    kind: ClassVar[str] = "presence"
    user_id: str
    base: tuple[str, str] = ("Offline", "Offline")
    sessions: dict[str, Session] = field(default_factory=dict)
    preferred: Preferred | None = None
    note: StatusMessage | None = None
    out_of_office: str | None = None
    sequence: int = 0
    shown: tuple[str, str] = ("Offline", "Offline")

    @property
    def key(self) -> str:
        """User id."""
        return self.user_id


def current(presence: Presence, now: float) -> tuple[str, str]:
    """Availability and activity now: preferred, then the highest of the sessions and Teams itself."""
    preferred = presence.preferred
    if preferred and (preferred.expires_at is None or preferred.expires_at > now):
        return preferred.availability, preferred.activity
    shown = presence.base
    for session in presence.sessions.values():
        said = _session_now(session, now)
        if said and _RANK.get(said[0], 0) > _RANK.get(shown[0], 0):
            shown = said
    return shown


def next_change(presence: Presence, now: float) -> float | None:
    """When time alone may change what is shown."""
    moments = [presence.preferred.expires_at] if presence.preferred else []
    for session in presence.sessions.values():
        moments.append(session.expires_at)
        if session.availability == "Available":
            moments.append(session.set_at + AVAILABLE_IDLES_AFTER)
            moments.append(session.set_at + AVAILABLE_IDLES_AFTER + IDLE_GOES_AWAY_AFTER)
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


def _session_now(session: Session, now: float) -> tuple[str, str] | None:
    """An Available session that is not renewed turns inactive, then away, then ends."""
    if session.expires_at <= now:
        return None
    age = now - session.set_at
    if session.availability == "Available" and age >= AVAILABLE_IDLES_AFTER + IDLE_GOES_AWAY_AFTER:
        return "Away", "Away"
    if session.availability == "Available" and age >= AVAILABLE_IDLES_AFTER:
        return "Available", "AvailableInactive"
    return session.availability, session.activity
