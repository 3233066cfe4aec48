"""The record: what was said, and every former version of it, for supervisors of the Account only. Reads only.

Apart from `views.py`, which shows participants what they may see, so that no version ever gets there by mistake. Who
reads is written down by whoever calls, in the same request.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId, UserId, View
from deskbridge.accounts.store import users
from deskbridge.conversations import paging, views
from deskbridge.conversations.attachments import Attachment, decode, with_addresses
from deskbridge.conversations.model import ConversationId, Kind, Message, MessageId, place_of, position_at, with_images
from deskbridge.conversations.tables import conversations, messages, versions
from deskbridge.directory.model import PersonId
from deskbridge.directory.tables import identities, persons
from deskbridge.errors import BadCursor


class RecordConversation(View):
    """A conversation of the Account: between that agent and that person. `last_at` is when something was last said."""

    id: ConversationId
    kind: Kind
    agent_id: UserId
    agent_name: str
    person_name: str
    started_at: datetime
    last_at: datetime | None

    def in_words(self) -> dict[str, str]:
        """Which one it is, for the audit log."""
        return {"conversation": self.id, "agent": self.agent_name, "person": self.person_name}


class Version(View):
    """What a message said from one moment until another, when its author edited or deleted it."""

    number: int
    html: str
    text: str
    attachments: list[Attachment]
    since: datetime
    until: datetime
    author_name: str


class RecordMessage(View):
    """A message as participants see it now, and all that it said before; of a deleted one, what was deleted too."""

    message: Message
    versions: list[Version]


@dataclass(frozen=True, slots=True)
class RecordQuestion:
    """Whose conversations, with whom, in which something was said between these moments."""

    agent_id: UserId | None = None
    person_id: PersonId | None = None
    since: datetime | None = None
    until: datetime | None = None


_COLUMNS: tuple[ColumnElement[Any], ...] = (
    *(conversations.c.id, conversations.c.kind, conversations.c.agent_user_id, conversations.c.started_at),
    *(conversations.c.last_position, users.c.display_name.label("agent_name")),
    persons.c.display_name.label("person_name"),
)
_FROM = conversations.join(users, users.c.id == conversations.c.agent_user_id).join(
    persons, persons.c.id == conversations.c.person_id
)


async def find_conversations(
    connection: AsyncConnection, account_id: AccountId, question: RecordQuestion, after: str | None, limit: int
) -> tuple[list[RecordConversation], str | None]:
    """A page, the liveliest first, and where the next one begins; raises BadCursor."""
    query = select(*_COLUMNS).select_from(_FROM).where(conversations.c.account_id == account_id)
    if question.agent_id is not None:
        query = query.where(conversations.c.agent_user_id == question.agent_id)
    if question.person_id is not None:
        accounts = select(identities.c.id).where(identities.c.person_id == question.person_id)
        query = query.where(
            or_(conversations.c.person_id == question.person_id, conversations.c.person_id.in_(accounts))
        )
    if question.since is not None or question.until is not None:
        said = exists().where(messages.c.conversation_id == conversations.c.id)
        if question.since is not None:
            said = said.where(messages.c.position >= position_at(question.since))
        if question.until is not None:
            said = said.where(messages.c.position < position_at(question.until))
        query = query.where(said)
    if after is not None:
        position, conversation_id = _place(after)
        query = query.where(
            or_(
                conversations.c.last_position < position,
                (conversations.c.last_position == position) & (conversations.c.id > conversation_id),
            )
        )
    query = query.order_by(conversations.c.last_position.desc(), conversations.c.id).limit(limit + 1)
    rows = (await connection.execute(query)).all()
    end = f"{rows[limit - 1].last_position}.{rows[limit - 1].id}" if len(rows) > limit else None
    return [_conversation(row) for row in rows[:limit]], end


def _place(cursor: str) -> tuple[int, str]:
    position, _, conversation_id = cursor.partition(".")
    if not (position.isdecimal() and position.isascii() and len(position) < 19 and conversation_id):
        raise BadCursor
    return int(position), conversation_id


def _conversation(row: Row[Any]) -> RecordConversation:
    return RecordConversation(
        id=row.id,
        kind=Kind(row.kind),
        agent_id=row.agent_user_id,
        agent_name=row.agent_name,
        person_name=row.person_name,
        started_at=row.started_at,
        last_at=datetime.fromtimestamp(row.last_position / 1_000_000, UTC) if row.last_position else None,
    )


async def find_conversation(
    connection: AsyncConnection, account_id: AccountId, conversation_id: ConversationId
) -> RecordConversation | None:
    """That conversation of the Account."""
    query = select(*_COLUMNS).select_from(_FROM)
    query = query.where(conversations.c.id == conversation_id, conversations.c.account_id == account_id)
    row = (await connection.execute(query)).first()
    return _conversation(row) if row else None


async def list_before(
    connection: AsyncConnection, conversation_id: ConversationId, before: int | None, limit: int
) -> tuple[list[RecordMessage], int | None]:
    """A page in order, oldest first, and the position to ask before for the page ahead of it."""
    page, earlier = await views.list_messages(connection, conversation_id, before, limit)
    return await with_versions(connection, page), earlier


async def list_after(
    connection: AsyncConnection, conversation_id: ConversationId, after: int, limit: int
) -> list[RecordMessage]:
    """The first ones after that position, for whoever reads all."""
    return await with_versions(
        connection, (await paging.list_after(connection, conversation_id, after, limit)).messages
    )


async def with_versions(connection: AsyncConnection, page: list[Message]) -> list[RecordMessage]:
    """These messages with all that they said before."""
    before = await _versions(connection, {each.id: each.author.display_name for each in page})
    return [RecordMessage(message=each, versions=[_pictured(each, one) for one in before[each.id]]) for each in page]


def _pictured(message: Message, version: Version) -> Version:
    place = place_of(message.conversation_id, message.id)
    files = with_addresses(version.attachments, place)
    return version.model_copy(update={"html": with_images(version.html, place), "attachments": files})


async def _versions(connection: AsyncConnection, authors: dict[MessageId, str]) -> dict[str, list[Version]]:
    ids: Collection[MessageId] = authors
    query = select(versions).where(versions.c.message_id.in_(ids)).order_by(versions.c.message_id, versions.c.number)
    found: dict[str, list[Version]] = defaultdict(list)
    for row in await connection.execute(query):
        found[row.message_id].append(
            Version(
                number=row.number,
                html=row.html,
                text=row.text,
                attachments=decode(row.attachments),
                since=row.since,
                until=row.until,
                # Only authors change their messages, here and in Teams.
                author_name=authors[row.message_id],
            )
        )
    return found
