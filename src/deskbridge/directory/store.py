"""The SQL of Persons, their Identities and addresses; the list and its index are in `search_store.py`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.directory.model import Identity, IdentityId, Person, PersonId, Platform
from deskbridge.directory.tables import identities, persons


def _identity(row: Row[Any]) -> Identity:
    return Identity(
        id=row.id,
        platform=Platform(row.platform),
        display_name=row.display_name,
        address=row.address,
        job_title=row.job_title,
        department=row.department,
        user_id=row.user_id,
    )


async def with_identities(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Person]:
    """The Persons of these rows, in their order, each with its Identities."""
    query = select(identities).where(identities.c.person_id.in_([row.id for row in rows]))
    by_person: dict[str, list[Identity]] = {}
    for each in await connection.execute(query.order_by(identities.c.platform, identities.c.id)):
        by_person.setdefault(each.person_id, []).append(_identity(each))
    return [
        Person(
            id=row.id,
            display_name=row.display_name,
            job_title=row.job_title,
            department=row.department,
            identities=sorted(by_person.get(row.id, []), key=lambda each: list(Platform).index(each.platform)),
        )
        for row in rows
    ]


async def find_persons(
    connection: AsyncConnection, account_id: AccountId, ids: Collection[PersonId]
) -> dict[PersonId, Person]:
    """Those Persons of the Account, by the id asked for: whoever was merged into another is that one now."""
    leads_to = {each: each for each in ids}
    rows: dict[PersonId, Row[Any]] = {}
    wanted, asked_for = set(ids), set(ids)
    while wanted:
        query = select(persons).where(persons.c.account_id == account_id, persons.c.id.in_(wanted))
        rows |= {row.id: row for row in await connection.execute(query)}
        for asked, at in leads_to.items():
            if at in wanted and at in rows and rows[at].merged_into:
                leads_to[asked] = rows[at].merged_into
        wanted = set(leads_to.values()) - asked_for
        asked_for |= wanted
    shown = [rows[each] for each in dict.fromkeys(leads_to.values()) if each in rows]
    found = {person.id: person for person in await with_identities(connection, shown)}
    return {asked: found[at] for asked, at in leads_to.items() if at in found}


async def find_person(connection: AsyncConnection, account_id: AccountId, person_id: PersonId) -> Person | None:
    """The Person of that id in that Account."""
    return (await find_persons(connection, account_id, [person_id])).get(person_id)


async def find_person_of_identity(
    connection: AsyncConnection, account_id: AccountId, identity_id: IdentityId
) -> Person | None:
    """Whose Identity it is."""
    query = select(identities.c.person_id).where(identities.c.id == identity_id, identities.c.account_id == account_id)
    person_id = await connection.scalar(query)
    return None if person_id is None else await find_person(connection, account_id, person_id)


async def find_person_of_user(connection: AsyncConnection, account_id: AccountId, user_id: UserId) -> Person | None:
    """The Person that this User is."""
    query = select(identities.c.person_id).where(identities.c.user_id == user_id, identities.c.account_id == account_id)
    person_id = await connection.scalar(query.limit(1))
    return None if person_id is None else await find_person(connection, account_id, person_id)


async def identities_of_user(connection: AsyncConnection, user_id: UserId) -> list[Identity]:
    """The User's own Identities: contact_center, work."""
    query = select(identities).where(identities.c.user_id == user_id).order_by(identities.c.platform)
    return [_identity(row) for row in await connection.execute(query)]
