"""What one participant sees: conversations, pages of messages. Reads only; changing is in `store.py`.

This file is apart from `store.py` because each would be too large to see whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import UserId
from deskbridge.accounts.store import accounts
from deskbridge.conversations.attachments import decode, with_addresses
from deskbridge.conversations.batch_store import NewMessage
from deskbridge.conversations.model import (
    Author,
    Change,
    ChangeKind,
    Conversation,
    ConversationId,
    Delivery,
    DeliveryState,
    Kind,
    Message,
    MessageId,
    MessageKind,
    Quote,
    Reaction,
    place_of,
    reaches,
    reaction_sentence,
    with_images,
)
from deskbridge.conversations.tables import changes, conversations, deliveries, messages, participants, reactions
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import PersonId, Platform

# What is asked of an enumeration by its value takes as long as all else of a field.
_KINDS: Final = {each.value: each for each in MessageKind}
_PLATFORMS: Final = {each.value: each for each in Platform}


async def messages_by_id(connection: AsyncConnection, ids: Collection[MessageId]) -> dict[MessageId, Message]:
    """Those messages, whole."""
    if not ids:
        return {}
    rows = (await connection.execute(select(messages).where(messages.c.id.in_(ids)))).all()
    return {each.id: each for each in await whole(connection, rows)}


async def list_messages(
    connection: AsyncConnection, conversation_id: ConversationId, before: int | None, limit: int
) -> tuple[list[Message], int | None]:
    """A page in order, oldest first, and the position to ask before for the page ahead of it."""
    query = select(messages).where(messages.c.conversation_id == conversation_id)
    if before is not None:
        query = query.where(messages.c.position < before)
    rows = (await connection.execute(query.order_by(messages.c.position.desc()).limit(limit + 1))).all()
    page = await whole(connection, rows[:limit][::-1])
    return page, page[0].position if len(rows) > limit else None


async def whole(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Message]:
    """The messages of these rows, with all that belongs to them."""
    ids = [row.id for row in rows]
    sent = await _deliveries(connection, ids)
    reacted = await _reactions(connection, ids)
    wanted = await _changes(connection, rows)
    about = await _quotes(connection, {row.refers_to for row in rows if row.refers_to})
    return [message_of(row, (sent[row.id], reacted[row.id], wanted[row.id]), about.get(row.refers_to)) for row in rows]


def message_of(
    row: Row[Any] | NewMessage, more: tuple[list[Delivery], list[Reaction], list[Change]], quote: Quote | None
) -> Message:
    """The message of a row, with what is beside it: deliveries to other platforms, reactions, changes on their way."""
    sent, reacted, wanted = more
    kind = _KINDS[row.kind]
    gone = row.deleted_at is not None
    text = row.text
    # Made at reading, so that a text that was deleted meanwhile is not told on.
    if kind is MessageKind.REACTION:
        text = reaction_sentence(row.author_name, row.text, quote.text if quote else "")
    if row.own_platform:
        sent = [*sent, _kept_here(row.own_platform, row.created_at)]
    place = place_of(row.conversation_id, row.id)
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        client_id=row.client_id,
        position=row.position,
        revision=row.revision,
        kind=kind,
        author=_author(row.author_person_id, row.author_user_id, row.author_name, row.author_platform),
        html="" if gone else with_images(row.html, place),
        text="" if gone else text,
        attachments=with_addresses(decode(row.attachments), place) if row.attachments and not gone else [],
        created_at=row.created_at,
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
        refers_to=row.refers_to,
        quote=None if gone or kind is MessageKind.REACTION else quote,
        reactions=reacted,
        deliveries=sent,
        changes=wanted,
    )


# The same few again and again: of those who write much, and of what is stored together.
@lru_cache(maxsize=1_000)
def _author(person_id: PersonId | None, user_id: UserId | None, name: str, platform: str) -> Author:
    return Author(person_id=person_id, user_id=user_id, display_name=name, platform=_PLATFORMS[platform])


@lru_cache(maxsize=100)
def _kept_here(platform: str, at: datetime) -> Delivery:
    return Delivery(platform=_PLATFORMS[platform], state=DeliveryState.SENT, reason=None, changed_at=at)


async def _changes(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> dict[str, list[Change]]:
    """What is on its way to Teams; once it is there, there is nothing more to say."""
    deleted = {row.id: row.deleted_at is not None for row in rows}
    set_here = (
        select(reactions.c.who)
        .where(
            reactions.c.message_id == changes.c.message_id,
            reactions.c.reaction == changes.c.reaction,
            reactions.c.user_id == changes.c.user_id,
        )
        .exists()
    )
    query = select(changes, set_here.label("is_set")).where(changes.c.message_id.in_(deleted))
    found: dict[str, list[Change]] = defaultdict(list)
    for row in await connection.execute(query.order_by(changes.c.queued_at, changes.c.id)):
        found[row.message_id].append(
            Change(
                kind=_kind_of_change(row, is_deleted=deleted[row.message_id]),
                reaction=row.reaction or None,
                platform=Platform.TEAMS,
                state=DeliveryState(row.state),
                reason=row.reason,
                changed_at=row.queued_at,
            )
        )
    return found


def _kind_of_change(row: Row[Any], *, is_deleted: bool) -> ChangeKind:
    if row.reaction:
        return ChangeKind.REACTION if row.is_set else ChangeKind.REACTION_REMOVAL
    if is_deleted:
        return ChangeKind.DELETION
    return ChangeKind.RESTORATION if row.is_deleted_there else ChangeKind.EDIT


async def _deliveries(connection: AsyncConnection, ids: Collection[str]) -> dict[str, list[Delivery]]:
    query = select(deliveries).where(deliveries.c.message_id.in_(ids)).order_by(deliveries.c.platform)
    found: dict[str, list[Delivery]] = defaultdict(list)
    for row in await connection.execute(query):
        found[row.message_id].append(
            Delivery(
                platform=Platform(row.platform),
                state=DeliveryState(row.state),
                reason=row.reason,
                changed_at=row.changed_at,
            )
        )
    return found


async def _reactions(connection: AsyncConnection, ids: Collection[str]) -> dict[str, list[Reaction]]:
    query = select(reactions).where(reactions.c.message_id.in_(ids)).order_by(reactions.c.at, reactions.c.who)
    by_kind: dict[str, dict[str, list[Row[Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in await connection.execute(query):
        by_kind[row.message_id][row.reaction].append(row)
    found: dict[str, list[Reaction]] = defaultdict(list)
    for message_id, kinds in by_kind.items():
        found[message_id] = [
            Reaction(
                reaction=reaction,
                by=[row.name for row in rows],
                user_ids=[row.user_id for row in rows if row.user_id is not None],
            )
            for reaction, rows in kinds.items()
        ]
    return found


_QUOTED = 300
"""Characters of a message that another one quotes."""


async def _quotes(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Quote]:
    if not ids:
        return {}
    columns = (messages.c.id, messages.c.text, messages.c.author_name, messages.c.deleted_at)
    rows: Any = await connection.execute(select(*columns).where(messages.c.id.in_(ids)))
    return {row.id: quote_of(row) for row in rows}


def quote_of(row: Row[Any] | NewMessage) -> Quote:
    """A message as another one quotes it."""
    text = "" if row.deleted_at else row.text[:_QUOTED]
    return Quote(message_id=row.id, author_name=row.author_name, text=text)


def _seen_by(user_id: UserId) -> Select[Any]:
    return (
        select(conversations, participants.c.sees_person_id, accounts.c.teams_chat_enabled)
        .join(participants, participants.c.conversation_id == conversations.c.id)
        .join(accounts, accounts.c.id == conversations.c.account_id)
        .where(participants.c.user_id == user_id)
    )


async def find_conversation(
    connection: AsyncConnection, conversation_id: ConversationId, user_id: UserId
) -> Conversation | None:
    """The conversation as that participant sees it; None for everyone else."""
    return (await find_conversations(connection, [conversation_id], user_id)).get(conversation_id)


async def find_conversations(
    connection: AsyncConnection, ids: Collection[ConversationId], user_id: UserId
) -> dict[ConversationId, Conversation]:
    """Those of these conversations that the User takes part in."""
    if not ids:
        return {}
    rows = (await connection.execute(_seen_by(user_id).where(conversations.c.id.in_(ids)))).all()
    return {each.id: each for each in await _conversations(connection, rows, user_id)}


async def list_conversations(connection: AsyncConnection, user_id: UserId) -> list[Conversation]:
    """All conversations of a User, those with the newest message first."""
    query = _seen_by(user_id).order_by(conversations.c.last_position.desc(), conversations.c.started_at.desc())
    return await _conversations(connection, (await connection.execute(query.limit(500))).all(), user_id)


async def _conversations(connection: AsyncConnection, rows: Sequence[Row[Any]], user_id: UserId) -> list[Conversation]:
    if not rows:
        return []
    persons = await directory_store.find_persons(connection, rows[0].account_id, {row.sees_person_id for row in rows})
    last = await _last_messages(connection, [row.id for row in rows])
    unread = await _unread(connection, [row.id for row in rows], user_id)
    if not rows[0].teams_chat_enabled:
        # While Teams chat is off nothing of Teams is shown, also not of who is at the other end (C1).
        persons = {each: person.without(Platform.TEAMS) for each, person in persons.items()}
    return [
        Conversation(
            id=row.id,
            kind=Kind(row.kind),
            revision=row.revision,
            person=persons[row.sees_person_id],
            reaches=reaches(Kind(row.kind), persons[row.sees_person_id], is_agent=row.agent_user_id == user_id),
            started_at=row.started_at,
            last_message=last.get(row.id),
            unread=unread.get(row.id, 0),
            complete_up_to=row.complete_up_to,
            deleted_before=row.deleted_before,
            deleted_after_days=row.deleted_after_days,
        )
        for row in rows
    ]


async def _last_messages(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Message]:
    newest = (
        select(messages.c.conversation_id, func.max(messages.c.position).label("position"))
        .where(messages.c.conversation_id.in_(ids))
        .group_by(messages.c.conversation_id)
        .subquery()
    )
    query = select(messages).join(
        newest,
        (messages.c.conversation_id == newest.c.conversation_id) & (messages.c.position == newest.c.position),
    )
    rows = (await connection.execute(query)).all()
    return {each.conversation_id: each for each in await whole(connection, rows)}


async def _unread(connection: AsyncConnection, ids: Collection[str], user_id: UserId) -> dict[str, int]:
    mine = func.coalesce(messages.c.author_user_id, "") == user_id
    query = (
        select(messages.c.conversation_id, func.count().label("unread"))
        .join(
            participants,
            (participants.c.conversation_id == messages.c.conversation_id) & (participants.c.user_id == user_id),
        )
        .where(messages.c.conversation_id.in_(ids), messages.c.arrived > participants.c.read_revision, ~mine)
        .group_by(messages.c.conversation_id)
    )
    return {row.conversation_id: row.unread for row in await connection.execute(query)}
