"""Bodies of the control API."""

from typing import Annotated, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, WithJsonSchema


def described(schema: dict[str, object]) -> dict[str, object]:
    """What OpenAPI says of a body that is not read by pydantic."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


class Body(BaseModel):
    """Unknown fields are a typing error of whoever steers."""

    model_config = ConfigDict(extra="forbid")


class ResetBody(Body):
    """Back to a scenario's start."""

    scenario: Annotated[
        str | dict[str, object] | None,
        # A name, a path, or the scenario itself.
        WithJsonSchema({"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/Scenario"}, {"type": "null"}]}),
    ] = None
    seed: int | None = None


class RedirectUris(Body):
    """Further redirect URIs of an app."""

    redirect_uris: list[str]


class AdvanceBody(Body):
    """How far to move the clock."""

    seconds: float = Field(ge=0)


class ImageBody(Body):
    """An inline image; the html names it `../hostedContents/{id}/$value`."""

    id: str
    content_type: str
    content: Base64Bytes


class AttachmentBody(Body):
    """A file, a card or whatever else; the html may say where with `<attachment id>`."""

    id: str
    content_type: str
    content_url: str | None = None
    content: str | None = None
    name: str | None = None


class MentionBody(Body):
    """Whom `<at id>` in the html means; everyone in the chat where no user is named."""

    id: int
    text: str
    user: str | None = None


class SayBody(Body):
    """What somebody says, as text or as html."""

    text: str | None = None
    html: str | None = None
    images: list[ImageBody] = []
    attachments: list[AttachmentBody] = []
    mentions: list[MentionBody] = []


class SendToBody(SayBody):
    """Said to one person, in the 1:1 chat with them."""

    to: str


class ReactBody(Body):
    """An emoji, or `custom` with the name that its makers gave it."""

    reaction: str = "👍"
    name: str | None = None


class QuoteBody(SayBody):
    """An answer to a message."""

    quotes: list[str]


class GroupBody(Body):
    """A new group chat."""

    members: list[str]
    topic: str | None = None


class EventBody(Body):
    """What happens in a chat, as in the name of its eventDetail."""

    type: str


class PresenceBody(Body):
    """What somebody's own Teams client reports."""

    availability: str
    activity: str | None = None
    out_of_office: str | None = None


class OnePresence(Body):
    """What one person's own Teams client reports."""

    user: str
    availability: str
    activity: str | None = None


class PresencesBody(Body):
    """Of many people at once."""

    value: list[OnePresence]


class UserBody(Body):
    """A directory entry: only what is given changes."""

    display_name: str | None = None
    given_name: str | None = None
    surname: str | None = None
    upn: str | None = None
    mail: str | None = None
    job_title: str | None = None
    department: str | None = None
    company_name: str | None = None
    office_location: str | None = None
    mobile_phone: str | None = None
    business_phones: list[str] | None = None
    preferred_language: str | None = None
    proxy_addresses: list[str] | None = None
    enabled: bool | None = None
    skus: list[str] | None = None
    password: str | None = None
    mfa: bool | None = None
    blocked_by_policy: bool | None = None
    sign_in_refusal: int | None = None
    password_expired: bool | None = None
    user_type: Literal["Member", "Guest"] | None = None
    roles: list[str] | None = None
    home_tenant: str | None = None
    chat_blocked: bool | None = None


class DirectoryGroupBody(Body):
    """A group of the directory: people by id or username, and groups by id or name."""

    members: list[str]
    groups: list[str] = []


class AppBody(Body):
    """An app registration: only what is given changes."""

    name: str | None = None
    redirect_uris: list[str] | None = None
    spa_redirect_uris: list[str] | None = None
    declared_scopes: list[str] | None = None
    admin_scopes: list[str] | None = None
    app_roles: list[str] | None = None
    certificates: list[str] | None = None
    """In PEM: those that are uploaded, in place of all before."""
    enabled: bool | None = None
    assignment_required: bool | None = None
    assigned_users: list[str] | None = None
    public_client: bool | None = None
    single_tenant: bool | None = None
    exposed_scopes: list[str] | None = None
    id_tokens_at_once: bool | None = None
    client_secret: str | None = None
    """In place of all before; an empty one leaves none."""
    secret_expires_in: float | None = None
    """Seconds from now; with it the secrets of the app last that long."""
