"""The SQL of matching (D2): many Identities in few statements. Apart from `store.py`, which answers questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import and_, bindparam, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.directory.matching import Decision, Known, Open, Verdict
from deskbridge.directory.model import Identity, IdentityId, PersonId, Platform
from deskbridge.directory.tables import addresses, identities, match_decisions, open_matches, persons
from deskbridge.storage.bulk import insert_many, update_rows

AT_ONCE: Final = 4000
"""Values in one statement; SQLite takes 32,766 and PostgreSQL 32,767."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stored:
    """An Identity as it is in the directory."""

    identity: Identity
    person_id: PersonId
    addresses: frozenset[str]

    @property
    def known(self) -> Known:
        """As matching looks at it."""
        return Known(self.identity.id, self.identity.platform, self.addresses, self.identity.user_id)


def pieces(some: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """Cut so that each fits into a statement."""
    every = list(some)
    for begin in range(0, len(every), size):
        yield every[begin : begin + size]


async def load(connection: AsyncConnection, ids: Collection[IdentityId]) -> dict[IdentityId, Stored]:
    """These Identities with their addresses, of whatever Account: callers know."""
    found: dict[IdentityId, Stored] = {}
    for piece in pieces(ids):
        rows = (await connection.execute(select(identities).where(identities.c.id.in_(piece)))).all()
        theirs: defaultdict[str, set[str]] = defaultdict(set)
        if rows:
            query = select(addresses.c.identity_id, addresses.c.address)
            for identity_id, address in await connection.execute(query.where(addresses.c.identity_id.in_(piece))):
                theirs[identity_id].add(address)
        for row in rows:
            identity = Identity(
                id=row.id,
                platform=Platform(row.platform),
                display_name=row.display_name,
                address=row.address,
                job_title=row.job_title,
                department=row.department,
                user_id=row.user_id,
            )
            found[row.id] = Stored(identity, row.person_id, frozenset(theirs[row.id]))
    return found


async def identities_of(connection: AsyncConnection, person_ids: Collection[PersonId]) -> dict[IdentityId, PersonId]:
    """The Identities that these Persons have now, and whose each is."""
    found: dict[IdentityId, PersonId] = {}
    for piece in pieces(person_ids):
        query = select(identities.c.id, identities.c.person_id).where(identities.c.person_id.in_(piece))
        found |= {row.id: row.person_id for row in await connection.execute(query.order_by(identities.c.id))}
    return found


async def identities_of_users(connection: AsyncConnection, user_ids: Collection[UserId]) -> set[IdentityId]:
    """The Identities of these Users."""
    found: set[IdentityId] = set()
    for piece in pieces(user_ids):
        found |= set((await connection.scalars(select(identities.c.id).where(identities.c.user_id.in_(piece)))).all())
    return found


@dataclass(frozen=True, slots=True)
class Holders:
    """Who has some addresses; `crowded` are those that more have than were asked for, who are left out."""

    ids: set[IdentityId]
    crowded: set[str]


async def holders(
    connection: AsyncConnection, account_id: AccountId, some: Collection[str], *, at_least: int, at_most: int
) -> Holders:
    """Who has one of these addresses, of those addresses that so many have."""
    found = Holders(set(), set())
    for piece in pieces(some):
        mine = and_(addresses.c.account_id == account_id, addresses.c.address.in_(piece))
        count = func.count()
        query = select(addresses.c.address, count).where(mine).group_by(addresses.c.address).having(count >= at_least)
        counted = (await connection.execute(query)).all()
        few = [address for address, how_many in counted if how_many <= at_most]
        found.crowded.update(address for address, how_many in counted if how_many > at_most)
        if few:
            theirs = select(addresses.c.identity_id).where(
                addresses.c.account_id == account_id, addresses.c.address.in_(few)
            )
            found.ids.update((await connection.scalars(theirs)).all())
    return found


async def decisions_about(
    connection: AsyncConnection, account_id: AccountId, ids: Collection[IdentityId]
) -> list[Decision]:
    """What admins have decided about any of these."""
    mine = match_decisions.c.account_id == account_id
    if await connection.scalar(select(match_decisions.c.one).where(mine).limit(1)) is None:
        return []
    found: dict[tuple[str, str], Decision] = {}
    for piece in pieces(ids):
        about = or_(match_decisions.c.one.in_(piece), match_decisions.c.other.in_(piece))
        query = select(match_decisions).where(mine, about)
        # As whole numbers: what decides between two must be exact.
        for row in await connection.execute(query):
            at = int(row.decided_at.timestamp() * 1_000_000)
            found[row.one, row.other] = Decision(row.one, row.other, Verdict(row.verdict), at)
    return list(found.values())


async def decide(
    connection: AsyncConnection,
    account_id: AccountId,
    verdicts: Mapping[frozenset[IdentityId], Verdict],
    by: UserId | None,
    now: datetime,
) -> None:
    """Remember what an admin decided; a new word about the same two replaces the old one."""
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    rows = [
        {
            "account_id": account_id,
            "one": min(pair),
            "other": max(pair),
            "verdict": verdict.value,
            "decided_at": now,
            "decided_by": by,
        }
        for pair, verdict in sorted(verdicts.items(), key=lambda each: sorted(each[0]))
    ]
    if rows:
        statement = insert(match_decisions)
        new = statement.excluded
        again = {"verdict": new.verdict, "decided_at": new.decided_at, "decided_by": new.decided_by}
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["account_id", "one", "other"], set_=again), rows
        )


