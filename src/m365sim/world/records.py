"""What is stored: one small record type for each thing that outlives a restart."""

from typing import ClassVar

from msgspec import Struct, field

from m365sim.switches import Switches

USER_ID = str
CHAT_ID = str


class Tenant(Struct, kw_only=True):
    """The organization and the world's own counters."""

    kind: ClassVar[str] = "tenant"
    id: str
    domain: str
    name: str
    seed: int = 1
    boot: int = 0
    clock_offset: float = 0.0
    directory_sequence: int = 0
    user_consent_policy: str = "microsoft-user-default-recommended"
    #: Whether people can ask an admin for consent on the way.
    consent_requests: bool = False
    switches: Switches = field(default_factory=Switches)

    @property
    def key(self) -> str:
        """There is one."""
        return "tenant"


class User(Struct, kw_only=True, omit_defaults=True, gc=False):
    """A directory user (facts.md 3)."""

    kind: ClassVar[str] = "user"
    id: str
    upn: str
    display_name: str
    given_name: str | None = None
    surname: str | None = None
    mail: str | None = None
    job_title: str | None = None
    department: str | None = None
    company_name: str | None = None
    office_location: str | None = None
    mobile_phone: str | None = None
    business_phones: tuple[str, ...] = ()
    preferred_language: str | None = None
    proxy_addresses: tuple[str, ...] | None = None
    user_type: str = "Member"
    enabled: bool = True
    skus: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    password: str = ""
    mfa: bool = False
    blocked_by_policy: bool = False
    #: AADSTS number with which sign-ins are refused (facts.md 1.2), 0 for none.
    sign_in_refusal: int = 0
    home_tenant: str | None = None
    #: Of another tenant that does not let its people chat with this one.
    chat_blocked: bool = False
    created_ms: int = 0
    sequence: int = 0
    deleted: bool = False
    purged: bool = False
    #: Raised when all sign-ins are revoked; tokens of an older generation are dead.
    generation: int = 0
    password_expired: bool = False
    #: When which of these was changed, by the directory's sequence; "*" for all at once.
    changed: dict[str, int] | None = None

    @property
    def key(self) -> str:
        """Object id."""
        return self.id

    def addresses(self) -> tuple[str, ...]:
        """proxyAddresses; unless given, the mail address alone is the primary one."""
        if self.proxy_addresses is not None:
            return self.proxy_addresses
        return (f"SMTP:{self.mail}",) if self.mail else ()


class Group(Struct, kw_only=True):
    """A group of people, and of groups within it."""

    kind: ClassVar[str] = "group"
    id: str
    name: str
    #: Object ids of people and of groups.
    members: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Object id."""
        return self.id


class Secret(Struct):
    """A client secret and when it stops working."""

    value: str
    expires_at: float | None = None


class App(Struct, kw_only=True):
    """An app registration with its service principal in the tenant."""

    kind: ClassVar[str] = "app"
    client_id: str
    name: str
    object_id: str
    secrets: list[Secret] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    redirect_uris: list[str] = field(default_factory=list)
    #: Of apps that run in a browser alone.
    spa_redirect_uris: list[str] = field(default_factory=list)
    declared_scopes: list[str] = field(default_factory=list)
    admin_scopes: list[str] = field(default_factory=list)
    app_roles: list[str] = field(default_factory=list)
    declared_roles: list[str] = field(default_factory=list)
    enabled: bool = True
    assignment_required: bool = False
    assigned_users: list[str] = field(default_factory=list)
    public_client: bool = False
    single_tenant: bool = False
    #: Whether id_tokens may come from the authorize endpoint itself.
    id_tokens_at_once: bool = False
    #: Permissions of the app's own API, asked for as `api://{client id}/{name}`.
    exposed_scopes: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Client id."""
        return self.client_id


class Consent(Struct, kw_only=True):
    """What one user has allowed one app."""

    kind: ClassVar[str] = "consent"
    user_id: str
    client_id: str
    scopes: list[str]

    @property
    def key(self) -> str:
        """User and app."""
        return f"{self.user_id} {self.client_id}"


class AuthCode(Struct, kw_only=True):
    """An authorization code: about ten minutes, one use (facts.md 1.1)."""

    kind: ClassVar[str] = "code"
    code: str
    client_id: str
    user_id: str
    redirect_uri: str
    scopes: list[str]
    challenge: str | None
    challenge_method: str
    nonce: str | None
    auth_time: float
    expires_at: float
    generation: int = 0
    redeemed: bool = False
    tells_time: bool = False
    spa: bool = False
    session_id: str = ""

    @property
    def key(self) -> str:
        """The code itself."""
        return self.code


class RefreshToken(Struct, kw_only=True):
    """Rolling, 90 days; a new one does not revoke the old one (facts.md 1.7)."""

    kind: ClassVar[str] = "refresh"
    token: str
    client_id: str
    user_id: str
    scopes: list[str]
    auth_time: float
    issued_at: float
    expires_at: float
    generation: int = 0
    revoked: bool = False
    spa: bool = False

    @property
    def key(self) -> str:
        """The token itself."""
        return self.token


class DeviceCode(Struct, kw_only=True):
    """What a device waits with while a person signs in elsewhere: a quarter of an hour, one use."""

    kind: ClassVar[str] = "device-code"
    code: str
    user_code: str
    client_id: str
    scope: str
    expires_at: float
    #: Who has signed in for the device.
    user_id: str | None = None
    auth_time: float = 0.0
    generation: int = 0
    declined: bool = False

    @property
    def key(self) -> str:
        """The device's half; the person types the other."""
        return self.code


class BrowserSession(Struct, kw_only=True):
    """Who is signed in in one browser, at the identity platform or on the Teams-like page."""

    kind: ClassVar[str] = "session"
    id: str
    user_ids: list[str]
    signed_in_at: float

    @property
    def key(self) -> str:
        """The cookie's value."""
        return self.id


class SigningKey(Struct, kw_only=True):
    """A key that signs tokens; the newest signs, all are published."""

    kind: ClassVar[str] = "signing-key"
    kid: str
    private_pem: str
    certificate_pem: str
    created_at: float

    @property
    def key(self) -> str:
        """Its id in JWKS."""
        return self.kid
