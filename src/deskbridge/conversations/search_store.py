"""The SQL of searching messages, and of keeping the index of them (see `search_tables.py`)."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Integer, Row, bindparam, delete, literal_column, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import UserId
from deskbridge.conversations.model import ConversationId, MessageId, MessageKind
from deskbridge.conversations.search_tables import INDEX, due, search
from deskbridge.conversations.search_words import indexed
from deskbridge.conversations.tables import messages, participants
from deskbridge.directory.model import PersonId
from deskbridge.directory.tables import identities, persons
from deskbridge.storage.among import among, as_json
from deskbridge.storage.prepared import Prepared

_SLOTS: Final = 2_048
"""Messages of one position, which is a thousandth of a millisecond, have numbers of their own: until the year 2112."""
HIGHEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as it is found: its place in the order of all, and for whom by what."""

    message_id: MessageId
    number: int
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Question:
    """What one User looks for, as `search_words.asked` gives it; without words everything.

    Only numbers from `low` to below `high`; only these conversations where any are named.
    """

    user_id: UserId
    words: Sequence[str]
    low: int
    high: int
    conversation_ids: Sequence[ConversationId] | None = None


def number_of(message_id: str, position: int) -> int:
    """Where a message stands in the order of all."""
    return position * _SLOTS + zlib.crc32(message_id.encode()) % _SLOTS


def first_number_at(position: int) -> int:
    """Of everything that stands there or later."""
    return min(max(position, 0) * _SLOTS, HIGHEST)


def _scope(user_id: str) -> str:
    """What the words of everything that a User may read begin with; two Users may share it, so it is no proof."""
    return user_id[:6]


def _place(conversation_id: str) -> str:
    return "z" + conversation_id.replace("-", "")[:10]


async def is_any_due(connection: AsyncConnection) -> bool:
    """Whether something waits to be taken into the index."""
    return await connection.scalar(select(due.c.message_id).limit(1)) is not None


_TAKE: Final = Prepared(
    select(due.c.message_id).limit(bindparam("at_most", type_=Integer)).with_for_update(skip_locked=True)
)
_DONE: Final = Prepared(delete(due).where(among(due.c.message_id)))
_TEXTS: Final = Prepared(
    select(messages.c.id, messages.c.conversation_id, messages.c.position, messages.c.text).where(
        among(messages.c.id), messages.c.kind == MessageKind.MESSAGE.value, messages.c.deleted_at.is_(None)
    )
)
_READERS: Final = Prepared(
    select(participants.c.conversation_id, participants.c.user_id).where(among(participants.c.conversation_id))
)


async def take_due(connection: AsyncConnection, at_most: int) -> Mapping[MessageId, Entry | None]:
    """Some messages that are due, which then no longer are; None for one that is not to be found any more."""
    ids = [MessageId(row.message_id) for row in await _TAKE.all(connection, {"at_most": at_most})]
    if not ids:
        return {}
    given = {"ids": as_json(ids)}
    await _DONE.each(connection, [given])
    found: dict[MessageId, Entry | None] = dict.fromkeys(ids)
    rows = await _TEXTS.all(connection, given)
    readers: dict[str, list[str]] = defaultdict(list)
    for row in await _READERS.all(connection, {"ids": as_json({row.conversation_id for row in rows})}):
        readers[row.conversation_id].append(row.user_id)
    for row in rows:
        words = _words(row.text, row.conversation_id, readers[row.conversation_id])
        found[row.id] = Entry(row.id, number_of(row.id, row.position), words)
    return found


def _words(text: str, conversation_id: str, readers: Sequence[str]) -> frozenset[str]:
    # Each User's words are their own, so that a search reads nothing of anybody else's and is as quick in a large
    # organisation as in a small one.
    said = indexed(text)
    theirs = [_scope(each) + word for each in readers for word in ("", *said)]
    return frozenset((*theirs, _place(conversation_id)))


_FORGET: Final = Prepared(delete(search).where(among(search.c.message_id)))
_TAKEN: Final = Prepared(select(search.c.number).where(among(search.c.number)))


async def replace(connection: AsyncConnection, ids: Sequence[MessageId], entries: Sequence[Entry]) -> None:
    """These messages are found by these entries only."""
    await _FORGET.each(connection, [{"ids": as_json(ids)}])
    if not entries:
        return
    near = {each.number + step for each in entries for step in _NEAR}
    known = {row.number for row in await _TAKEN.all(connection, {"ids": as_json(near)})}
    rows: list[dict[str, Any]] = []
    is_sqlite = connection.dialect.name == "sqlite"
    for each in entries:
        number = each.number
        while number in known:
            number += 1
        known.add(number)
        words = sorted(each.words)
        rows.append({"number": number, "message_id": each.message_id, "words": " ".join(words) if is_sqlite else words})
    await _INSERT.each(connection, rows)


_NEAR: Final = range(4)
"""Numbers next to each other that may be taken; more than these of one message's would be a wonder."""

_INTO: Final = "INSERT INTO message_search (number, message_id, words) VALUES (:number, :message_id, "
_INSERT: Final = Prepared(
    {
        "sqlite": text(_INTO + ":words)"),
        "postgresql": text(_INTO + "array_to_tsvector(CAST(:words AS text[])))"),
    }
)


