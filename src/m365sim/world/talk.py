"""Records of conversation: chats, their members, and messages (facts.md 5 and 6.1)."""

from typing import ClassVar

from msgspec import Struct, field


class Member(Struct, omit_defaults=True):
    """One person's membership; `name` is kept for people of other tenants, whom the directory lacks."""

    user_id: str
    tenant_id: str
    roles: tuple[str, ...] = ()
    visible_from_ms: int | None = None
    name: str | None = None


class Chat(Struct, kw_only=True):
    """A oneOnOne, group or meeting chat."""

    kind: ClassVar[str] = "chat"
    id: str
    type: str
    topic: str | None
    created_ms: int
    updated_ms: int
    members: dict[str, Member]
    tenant_id: str
    last_message_ms: int = 0
    #: Of a meeting: where to join, and who invited.
    join_url: str | None = None
    organizer_id: str | None = None
    #: An administrator has deleted it; it can be brought back.
    is_deleted: bool = False

    @property
    def key(self) -> str:
        """Chat id."""
        return self.id


class Viewpoint(Struct, kw_only=True):
    """What one member has read, and whether they hide the chat."""

    kind: ClassVar[str] = "viewpoint"
    chat_id: str
    user_id: str
    read_ms: int = 0
    hidden: bool = False

    @property
    def key(self) -> str:
        """Chat and user."""
        return f"{self.chat_id} {self.user_id}"


class Sender(Struct, omit_defaults=True):
    """Who wrote, as shown at the time."""

    id: str
    name: str | None
    tenant_id: str
    identity_type: str = "aadUser"


class Attachment(Struct, omit_defaults=True):
    """A file, a quote or a card."""

    id: str
    content_type: str
    content_url: str | None = None
    content: str | None = None
    name: str | None = None
    thumbnail_url: str | None = None
    teams_app_id: str | None = None


class Mention(Struct, omit_defaults=True):
    """`<at id="0">` in the body and whom it means; `everyone` for a mention of the whole chat."""

    id: int
    text: str
    user: Sender | None = None
    everyone: str | None = None


class Reaction(Struct, omit_defaults=True):
    """One person's emoji."""

    type: str
    created_ms: int
    user_id: str
    name: str | None = None
    identity_type: str = "aadUser"


class HistoryItem(Struct, omit_defaults=True):
    """An entry of messageHistory."""

    at_ms: int
    action: str
    reaction: Reaction


class Event(Struct, omit_defaults=True):
    """eventDetail of a system message: the type's name without prefix and suffix, and its particulars."""

    type: str
    initiator_id: str
    member_ids: tuple[str, ...] = ()
    topic: str | None = None
    text: str | None = None
    details: dict[str, str] = field(default_factory=dict)


class Message(Struct, kw_only=True, omit_defaults=True):
    """One message; `body_before_deletion` is what undoing brings back."""

    kind: ClassVar[str] = "message"
    chat_id: str
    id: str
    sender: Sender | None
    content: str
    content_type: str = "text"
    subject: str | None = None
    importance: str = "normal"
    created_ms: int
    modified_ms: int
    edited_ms: int | None = None
    deleted_ms: int | None = None
    attachments: list[Attachment] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    history: list[HistoryItem] = field(default_factory=list)
    hosted: list[str] = field(default_factory=list)
    event: Event | None = None
    policy_violation: dict[str, object] | None = None

    @property
    def key(self) -> str:
        """Unique only within its chat, so the chat belongs to the key."""
        return f"{self.chat_id} {self.id}"


class HostedContent(Struct, kw_only=True):
    """The bytes of an inline image."""

    kind: ClassVar[str] = "hosted"
    id: str
    content_type: str
    data: bytes

    @property
    def key(self) -> str:
        """Content id."""
        return self.id