async def forget_decision(
    connection: AsyncConnection, account_id: AccountId, one: IdentityId, other: IdentityId
) -> bool:
    """As if nobody had decided about these two; False when nobody had."""
    first, second = sorted((one, other))
    statement = delete(match_decisions).where(
        match_decisions.c.account_id == account_id, match_decisions.c.one == first, match_decisions.c.other == second
    )
    return bool((await connection.execute(statement)).rowcount)


async def save(
    connection: AsyncConnection, account_id: AccountId, now: Collection[Stored], before: Mapping[IdentityId, Stored]
) -> None:
    """Write these Identities and their addresses, new ones and those that differ."""
    new = [each for each in now if each.identity.id not in before]
    if new:
        await insert_many(connection, identities, [_values(account_id, each) for each in new])
    changed = [each for each in now if each.identity.id in before]
    if changed:
        await _overwrite(connection, changed)
    had = {each: before[each].addresses for each in before}
    nothing: frozenset[str] = frozenset()
    gone = [(each.identity.id, a) for each in changed for a in had[each.identity.id] - each.addresses]
    for piece in pieces(gone, AT_ONCE // 2):
        pair = tuple_(addresses.c.identity_id, addresses.c.address)
        await connection.execute(delete(addresses).where(pair.in_(piece)))
    came = [
        {"identity_id": each.identity.id, "address": a, "account_id": account_id}
        for each in now
        for a in sorted(each.addresses - had.get(each.identity.id, nothing))
    ]
    await insert_many(connection, addresses, came)


async def _overwrite(connection: AsyncConnection, changed: Iterable[Stored]) -> None:
    names = ("display_name", "address", "job_title", "department", "user_id")
    rows = [{"id": each.identity.id, **{name: getattr(each.identity, name) for name in names}} for each in changed]
    await update_rows(connection, identities, "id", rows)


def _values(account_id: AccountId, each: Stored) -> dict[str, Any]:
    identity = each.identity
    return {
        "id": identity.id,
        "account_id": account_id,
        "person_id": each.person_id,
        "platform": identity.platform.value,
        "display_name": identity.display_name,
        "address": identity.address,
        "job_title": identity.job_title,
        "department": identity.department,
        "user_id": identity.user_id,
    }


async def remove(connection: AsyncConnection, ids: Collection[IdentityId]) -> None:
    """Take these Identities and their addresses away."""
    for piece in pieces(ids):
        await connection.execute(delete(addresses).where(addresses.c.identity_id.in_(piece)))
        await connection.execute(delete(open_matches).where(open_matches.c.identity_id.in_(piece)))
        await connection.execute(delete(identities).where(identities.c.id.in_(piece)))


async def move(connection: AsyncConnection, to: Mapping[IdentityId, PersonId]) -> None:
    """These Identities are those Persons' from now on, and the Persons that they had of their own lead there."""
    if to:
        statement = update(identities).where(identities.c.id == bindparam("whose")).values(person_id=bindparam("to"))
        await connection.execute(statement, [{"whose": whose, "to": person_id} for whose, person_id in to.items()])
        await lead(connection, {PersonId(whose): None if whose == str(at) else at for whose, at in to.items()})


async def lead(connection: AsyncConnection, to: Mapping[PersonId, PersonId | None]) -> None:
    """These Persons are now those; None for who is somebody by themselves."""
    if to:
        statement = update(persons).where(persons.c.id == bindparam("whose")).values(merged_into=bindparam("to"))
        await connection.execute(statement, [{"whose": whose, "to": at} for whose, at in to.items()])


async def insert_persons(connection: AsyncConnection, account_id: AccountId, some: Collection[Identity]) -> None:
    """A Person for each of these Identities, unless there is one already; the list is told of them later."""
    there: set[str] = set()
    for piece in pieces(each.id for each in some):
        there |= set((await connection.scalars(select(persons.c.id).where(persons.c.id.in_(piece)))).all())
    await lead(connection, dict.fromkeys((PersonId(IdentityId(each)) for each in there), None))
    rows = [
        {
            "id": each.id,
            "account_id": account_id,
            "display_name": each.display_name,
        }
        for each in some
        if each.id not in there
    ]
    await insert_many(connection, persons, rows)


async def set_open(
    connection: AsyncConnection, account_id: AccountId, looked_at: Collection[IdentityId], open_: Iterable[Open]
) -> None:
    """Of those who were looked at, these are for an admin to decide."""
    for piece in pieces(looked_at):
        await connection.execute(delete(open_matches).where(open_matches.c.identity_id.in_(piece)))
    rows = [
        {"identity_id": member, "account_id": account_id, "match_id": each.id, "doubt": each.doubt.value}
        for each in open_
        for member in sorted(each.members)
    ]
    if rows:
        await connection.execute(open_matches.insert(), rows)


async def members_of(connection: AsyncConnection, account_id: AccountId, match_id: str) -> list[IdentityId]:
    """The Identities of a match that is to be decided."""
    query = select(open_matches.c.identity_id).where(
        open_matches.c.account_id == account_id, open_matches.c.match_id == match_id
    )
    return list((await connection.scalars(query.order_by(open_matches.c.identity_id))).all())