def list_with(connection: Connection, user_id: UserId, person_id: PersonId) -> Sequence[ConversationId]:
    """The User's conversations with that Person: each is with one account of theirs, whatever it is merged with."""
    accounts = select(identities.c.id).where(identities.c.person_id == person_id)
    query = select(participants.c.conversation_id).where(
        participants.c.user_id == user_id,
        or_(participants.c.sees_person_id == person_id, participants.c.sees_person_id.in_(accounts)),
    )
    return connection.scalars(query.order_by(participants.c.conversation_id)).all()


def find(connection: Connection, question: Question, limit: int) -> Sequence[Row[Any]]:
    """Messages in the index that answer, the newest first, with their `number`; those that are due are left out."""
    if question.conversation_ids is not None and not question.conversation_ids:
        return ()
    is_sqlite = connection.dialect.name == "sqlite"
    given = {
        "query": _sqlite_query(question) if is_sqlite else _postgresql_query(question),
        "low": question.low,
        "high": question.high,
        "user_id": question.user_id,
        "limit": limit,
    }
    sql = _FIND[connection.dialect.name]
    if question.conversation_ids is not None:
        names = [f"c{number}" for number in range(len(question.conversation_ids))]
        given |= dict(zip(names, question.conversation_ids, strict=True))
        sql = sql.replace("{more}", f"AND m.conversation_id IN ({', '.join(':' + name for name in names)})")
    statement = text(sql.replace("{more}", "")).columns(*_FOUND)
    return connection.execute(statement, given).all()


def find_due(connection: Connection, question: Question) -> Sequence[Row[Any]]:
    """Messages that are due and that this User may read, whatever they say."""
    # Usually nothing is; and a database that does not know how few they are would begin at the other end.
    some = connection.scalars(select(due.c.message_id).limit(_FEW + 1)).all()
    if not some:
        return ()
    theirs = messages.c.id.in_(some) if len(some) <= _FEW else messages.c.id.in_(select(due.c.message_id))
    query = (
        select(*_FOUND[1:])
        .join(participants, participants.c.conversation_id == messages.c.conversation_id)
        .join(persons, persons.c.id == participants.c.sees_person_id)
        .where(
            theirs,
            participants.c.user_id == question.user_id,
            messages.c.kind == MessageKind.MESSAGE.value,
            messages.c.deleted_at.is_(None),
            messages.c.position >= question.low // _SLOTS,
            messages.c.position <= question.high // _SLOTS,
        )
    )
    if question.conversation_ids is not None:
        query = query.where(messages.c.conversation_id.in_(question.conversation_ids))
    return connection.execute(query).all()


_FEW: Final = 1_000

_FOUND: Final[tuple[ColumnElement[Any], ...]] = (
    literal_column("number").label("number"),
    messages.c.id,
    messages.c.conversation_id,
    messages.c.position,
    messages.c.author_name,
    messages.c.author_user_id,
    messages.c.text,
    messages.c.created_at,
    persons.c.display_name.label("person_name"),
)
_SELECT: Final = (
    "SELECT s.number, m.id, m.conversation_id, m.position, m.author_name, m.author_user_id, "
    "m.text, m.created_at, pe.display_name AS person_name"
)
_JOINED: Final = (
    "CROSS JOIN messages AS m ON m.id = s.message_id "
    "JOIN participants AS p ON p.conversation_id = m.conversation_id AND p.user_id = :user_id "
    "JOIN persons AS pe ON pe.id = p.sees_person_id"
)
_WHERE: Final = (
    "s.number >= :low AND s.number < :high {more} "
    "AND NOT EXISTS (SELECT 1 FROM message_search_due AS d WHERE d.message_id = m.id)"
)
_FIND: Final = {
    "sqlite": f"{_SELECT} FROM {INDEX} AS w CROSS JOIN message_search AS s ON s.number = w.rowid {_JOINED} "
    f"WHERE w.{INDEX} MATCH :query AND w.rowid >= :low AND w.rowid < :high AND {_WHERE} "
    "ORDER BY w.rowid DESC LIMIT :limit",
    "postgresql": f"{_SELECT} FROM message_search AS s {_JOINED.replace('CROSS JOIN', 'JOIN')} "
    f"WHERE s.words @@ CAST(:query AS tsquery) AND {_WHERE} ORDER BY s.number DESC LIMIT :limit",
}


def _sqlite_query(question: Question) -> str:
    scope = _scope(question.user_id)
    parts = [f'"{scope}{word}" *' for word in question.words] or [f'"{scope}"']
    if question.conversation_ids is not None:
        parts.append("(" + " OR ".join(f'"{_place(each)}"' for each in question.conversation_ids) + ")")
    return " AND ".join(parts)


def _postgresql_query(question: Question) -> str:
    scope = _scope(question.user_id)
    parts = [f"'{scope}{word}':*" for word in question.words] or [f"'{scope}'"]
    if question.conversation_ids is not None:
        parts.append("(" + " | ".join(f"'{_place(each)}'" for each in question.conversation_ids) + ")")
    return " & ".join(parts)
