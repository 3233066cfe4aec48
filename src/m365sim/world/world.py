"""The whole tenant in memory: every record by its id, the indexes over them, and who listens."""

from collections.abc import Callable

import msgspec

from m365sim.chance import Chance
from m365sim.clock import Agenda, Clock
from m365sim.journal import Journal, NoJournal, Row
from m365sim.switches import Switches
from m365sim.world.changes import Change
from m365sim.world.files import DriveFile, Upload
from m365sim.world.presences import Presence
from m365sim.world.records import (
    App,
    AuthCode,
    BrowserSession,
    Consent,
    DeviceCode,
    Group,
    RefreshToken,
    SigningKey,
    Tenant,
    User,
)
from m365sim.world.talk import Chat, HostedContent, Message, Viewpoint
from m365sim.world.watching import Pending, Subscription

Record = (
    Tenant
    | User
    | Group
    | App
    | Consent
    | AuthCode
    | DeviceCode
    | RefreshToken
    | BrowserSession
    | SigningKey
    | Chat
    | Viewpoint
    | Message
    | HostedContent
    | DriveFile
    | Upload
    | Subscription
    | Pending
    | Presence
)
_TYPES: dict[str, type[Record]] = {
    kind.kind: kind
    for kind in (
        Tenant, User, Group, App, Consent, AuthCode, DeviceCode, RefreshToken, BrowserSession, SigningKey,
        Chat, Viewpoint, Message, HostedContent, DriveFile, Upload, Subscription, Pending, Presence,
    )
}  # fmt: skip
_TABLES = {
    "user": "users", "group": "groups", "app": "apps", "consent": "consents", "code": "codes",
    "device-code": "device_codes", "refresh": "refresh_tokens", "session": "sessions", "signing-key": "signing_keys",
    "chat": "chats", "viewpoint": "viewpoints", "hosted": "hosted", "file": "files", "upload": "uploads",
    "presence": "presences", "subscription": "subscriptions", "pending": "pending",
}  # fmt: skip
"""Where the records of each kind are."""
_encode = msgspec.msgpack.Encoder().encode


class World:
    """One tenant. Subjects (`directory`, `chats`, `messages` …) change it and call `save` and `tell`."""

    def __init__(self, clock: Clock, chance: Chance) -> None:
        self.clock = clock
        self.chance = chance
        self.agenda = Agenda(clock)
        self.journal: Journal = NoJournal()
        self.listeners: list[Callable[[Change], None]] = []
        self.boot_scenario = "demo"
        self.empty()

    @property
    def switches(self) -> Switches:
        """How open questions are answered; part of the state."""
        return self.tenant.switches

    def switch(self, switches: Switches) -> None:
        """Answer them differently from now on."""
        self.tenant.switches = switches
        self.save(self.tenant)

    def empty(self) -> None:
        """Forget everything in memory."""
        self.tenant = Tenant(id="", domain="", name="")
        self.users: dict[str, User] = {}
        self.user_list: list[User] = []
        self.user_by_upn: dict[str, User] = {}
        self.user_changes: dict[str, int] = {}
        self.groups: dict[str, Group] = {}
        self.apps: dict[str, App] = {}
        self.consents: dict[str, Consent] = {}
        self.codes: dict[str, AuthCode] = {}
        self.device_codes: dict[str, DeviceCode] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}
        self.sessions: dict[str, BrowserSession] = {}
        self.signing_keys: dict[str, SigningKey] = {}
        self.chats: dict[str, Chat] = {}
        self.chats_of: dict[str, dict[str, Chat]] = {}
        self.viewpoints: dict[str, Viewpoint] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self.hosted: dict[str, HostedContent] = {}
        self.files: dict[str, DriveFile] = {}
        self.uploads: dict[str, Upload] = {}
        self.presences: dict[str, Presence] = {}
        self.presence_plans: dict[str, float] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.watchers: dict[tuple[str, str], dict[str, Subscription]] = {}
        self.pending: dict[str, Pending] = {}
        self.agenda.clear()

    def tell(self, change: Change) -> None:
        """Tell the listeners what has just happened."""
        for listener in self.listeners:
            listener(change)

    def save(self, record: Record) -> None:
        """Keep a new or changed record."""
        self._index(record)
        if not isinstance(self.journal, NoJournal):
            self.journal.mark(record.kind, record.key, _encode(record))

    def forget(self, record: Record) -> None:
        """Remove a record for good."""
        table = self._table(record)
        table.pop(record.key, None)
        if isinstance(record, Subscription):
            for watched in _watched(record):
                self.watchers.get(watched, {}).pop(record.id, None)
        self.journal.mark(record.kind, record.key, None)

    def restore(self, rows: list[Row]) -> None:
        """Load what a journal kept; rows come in the order of creation."""
        for row in rows:
            if row.value is not None and row.kind in _TYPES:
                record: Record = msgspec.msgpack.decode(row.value, type=_TYPES[row.kind])
                self._index(record)
        changed = sorted((user.sequence, user.id) for user in self.users.values() if user.sequence)
        self.user_changes = {user_id: sequence for sequence, user_id in changed}

    def erase(self) -> None:
        """Forget everything, in memory and in the journal, for a reset."""
        if not isinstance(self.journal, NoJournal):
            for record in self.records():
                self.journal.mark(record.kind, record.key, None)
        self.empty()

    def records(self) -> list[Record]:
        """Every record there is."""
        found: list[Record] = [self.tenant]
        for table in (
            self.users, self.groups, self.apps, self.consents, self.codes, self.device_codes, self.refresh_tokens,
            self.sessions, self.signing_keys, self.chats, self.viewpoints, self.hosted, self.files, self.uploads,
            self.presences, self.subscriptions, self.pending,
        ):  # fmt: skip
            found.extend(table.values())
        found.extend(message for chat in self.messages.values() for message in chat.values())
        return found

    def _index(self, record: Record) -> None:
        if isinstance(record, Tenant):
            self.tenant = record
        elif isinstance(record, Message):
            self.messages.setdefault(record.chat_id, {})[record.id] = record
        else:
            if isinstance(record, User) and record.id not in self.users:
                self.user_list.append(record)
            self._table(record)[record.key] = record
        if isinstance(record, User):
            self.user_by_upn[record.upn.lower()] = record
        elif isinstance(record, Chat):
            for user_id in record.members:
                self.chats_of.setdefault(user_id, {})[record.id] = record
        elif isinstance(record, Subscription):
            for watched in _watched(record):
                self.watchers.setdefault(watched, {})[record.id] = record

    def _table(self, record: Record) -> dict[str, Record]:
        table: dict[str, Record] = getattr(self, _TABLES[record.kind])
        return table


def _watched(subscription: Subscription) -> list[tuple[str, str]]:
    watches = subscription.watches
    return [(watches.kind, target) for target in (watches.targets or (watches.target,))]
