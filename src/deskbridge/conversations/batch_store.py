"""The SQL of many conversations at once: what is asked and written is one statement, however many messages come.

Apart from `store.py`, which is about one conversation, by size.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.accounts.store import accounts
from deskbridge.conversations.model import ConversationId, Kind, MessageId
from deskbridge.conversations.store import ConversationRow
from deskbridge.conversations.tables import conversations, deliveries, messages, participants
from deskbridge.directory.model import PersonId
from deskbridge.storage.among import among, as_json, with_pairs
from deskbridge.storage.bulk import insert_rows, insert_values
from deskbridge.storage.prepared import Prepared
from deskbridge.storage.schema import microseconds


@dataclass(slots=True)
class Thread:
    """A conversation that is being written to: it is locked, and counts in memory until it is stored."""

    id: ConversationId
    account_id: AccountId
    kind: Kind
    agent_user_id: UserId
    person_id: PersonId
    started_at: datetime
    complete_up_to: datetime | None
    revision: int
    last_position: int
    deleted_before: datetime | None
    deleted_after_days: int | None
    has_teams_chat: bool
    has_teams_files: bool
    sees: dict[UserId, PersonId] = field(default_factory=dict)
    unread: dict[UserId, int] = field(default_factory=dict)
    read: dict[UserId, int] = field(default_factory=dict)
    """Who has read up to which revision, where that changed."""

    @property
    def row(self) -> ConversationRow:
        """As it is stored."""
        own = (self.id, self.account_id, self.kind, self.agent_user_id, self.person_id)
        return ConversationRow(*own, self.revision, self.last_position)


@dataclass(slots=True)
class NewMessage:
    """A message that is to be stored; reads like the row that it becomes."""

    id: MessageId
    conversation_id: ConversationId
    client_id: str | None
    position: int
    revision: int
    kind: str
    author_person_id: PersonId | None
    author_user_id: UserId | None
    author_name: str
    author_platform: str
    html: str
    text: str
    created_at: datetime
    refers_to: MessageId | None = None
    attachments: str | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    own_platform: str | None = None


_LOCKED: Final = (
    select(conversations, accounts.c.teams_chat_enabled, accounts.c.files_to_teams)
    .join(accounts, accounts.c.id == conversations.c.account_id)
    .where(among(conversations.c.id))
    .order_by(conversations.c.id)
    .with_for_update(of=conversations)
)
_LOCK: Final = Prepared(_LOCKED)
_LOCK_OF: Final = Prepared(
    _LOCKED.where(
        exists().where(participants.c.conversation_id == conversations.c.id, among(participants.c.user_id, "user_ids"))
    )
)
_UNREAD: Final = (
    select(func.count())
    .where(
        messages.c.conversation_id == participants.c.conversation_id,
        messages.c.arrived > participants.c.read_revision,
        func.coalesce(messages.c.author_user_id, "") != participants.c.user_id,
    )
    .scalar_subquery()
)
_PARTICIPANTS: Final = Prepared(
    select(
        participants.c.conversation_id, participants.c.user_id, participants.c.sees_person_id, _UNREAD.label("unread")
    ).where(among(participants.c.conversation_id))
)


async def lock(
    connection: AsyncConnection, ids: Collection[ConversationId], user_ids: Collection[UserId] | None = None
) -> dict[ConversationId, Thread]:
    """Those of these conversations that exist, in order of their ids, so that two who lock several cannot lock up.

    With `user_ids` only those that one of these takes part in: nobody else's is locked or looked at in their name.
    """
    given = {"ids": as_json(ids)}
    if user_ids is None:
        rows = await _LOCK.all(connection, given)
    else:
        rows = await _LOCK_OF.all(connection, given | {"user_ids": as_json(user_ids)})
    found = {
        row.id: Thread(
            id=row.id,
            account_id=row.account_id,
            kind=Kind(row.kind),
            agent_user_id=row.agent_user_id,
            person_id=row.person_id,
            started_at=row.started_at,
            complete_up_to=row.complete_up_to,
            revision=row.revision,
            last_position=row.last_position,
            deleted_before=row.deleted_before,
            deleted_after_days=row.deleted_after_days,
            has_teams_chat=row.teams_chat_enabled,
            has_teams_files=row.files_to_teams,
        )
        for row in rows
    }
    rows = await _PARTICIPANTS.all(connection, {"ids": as_json(found)})
    for conversation_id, user_id, person_id, count in rows:
        found[conversation_id].sees[user_id] = person_id
        found[conversation_id].unread[user_id] = count
    return found


_KNOWN: Final = Prepared(
    with_pairs(
        "SELECT conversation_id, client_id, id FROM {pairs} CROSS JOIN messages "
        "WHERE conversation_id = one AND client_id = two"
    )
)


async def known(
    connection: AsyncConnection, wanted: Collection[tuple[ConversationId, str]]
) -> dict[tuple[ConversationId, str], MessageId]:
    """Which messages were given already under these ids of their senders."""
    rows = await _KNOWN.all(connection, {"pairs": as_json(wanted)})
    return {(row.conversation_id, row.client_id): row.id for row in rows}


_COLUMNS: Final = (
    *("id", "conversation_id", "client_id", "position", "revision", "arrived", "kind"),
    *("author_person_id", "author_user_id", "author_name", "author_platform", "html", "text"),
    *("created_at", "edited_at", "deleted_at", "refers_to", "attachments", "own_platform"),
)


async def insert_messages(connection: AsyncConnection, new: Sequence[NewMessage]) -> None:
    """Keep them; the first revision of each stays as the moment when it arrived."""
    rows = [
        (
            *(each.id, each.conversation_id, each.client_id, each.position, each.revision, each.revision, each.kind),
            *(each.author_person_id, each.author_user_id, each.author_name, each.author_platform),
            *(each.html, each.text, microseconds(each.created_at)),
            each.edited_at and microseconds(each.edited_at),
            each.deleted_at and microseconds(each.deleted_at),
            *(each.refers_to, each.attachments, each.own_platform),
        )
        for each in new
    ]
    await insert_values(connection, messages, _COLUMNS, rows)


async def insert_deliveries(connection: AsyncConnection, new: Sequence[dict[str, Any]], now: datetime) -> None:
    """Messages set out to Identities on other platforms."""
    at = microseconds(now)
    await insert_rows(connection, deliveries, [{**each, "reason": None, "changed_at": at, "tries": 0} for each in new])


_COUNT: Final = Prepared(
    update(conversations)
    .where(conversations.c.id == bindparam("its_id"))
    .values(revision=bindparam("its_revision"), last_position=bindparam("its_last_position"))
)
_READ: Final = Prepared(
    update(participants)
    .where(participants.c.conversation_id == bindparam("its_id"), participants.c.user_id == bindparam("by"))
    .values(read_revision=bindparam("up_to"))
)


async def store(connection: AsyncConnection, changed: Collection[Thread]) -> None:
    """Write down what was counted, and what has been read."""
    counted = [
        {"its_id": each.id, "its_revision": each.revision, "its_last_position": each.last_position} for each in changed
    ]
    read = [
        {"its_id": each.id, "by": user_id, "up_to": revision}
        for each in changed
        for user_id, revision in each.read.items()
    ]
    await _COUNT.each(connection, counted)
    await _READ.each(connection, read)
