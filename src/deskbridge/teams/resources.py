"""What Graph says, parsed at the border: exactly the properties that we use, everything else ignored.

Hostile until parsed: a value of another type fails the whole body, and whoever reads it decides what that means.
Lists may be null and moments may lack milliseconds or carry an offset (facts.md 7.4).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

import msgspec

T = TypeVar("T")


class Resource(msgspec.Struct, rename="camel"):
    """Base of all: names as Graph writes them."""


class ErrorDetail(Resource):
    """The body of a refusal (facts.md 10)."""

    code: str = ""
    message: str = ""


class ErrorBody(Resource):
    """The envelope of a refusal."""

    error: ErrorDetail = msgspec.field(default_factory=ErrorDetail)


class Me(Resource):
    """GET /me."""

    id: str
    display_name: str | None = None
    user_principal_name: str | None = None


class TeamsLicensing(Resource):
    """GET /me/licenseDetails/getTeamsLicensingDetails (facts.md 2)."""

    has_teams_license: bool = False


class ServicePlan(Resource):
    """One service plan in a license of the signed-in user (facts.md 2)."""

    service_plan_name: str = ""
    provisioning_status: str = ""

    @property
    def is_teams(self) -> bool:
        """TEAMS1, and its variants for governments and regions."""
        return self.service_plan_name.casefold().startswith("teams")


class LicenseDetail(Resource):
    """One license of the signed-in user."""

    service_plans: list[ServicePlan] = msgspec.field(default_factory=list)


class LicenseDetails(Resource):
    """GET /me/licenseDetails (facts.md 2)."""

    value: list[LicenseDetail] = msgspec.field(default_factory=list)


class AssignedPlan(Resource):
    """One service plan of a user."""

    service: str | None = None
    service_plan_id: str | None = None
    capability_status: str | None = None


class Removed(Resource):
    """Why a delta page says that a user is gone: `changed` is restorable, `deleted` is final."""

    reason: str | None = None


class DirectoryUser(Resource):
    """One user of a delta page (facts.md 3)."""

    id: str
    display_name: str | None = None
    user_principal_name: str | None = None
    mail: str | None = None
    proxy_addresses: list[str] | None = None
    job_title: str | None = None
    department: str | None = None
    account_enabled: bool | None = None
    user_type: str | None = None
    assigned_plans: list[AssignedPlan] | None = None
    removed: Removed | None = msgspec.field(name="@removed", default=None)


class UserPage(Resource):
    """One page of /users/delta."""

    value: list[DirectoryUser] = []
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)
    delta_link: str | None = msgspec.field(name="@odata.deltaLink", default=None)


class Counted(Resource):
    """The count of a collection that was asked for with $count=true (facts.md 3)."""

    count: int | None = msgspec.field(name="@odata.count", default=None)


class Viewpoint(Resource):
    """The caller's own view of a chat."""

    last_message_read_date_time: datetime | None = None


class Chat(Resource):
    """A chat (facts.md 5)."""

    id: str
    web_url: str | None = None
    viewpoint: Viewpoint | None = None


class Identity(Resource):
    """A user as the author of something."""

    id: str | None = None
    display_name: str | None = None


class IdentitySet(Resource):
    """Who did something; null for what nobody did."""

    user: Identity | None = None
    application: Identity | None = None


class ItemBody(Resource):
    """The text of a message."""

    content_type: str = "text"
    content: str | None = None


class Attachment(Resource):
    """A file, a quoted message, a card."""

    id: str | None = None
    content_type: str | None = None
    content_url: str | None = None
    content: str | None = None
    name: str | None = None


class Reaction(Resource):
    """One person's reaction: a unicode emoji, one of six words, or `custom` with a name (facts.md 6.4)."""

    reaction_type: str = ""
    display_name: str | None = None
    created_date_time: datetime | None = None
    user: IdentitySet | None = None


class Mention(Resource):
    """Whom an `at` element means: somebody, or everyone (facts.md 6.2)."""

    id: int = -1
    mentioned: IdentitySet | None = None


class CallParticipant(Resource):
    """Who took part in a call."""

    participant: IdentitySet | None = None


class EventDetail(Resource):
    """What happened in a chat, of whatever kind: each kind has some of these (facts.md 6.3)."""

    type: str = msgspec.field(name="@odata.type", default="")
    initiator: IdentitySet | None = None
    members: list[Identity] | None = None
    call_duration: str | None = None
    call_recording_status: str | None = None
    chat_display_name: str | None = None
    teams_app_display_name: str | None = None
    meeting_chat_enabled: bool | None = None
    conversation_member_user: Identity | None = None
    conversation_member_roles: list[str] | None = None


class ChatMessage(Resource):
    """A message as it is now (facts.md 6.1)."""

    id: str
    created_date_time: datetime
    last_modified_date_time: datetime | None = None
    last_edited_date_time: datetime | None = None
    deleted_date_time: datetime | None = None
    message_type: str = "message"
    from_: IdentitySet | None = msgspec.field(name="from", default=None)
    body: ItemBody | None = None
    attachments: list[Attachment] | None = None
    reactions: list[Reaction] | None = None
    mentions: list[Mention] | None = None
    event_detail: EventDetail | None = None

    @property
    def created(self) -> datetime:
        """When it was written."""
        return in_utc(self.created_date_time)

    @property
    def modified(self) -> datetime:
        """The version: reactions, edits and deletion move it."""
        return in_utc(self.last_modified_date_time or self.created_date_time)

    @property
    def author_id(self) -> str | None:
        """The Microsoft user who wrote it."""
        return self.from_.user.id if self.from_ and self.from_.user else None


class MessagePage(Resource):
    """One page of a chat's messages; each is kept as it came, and parsed when it is applied."""

    value: list[msgspec.Raw] = []
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)


class Subscription(Resource):
    """A subscription (facts.md 7.2)."""

    id: str
    resource: str = ""
    expiration_date_time: datetime | None = None


class SubscriptionPage(Resource):
    """The caller's subscriptions."""

    value: list[Subscription] = []
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)


class EncryptedContent(Resource):
    """The message inside a notification (facts.md 7.4)."""

    data: str
    data_key: str
    data_signature: str
    encryption_certificate_id: str = ""


class Notification(Resource):
    """One item that the webhook is given (facts.md 7.3, 7.6)."""

    subscription_id: str = ""
    client_state: str | None = None
    change_type: str | None = None
    resource: str | None = None
    tenant_id: str | None = None
    lifecycle_event: str | None = None
    encrypted_content: EncryptedContent | None = None


class NotificationBatch(Resource):
    """One delivery of notifications; the items may be of several agents."""

    value: list[Notification] = []
    validation_tokens: list[str] | None = None


class Unreadable(Exception):
    """What came does not have the shape that Microsoft documents."""


def parse(kind: type[T], body: bytes | msgspec.Raw) -> T:
    """The body as that kind; raises Unreadable."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"not a {kind.__name__}: {error}") from error


def in_utc(moment: datetime) -> datetime:
    """Graph's moments are UTC, with or without saying so."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def to_graph(moment: datetime) -> str:
    """As Graph wants a moment, in a body or in a filter."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
