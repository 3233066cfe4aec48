"""The SQL of the Contacts list: what it is searched and sorted by, and its pages; apart from `store.py` by size."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, delete, exists, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId
from deskbridge.directory.model import Person, PersonId, Platform, described, list_rank, searchable_words, sort_key
from deskbridge.directory.store import with_identities
from deskbridge.directory.tables import NOWHERE, person_words, persons

_HAS = {
    Platform.CONTACT_CENTER: persons.c.has_contact_center,
    Platform.TEAMS: persons.c.has_teams,
    Platform.WORK: persons.c.has_work,
}


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody looks for in the list; `with_teams` is False while Teams chat is switched off (C1)."""

    words: Sequence[str] = ()
    platform: Platform | None = None
    with_teams: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list ended."""

    rank: int
    sort_key: str
    person_id: PersonId


def _rank(question: Question) -> ColumnElement[int]:
    # Without Teams, who has Teams and Work is somebody with only Work.
    return persons.c.rank if question.with_teams else case((persons.c.rank == 4, 2), else_=persons.c.rank)


def _matching(query: Select[Any], account_id: AccountId, question: Question) -> Select[Any]:
    query = query.where(persons.c.account_id == account_id, persons.c.rank < NOWHERE)
    if not question.with_teams:
        query = query.where(or_(persons.c.has_contact_center, persons.c.has_work))
        if question.platform is Platform.TEAMS:
            query = query.where(false())
    if question.platform is not None:
        query = query.where(_HAS[question.platform])
    for word in question.words:
        begins = and_(
            person_words.c.account_id == account_id,
            person_words.c.person_id == persons.c.id,
            person_words.c.word >= word,
            person_words.c.word < word + "\U0010ffff",
        )
        query = query.where(exists().where(begins))
    return query


async def list_people(
    connection: AsyncConnection, account_id: AccountId, question: Question, after: Place | None, limit: int
) -> tuple[list[Person], Place | None]:
    """One page in list order (D3), and where it ended if there is more."""
    rank = _rank(question)
    query = _matching(select(persons, rank.label("list_rank")), account_id, question)
    if after is not None:
        same_rank = and_(rank == after.rank, persons.c.sort_key > after.sort_key)
        same_name = and_(rank == after.rank, persons.c.sort_key == after.sort_key, persons.c.id > after.person_id)
        query = query.where(or_(rank > after.rank, same_rank, same_name))
    rows = (await connection.execute(query.order_by(rank, persons.c.sort_key, persons.c.id).limit(limit + 1))).all()
    page = rows[:limit]
    place = Place(page[-1].list_rank, page[-1].sort_key, page[-1].id) if len(rows) > limit else None
    return await with_identities(connection, page), place


async def count_people(connection: AsyncConnection, account_id: AccountId, question: Question) -> int:
    """How many the whole list has."""
    query = _matching(select(func.count()).select_from(persons), account_id, question)
    return int(await connection.scalar(query) or 0)


async def index_persons(connection: AsyncConnection, account_id: AccountId, some: Sequence[Person]) -> None:
    """Have the list show, sort and find these Persons by the Identities that they have now.

    Whoever changes Identities calls it in the same transaction, once for as many Persons as it can: a thousand at once
    cost far less than a thousand times one. A Person without any Identity is listed no more.
    """
    for person in some:
        await _index(connection, account_id, person)


async def _index(connection: AsyncConnection, account_id: AccountId, person: Person) -> None:
    shown = described(person)
    platforms = {each.platform for each in person.identities}
    await _describe(
        connection,
        person.id,
        display_name=shown.display_name,
        job_title=shown.job_title,
        department=shown.department,
        rank=list_rank(platforms) if platforms else NOWHERE,
        sort_key=sort_key(shown.display_name),
        has_contact_center=Platform.CONTACT_CENTER in platforms,
        has_teams=Platform.TEAMS in platforms,
        has_work=Platform.WORK in platforms,
    )
    await _set_words(connection, account_id, person.id, searchable_words(shown) if platforms else set())


async def _describe(connection: AsyncConnection, person_id: PersonId, **columns: Any) -> None:
    """Set what the list shows and sorts by."""
    await connection.execute(update(persons).where(persons.c.id == person_id).values(**columns))


async def _set_words(
    connection: AsyncConnection, account_id: AccountId, person_id: PersonId, words: Collection[str]
) -> None:
    """What the Person is found by."""
    await connection.execute(delete(person_words).where(person_words.c.person_id == person_id))
    rows = [{"account_id": account_id, "word": word[:320], "person_id": person_id} for word in sorted(words)]
    if rows:
        await connection.execute(person_words.insert(), rows)
