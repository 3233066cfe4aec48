"""The SQL of Persons, their Identities and addresses; the list and its index are in `search_store.py`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.directory.model import Identity, IdentityId, Person, PersonId, Platform
from deskbridge.directory.tables import NOWHERE, addresses, identities, persons


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
    """Those Persons of the Account, by id."""
    query = select(persons).where(persons.c.account_id == account_id, persons.c.id.in_(ids))
    found = await with_identities(connection, (await connection.execute(query)).all())
    return {person.id: person for person in found}


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


async def persons_with_addresses(
    connection: AsyncConnection, account_id: AccountId, some: Iterable[str], but: IdentityId | None
) -> dict[PersonId, set[Platform]]:
    """Persons with an Identity (other than `but`) that has one of these addresses, and the platforms they have."""
    matching = (
        select(identities.c.person_id)
        .join(addresses, addresses.c.identity_id == identities.c.id)
        .where(addresses.c.account_id == account_id, addresses.c.address.in_(list(some)))
    )
    if but is not None:
        matching = matching.where(identities.c.id != but)
    query = select(identities.c.person_id, identities.c.platform).where(identities.c.person_id.in_(matching))
    found: dict[PersonId, set[Platform]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.person_id, set()).add(Platform(row.platform))
    return found


async def insert_person(connection: AsyncConnection, account_id: AccountId, person_id: PersonId) -> None:
    """An empty Person, to be described by what is put on it."""
    await connection.execute(
        persons.insert().values(
            id=person_id,
            account_id=account_id,
            display_name="",
            rank=NOWHERE,
            sort_key="",
            has_contact_center=False,
            has_teams=False,
            has_work=False,
        )
    )


async def find_identity(
    connection: AsyncConnection, identity_id: IdentityId
) -> tuple[Identity, PersonId, set[str]] | None:
    """An Identity, whose it is, and its addresses."""
    row = (await connection.execute(select(identities).where(identities.c.id == identity_id))).first()
    if row is None:
        return None
    query = select(addresses.c.address).where(addresses.c.identity_id == identity_id)
    return _identity(row), row.person_id, set((await connection.scalars(query)).all())


async def save_identity(
    connection: AsyncConnection, account_id: AccountId, identity: Identity, person_id: PersonId, *, new: bool
) -> None:
    """Insert or overwrite an Identity."""
    values = {**identity.model_dump(), "account_id": account_id, "person_id": person_id}
    statement = identities.insert() if new else update(identities).where(identities.c.id == identity.id)
    await connection.execute(statement.values(**values))


async def set_addresses(
    connection: AsyncConnection, account_id: AccountId, identity_id: IdentityId, some: Collection[str]
) -> None:
    """All addresses of an Identity, in the form in which they are compared."""
    await connection.execute(delete(addresses).where(addresses.c.identity_id == identity_id))
    rows = [{"identity_id": identity_id, "address": each, "account_id": account_id} for each in sorted(some)]
    if rows:
        await connection.execute(addresses.insert(), rows)


async def delete_identity(connection: AsyncConnection, identity_id: IdentityId) -> None:
    """Remove an Identity and its addresses."""
    await connection.execute(delete(addresses).where(addresses.c.identity_id == identity_id))
    await connection.execute(delete(identities).where(identities.c.id == identity_id))
