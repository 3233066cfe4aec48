"""Entries of the audit log and the chain that they form; decides only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from deskbridge.accounts.model import AccountId, User, UserId, View

FIRST: Final = "0" * 64
"""What the first entry holds in place of the hash of one before it."""


class Action(StrEnum):
    """What was done; docs/security.md says what each means."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    PASSWORD_SET = "password_set"  # noqa: S105  # The name of an action, no secret.
    SECOND_FACTOR_ADDED = "second_factor_added"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    SECOND_FACTOR_REQUIREMENT_CHANGED = "second_factor_requirement_changed"
    PROVED_AGAIN = "proved_again"
    ACCOUNT_CREATED = "account_created"
    TENANT_CHANGED = "tenant_changed"
    USER_CREATED = "user_created"
    USER_INVITED = "user_invited"
    USER_CHANGED = "user_changed"
    USER_SUSPENDED = "user_suspended"
    USER_RESUMED = "user_resumed"
    USER_DELETED = "user_deleted"
    PASSWORD_RESET = "password_reset"  # noqa: S105  # The name of an action, no secret.
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    TEAMS_CONNECTED = "teams_connected"
    TEAMS_DISCONNECTED = "teams_disconnected"
    TEAMS_CHAT_SWITCHED = "teams_chat_switched"
    AGENT_STATUS_IN_TEAMS_SWITCHED = "agent_status_in_teams_switched"
    FILES_TO_TEAMS_SWITCHED = "files_to_teams_switched"
    SINGLE_SIGN_ON_CHANGED = "single_sign_on_changed"
    LIST_ORDER_CHANGED = "list_order_changed"
    CONTACT_POLICY_CHANGED = "contact_policy_changed"
    RETENTION_CHANGED = "retention_changed"
    MESSAGES_DELETED = "messages_deleted"
    IMPORT_STARTED = "import_started"
    IMPORT_SETTINGS_CHANGED = "import_settings_changed"
    PEOPLE_MERGED = "people_merged"
    PERSON_SPLIT = "person_split"
    MATCH_SETTLED = "match_settled"
    DECISION_FORGOTTEN = "decision_forgotten"
    EXPORTED = "exported"
    CONVERSATION_EXPORTED = "conversation_exported"
    RECORD_READ = "record_read"
    UNREADABLE = "unreadable"
    """Never done: what stands in the place of an entry that somebody changed into what none can be."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a User at an address of the network, or an operator at the console."""

    user_id: UserId | None
    name: str
    origin: str


def actor(user: User, origin: str) -> Actor:
    """That User, from that address."""
    return Actor(user.id, user.username, origin)


CONSOLE: Final = Actor(None, "operator", "console")


class Entry(View):
    """One thing that was done; `detail` is what only that action has, `hash` closes it and all before it.

    `at` is None only where the entry is unreadable.
    """

    number: int
    at: datetime | None
    action: Action
    who: str
    who_id: UserId | None
    origin: str
    whom: str | None
    whom_id: UserId | None
    detail: dict[str, str]
    hash: str


def unreadable(number: int, stored_hash: str) -> Entry:
    """In the place of an entry that cannot be read; no chain holds with it."""
    return Entry(
        number=number,
        at=None,
        action=Action.UNREADABLE,
        who="",
        who_id=None,
        origin="",
        whom=None,
        whom_id=None,
        detail={},
        hash=stored_hash,
    )


def hash_of(account_id: AccountId, entry: Entry, before: str) -> str:
    """SHA-256 over the entry, its Account and the hash of the entry before it."""
    said = entry.model_dump(mode="json", exclude={"hash"})
    text = json.dumps([account_id, before, said], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def first_wrong(account_id: AccountId, entries: Iterable[Entry], before: str = FIRST, number: int = 0) -> int | None:
    """The number at which the chain does not hold, beginning after entry `number` with its hash; None: it holds."""
    for entry in entries:
        number += 1
        if entry.number != number or entry.hash != hash_of(account_id, entry, before):
            return number
        before = entry.hash
    return None
