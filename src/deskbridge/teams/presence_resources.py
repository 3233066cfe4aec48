"""What Graph says of presence, parsed at the border as in `resources.py`."""

from __future__ import annotations

import msgspec

from deskbridge.teams.resources import ItemBody, Resource


class MomentInZone(Resource):
    """A moment as people write it, and the name of its time zone."""

    date_time: str = ""
    time_zone: str = ""


class StatusMessage(Resource):
    """The note beside a presence."""

    message: ItemBody | None = None
    expiry_date_time: MomentInZone | None = None


class OutOfOffice(Resource):
    """Whether automatic replies are on."""

    is_out_of_office: bool | None = None
    message: str | None = None


class Presence(Resource):
    """One user's presence; both words are open sets, and a notification has only these two (facts.md 4)."""

    id: str
    availability: str = ""
    activity: str = ""
    status_message: StatusMessage | None = None
    out_of_office_settings: OutOfOffice | None = None
    sequence_number: str | None = None


class PresenceList(Resource):
    """The answer of getPresencesByUserId."""

    value: list[Presence] = msgspec.field(default_factory=list)
