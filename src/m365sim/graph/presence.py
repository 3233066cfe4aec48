"""Presence: reading it and setting one's own (facts.md 4)."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import field

from m365sim.clock import graph_time
from m365sim.graph import odata
from m365sim.graph.bodies import Body, Parameters
from m365sim.graph.call import Answer, Call, Json
from m365sim.graph.errors import bad_request, forbidden, not_found
from m365sim.world import directory, presence
from m365sim.world.presences import StatusMessage, current
from m365sim.world.records import User
from m365sim.world.world import World

MAX_IDS = 650
SESSION_PAIRS = frozenset(
    {
        ("Available", "Available"), ("Busy", "InACall"), ("Busy", "InAConferenceCall"), ("Away", "Away"),
        ("DoNotDisturb", "Presenting"),
    }
)  # fmt: skip
PREFERRED_PAIRS = frozenset(
    {
        ("Available", "Available"), ("Busy", "Busy"), ("DoNotDisturb", "DoNotDisturb"),
        ("BeRightBack", "BeRightBack"), ("Away", "Away"), ("Offline", "OffWork"),
    }
)  # fmt: skip
_CLOCK = re.compile(r"^(\d+):(\d\d):(\d\d)$")
_DURATION = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")


class IdsBody(Parameters):
    """getPresencesByUserId."""

    graph_type = "microsoft.graph.getPresencesByUserId"
    ids: list[str] = field(default_factory=list)


class SessionBody(Parameters, rename="camel"):
    """setPresence, clearPresence and their preferred siblings."""

    graph_type = "microsoft.graph.setPresence"
    session_id: str = ""
    availability: str = ""
    activity: str = ""
    expiration_duration: str | None = None


class NoteText(Body, rename="camel"):
    """itemBody of a status message."""

    graph_type = "microsoft.graph.itemBody"
    content: str = ""
    content_type: str = "text"


class NoteExpiry(Body, rename="camel"):
    """dateTimeTimeZone."""

    graph_type = "microsoft.graph.dateTimeTimeZone"
    date_time: str = ""
    time_zone: str = "UTC"


class Note(Body, rename="camel"):
    """presenceStatusMessage."""

    graph_type = "microsoft.graph.presenceStatusMessage"
    accepted = frozenset({"publishedDateTime"})
    message: NoteText | None = None
    expiry_date_time: NoteExpiry | None = None


class NoteBody(Parameters, rename="camel"):
    """setStatusMessage."""

    graph_type = "microsoft.graph.setStatusMessage"
    status_message: Note | None = None


def get_presence(call: Call) -> Answer:
    """GET /me/presence, /users/{id}/presence, /communications/presences/{id}."""
    user = _user(call)
    others = user is not call.caller.user and call.caller.user is not None
    if others and "Presence.Read.All" not in call.caller.bearer.scopes:
        raise forbidden(
            "Missing scope permissions on the request. API requires one of 'Presence.Read.All'."
            f" Scopes on the request '{', '.join(sorted(call.caller.bearer.scopes))}'"
        )
    context = f"users('{user.id}')/presence/$entity"
    body: Json = {"@odata.context": call.context(context)}
    return Answer(body=body | presence_json(call.world, user.id))


def list_presences(call: Call) -> Answer:
    """GET /communications/presences?$filter=id in (…)."""
    ids = odata.quoted_list(call.query.get("$filter", ""))
    return _several(call, ids, "communications/presences")


def by_user_id(call: Call) -> Answer:
    """POST /communications/getPresencesByUserId."""
    return _several(call, call.read(IdsBody).ids, "Collection(microsoft.graph.presence)")


def set_presence(call: Call) -> Answer:
    """POST …/presence/setPresence: what the app says, for a while."""
    user, body = _own(call), call.read(SessionBody)
    if body.session_id != call.caller.app_id:
        raise bad_request("sessionId must be the id of the calling application.")
    if (body.availability, body.activity) not in SESSION_PAIRS:
        raise bad_request(
            f"The combination of availability '{body.availability}' and activity '{body.activity}' is not supported."
        )
    seconds = _duration(body.expiration_duration or "PT5M")
    if not 300 <= seconds <= 4 * 3600:
        raise bad_request("expirationDuration must be between PT5M and PT4H.")
    presence.set_session(call.world, user.id, body.session_id, (body.availability, body.activity), seconds)
    return Answer(200)


def clear_presence(call: Call) -> Answer:
    """POST …/presence/clearPresence."""
    user, body = _own(call), call.read(SessionBody)
    if not presence.clear_session(call.world, user.id, body.session_id):
        raise not_found("The presence session was not found.")
    return Answer(200)


def set_preferred(call: Call) -> Answer:
    """POST …/presence/setUserPreferredPresence: it outranks every session."""
    user, body = _own(call), call.read(SessionBody)
    if (body.availability, body.activity) not in PREFERRED_PAIRS:
        raise bad_request(
            f"The combination of availability '{body.availability}' and activity '{body.activity}' is not supported."
        )
    # Without a duration busy and do-not-disturb last a day, the rest a week.
    default = 24 * 3600 if body.availability in ("Busy", "DoNotDisturb") else 7 * 24 * 3600
    seconds = _duration(body.expiration_duration) if body.expiration_duration else default
    presence.set_preferred(call.world, user.id, (body.availability, body.activity), seconds)
    return Answer(200)


def clear_preferred(call: Call) -> Answer:
    """POST …/presence/clearUserPreferredPresence."""
    presence.set_preferred(call.world, _own(call).id, None, None)
    return Answer(200)


def set_note(call: Call) -> Answer:
    """POST …/presence/setStatusMessage."""
    user, note = _own(call), call.read(NoteBody).status_message
    if note is None:
        raise bad_request("statusMessage is required.")
    record = None
    if note.message is not None and note.message.content:
        expiry = note.expiry_date_time
        record = StatusMessage(
            note.message.content,
            note.message.content_type,
            call.world.clock.now_ms(),
            expiry.date_time if expiry else None,
            expiry.time_zone if expiry else None,
        )
    presence.set_note(call.world, user.id, record)
    return Answer(200)


def presence_json(world: World, user_id: str) -> Json:
    """A presence resource."""
    record = presence.presence_of(world, user_id)
    now = world.clock.now()
    availability, activity = spelled(world, current(record, now))
    note = record.note if record.note and not _is_over(record.note, now) else None
    return {
        "id": user_id,
        "availability": availability,
        "activity": activity,
        "statusMessage": _note_json(note) if note else None,
        "outOfOfficeSettings": {
            "message": record.out_of_office,
            "isOutOfOffice": record.out_of_office is not None,
        },
        "sequenceNumber": f"A{record.sequence:016d}",
        "workLocation": None,
    }


def spelled(world: World, shown: tuple[str, str]) -> tuple[str, str]:
    """Availability and activity, as the switches have them."""
    availability, activity = shown
    if activity == "AvailableInactive":
        availability = world.switches.idle_availability
    if world.switches.presence_spelling == "camel":
        return availability[:1].lower() + availability[1:], activity[:1].lower() + activity[1:]
    return availability, activity


def _is_over(note: StatusMessage, now: float) -> bool:
    """Whether the note was to be shown until a moment that has passed; unknown zones are taken for UTC."""
    if not note.expires:
        return False
    try:
        moment = datetime.fromisoformat(note.expires.partition(".")[0].removesuffix("Z"))
        zone = ZoneInfo(note.time_zone or "UTC")
    except (ValueError, ZoneInfoNotFoundError):
        return False
    return moment.replace(tzinfo=zone).timestamp() <= now


def _note_json(note: StatusMessage) -> Json:
    expiry = {"dateTime": note.expires, "timeZone": note.time_zone} if note.expires else None
    return {
        "message": {"content": note.content, "contentType": note.content_type},
        "publishedDateTime": graph_time(note.published_ms),
        "expiryDateTime": expiry,
    }


def _several(call: Call, ids: list[str], context: str) -> Answer:
    if not 1 <= len(ids) <= MAX_IDS:
        raise bad_request(f"The number of ids must be between 1 and {MAX_IDS}.")
    # Unknown ids are left out of the answer.
    known = [user_id.lower() for user_id in ids if directory.find_user(call.world, user_id)]
    value = [presence_json(call.world, user_id) for user_id in known]
    return Answer(body=odata.collection(call.context(context), value))


def _user(call: Call) -> User:
    if "user" not in call.ids:
        return call.me
    user = directory.find_user(call.world, call.ids["user"])
    if user is None:
        raise not_found(f"User '{call.ids['user']}' was not found.")
    return user


def _own(call: Call) -> User:
    """A delegated token may set only its own user's presence."""
    user = _user(call)
    if call.caller.user is not None and user is not call.caller.user:
        raise forbidden("The presence of another user cannot be set.", "InsufficientPrivileges")
    return user


def _duration(text: str) -> float:
    # The SDK for Python writes durations as h:mm:ss.
    clock = _CLOCK.match(text)
    if clock is not None:
        return sum(int(part) * unit for part, unit in zip(clock.groups(), (3600, 60, 1), strict=True))
    match = _DURATION.match(text)
    if match is None or text in ("P", "PT"):
        raise bad_request(f"'{text}' is not an ISO 8601 duration.")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
