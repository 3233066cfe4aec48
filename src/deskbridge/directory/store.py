"""The SQL of Persons, their Identities and addresses; `search_store.py` and `index_store.py` have the list's."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.directory.model import Identity, IdentityId, Person, PersonId, Platform
from deskbridge.directory.tables import identities, persons
from deskbridge.storage.among import among, as_json
from deskbridge.storage.prepared import Prepared


def _identity(row: Row[Any]) -> Identity:
    return Identity(
        id=row.id,
        platform=_PLATFORMS[row.platform],
        display_name=row.display_name,
        address=row.address,
        job_title=row.job_title,
        department=row.department,
        user_id=row.user_id,
    )


_PLATFORMS: Final = {each.value: each for each in Platform}
_ORDER: Final = {each: number for number, each in enumerate(Platform)}
_PERSONS: Final = Prepared(select(persons).where(persons.c.account_id == bindparam("account_id"), among(persons.c.id)))
_IDENTITIES: Final = Prepared(
    select(identities).where(identities.c.account_id == bindparam("account_id"), among(identities.c.person_id))
)
_PLACES: Final = Prepared(
    select(identities.c.person_id, identities.c.id, identities.c.platform, identities.c.user_id).where(
        identities.c.account_id == bindparam("account_id"), among(identities.c.person_id)
    )
)


async def _identities_of(
    connection: AsyncConnection, account_id: AccountId, ids: Collection[PersonId]
) -> dict[PersonId, list[Identity]]:
    by_person: dict[PersonId, list[Identity]] = {}
    for row in await _IDENTITIES.all(connection, {"account_id": account_id, "ids": as_json(ids)}):
        by_person.setdefault(row.person_id, []).append(_identity(row))
    for theirs in by_person.values():
        if len(theirs) > 1:
            theirs.sort(key=lambda each: (_ORDER[each.platform], each.id))
    return by_person


async def find_persons(
    connection: AsyncConnection, account_id: AccountId, ids: Collection[PersonId]
) -> dict[PersonId, Person]:
    """Those Persons of the Account, by the id asked for: whoever was merged into another is that one now."""
    leads_to = {each: each for each in ids}
    rows: dict[PersonId, Row[Any]] = {}
    wanted, asked_for = set(ids), set(ids)
    while wanted:
        some = await _PERSONS.all(connection, {"account_id": account_id, "ids": as_json(wanted)})
        rows |= {row.id: row for row in some}
        for asked, at in leads_to.items():
            if at in wanted and at in rows and rows[at].merged_into:
                leads_to[asked] = rows[at].merged_into
        wanted = set(leads_to.values()) - asked_for
        asked_for |= wanted
    shown = [rows[each] for each in dict.fromkeys(leads_to.values()) if each in rows]
    theirs = await _identities_of(connection, account_id, [row.id for row in shown])
    found = {
        row.id: Person(
            id=row.id,
            display_name=row.display_name,
            job_title=row.job_title,
            department=row.department,
            identities=theirs.get(row.id, []),
        )
        for row in shown
    }
    return {asked: found[at] for asked, at in leads_to.items() if at in found}


async def list_places(
    connection: AsyncConnection, account_id: AccountId, ids: Collection[PersonId]
) -> list[tuple[PersonId, IdentityId, Platform, UserId | None]]:
    """All Identities of these Persons, without what is said of them: for a hundred people this is read often."""
    found: list[tuple[PersonId, IdentityId, Platform, UserId | None]] = []
    wanted, asked_for = set(ids), set(ids)
    while wanted:
        rows = await _PLACES.all(connection, {"account_id": account_id, "ids": as_json(wanted)})
        found += [(row.person_id, row.id, _PLATFORMS[row.platform], row.user_id) for row in rows]
        # Who has none of their own may have become another.
        empty = wanted - {person_id for person_id, *_ in found}
        became = select(persons.c.merged_into).where(persons.c.account_id == account_id, persons.c.id.in_(empty))
        leads_to = {each for each in await connection.scalars(became) if each} if empty else set()
        wanted = leads_to - asked_for
        asked_for |= wanted
    return found


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


_PERSON_IDS: Final = Prepared(
    select(identities.c.user_id, identities.c.person_id)
    .where(among(identities.c.user_id))
    .order_by(identities.c.id.desc())
)


async def find_person_ids(connection: AsyncConnection, user_ids: Collection[UserId]) -> dict[UserId, PersonId]:
    """The Persons that these Users are, of whatever Account: callers check."""
    rows = await _PERSON_IDS.all(connection, {"ids": as_json(user_ids)})
    return {row.user_id: row.person_id for row in rows}


async def ids_together_with(connection: AsyncConnection, ids: Collection[IdentityId | PersonId]) -> set[PersonId]:
    """These, and all who are or have been accounts of the same Persons, each as who they are by themselves."""
    query = select(identities.c.person_id).where(among(identities.c.id))
    theirs = {*ids, *await connection.scalars(query, {"ids": as_json(set(ids))})}
    given = {"ids": as_json(theirs)}
    now = await connection.scalars(select(identities.c.id).where(among(identities.c.person_id)), given)
    once = await connection.scalars(select(persons.c.id).where(among(persons.c.merged_into)), given)
    return {PersonId(each) for each in (*theirs, *now, *once)}


async def identities_of_user(connection: AsyncConnection, user_id: UserId) -> list[Identity]:
    """The User's own Identities: contact_center, work."""
    query = select(identities).where(identities.c.user_id == user_id).order_by(identities.c.platform)
    return [_identity(row) for row in await connection.execute(query)]


async def rename_left(
    connection: AsyncConnection, account_id: AccountId, ids: Collection[PersonId], display_name: str
) -> None:
    """Those of these Persons who have no Identity any more are shown under that name, with nothing beside it."""
    has_some = select(identities.c.id).where(identities.c.person_id == persons.c.id).exists()
    statement = update(persons).where(persons.c.account_id == account_id, persons.c.id.in_(ids), ~has_some)
    await connection.execute(statement.values(display_name=display_name, job_title=None, department=None))
