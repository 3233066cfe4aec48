"""Records of change notifications: subscriptions and what still has to be delivered (facts.md 7)."""

from typing import ClassVar

from msgspec import Struct


class Resource(Struct, frozen=True):
    """What a subscription watches: the kind of resource and whose."""

    kind: str
    target: str = ""
    targets: tuple[str, ...] = ()
    own_viewpoint: bool = False
    #: Only messages with these words, or that mention this user.
    search: str = ""
    mentions: str = ""


class Subscription(Struct, kw_only=True):
    """A subscription as created; `token_expires_at` is that of the token attached last."""

    kind: ClassVar[str] = "subscription"
    id: str
    resource: str
    watches: Resource
    change_types: tuple[str, ...]
    notification_url: str
    lifecycle_url: str | None
    client_state: str | None
    expires_at: float
    client_id: str
    creator_id: str
    by_user: bool
    include_resource_data: bool
    certificate: str | None
    certificate_id: str | None
    tls_version: str | None
    unknown_members: bool
    token_expires_at: float
    created_at: float
    challenged_at: float = 0.0
    renewed_at: float = 0.0
    notification_query_options: str | None = None
    last_token_id: str | None = None

    @property
    def key(self) -> str:
        """Subscription id."""
        return self.id


class Pending(Struct, kw_only=True):
    """A notification not yet delivered; `payload` is the resource as it was at the time of the change."""

    kind: ClassVar[str] = "pending"
    id: str
    subscription_id: str
    url: str
    change_type: str
    resource: str
    data_id: str
    data_type: str
    payload: bytes | None
    created_at: float
    due_at: float
    attempts: int = 0
    lifecycle: str | None = None
    etag: str | None = None
    organization: bool = False
    frozen_item: bytes | None = None
    corrupt: bool = False

    @property
    def key(self) -> str:
        """Notification id."""
        return self.id
