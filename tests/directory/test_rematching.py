"""What is stored is what matching says of everything that is known, whatever happened in whatever order (D2)."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from deskbridge.accounts.model import AccountId, License, Role, User
from deskbridge.directory import match_views, matching_store, merging, service, store
from deskbridge.directory.matching import Decider, group, person_of
from deskbridge.directory.model import IdentityId, PersonId, Platform
from deskbridge.directory.searching import Question, Search
from deskbridge.directory.service import Details
from deskbridge.directory.tables import identities, match_decisions, persons
from deskbridge.storage.database import Database, Transaction
from support.clock import Clock
from support.talk import add_account, add_user

NAMES = [f"{platform[0]}{number}" for platform in Platform for number in range(3)]
PLATFORM = {platform[0]: platform for platform in Platform}

addresses = st.frozensets(st.sampled_from(["a@x", "b@x", "c@x"]), max_size=2)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(NAMES), addresses),
        st.tuples(st.just("remove"), st.sampled_from(NAMES), st.none()),
        st.tuples(st.sampled_from(["merge", "merge and split"]), st.sampled_from(NAMES), st.sampled_from(NAMES)),
        st.tuples(st.just("split"), st.sampled_from(NAMES), st.none()),
    ),
    max_size=14,
)


class Told:
    """A directory to which things happen."""

    def __init__(self, db: Database, clock: Clock, admin: User) -> None:
        self._db, self._clock, self._admin = db, clock, Decider(admin.account_id, admin.id)
        self._account = admin.account_id

    def id_of(self, name: str) -> IdentityId:
        return IdentityId(f"{name}-{self._account[:18]}")

    async def apply(self, step: tuple[str, str, Any]) -> None:
        self._clock.move(seconds=1)
        kind, name, more = step
        whose = self.id_of(name)
        async with self._db.transaction() as tx:
            if kind == "put":
                told = Details(PLATFORM[name[0]], name, None, more, None, None)
                await service.put_identities(tx, self._account, {whose: told})
            elif kind == "remove":
                await service.remove_identities(tx, self._account, [whose])
            else:
                await self._decide(tx, kind, whose, self.id_of(more) if more else None)

    async def _decide(self, tx: Transaction, kind: str, one: IdentityId, other: IdentityId | None) -> None:
        found = await matching_store.load(tx.connection, [one, *([other] if other else [])])
        whose = {each: found[each].person_id for each in found}
        if kind == "split" and one in found:
            person = await store.find_person(tx.connection, self._account, whose[one])
            if person and len(person.identities) > 1:
                before = await self._together(tx)
                await merging.split(tx, self._admin, person.id, [one], self._clock())
                apart = {frozenset((one, each.id)) for each in person.identities}
                assert await self._together(tx) <= before - apart
        elif other and len(set(whose.values())) == 2:
            people = await store.find_persons(tx.connection, self._account, set(whose.values()))
            platforms = [each.platform for person in people.values() for each in person.identities]
            if len(set(platforms)) == len(platforms):
                before = await self._together(tx)
                merged = await merging.merge(tx, self._admin, list(whose.values()), self._clock())
                assert {one, other} <= {each.id for each in merged.identities}
                if kind == "merge and split":
                    theirs = {each.id for each in people[whose[one]].identities}
                    both = {each.id for each in merged.identities}
                    new = {frozenset(pair) for pair in combinations(both, 2)}
                    is_alone = len(both) == len(platforms) and await self._together(tx) == before | new
                    await merging.split(tx, self._admin, merged.id, theirs, self._clock())
                    assert not is_alone or await self._together(tx) == before

    async def _together(self, tx: Transaction) -> set[frozenset[str]]:
        """The pairs that are one Person."""
        one, other = identities.alias(), identities.alias()
        query = select(one.c.id, other.c.id).where(
            one.c.account_id == self._account, one.c.person_id == other.c.person_id, one.c.id < other.c.id
        )
        return {frozenset(row) for row in await tx.connection.execute(query)}

    async def state(self) -> tuple[dict[str, str], set[frozenset[str]], set[tuple[str, frozenset[str]]]]:
        """Whose everybody is, who is listed as one, and what is to be decided."""
        async with self._db.read() as connection:
            mine = select(identities.c.id, identities.c.person_id).where(identities.c.account_id == self._account)
            whose = {row.id: row.person_id for row in await connection.execute(mine)}
            matches, _ = await match_views.list_matches(connection, self._account, None, 100)
        listed = (await Search(self._db).list_people(self._account, Question(), None, 200)).people
        shown = {frozenset(each.id for each in person.identities) for person in listed}
        return whose, shown, {(each.id, frozenset(s.identity.id for s in each.sides)) for each in matches}

    async def expected(self) -> tuple[dict[str, str], set[frozenset[str]], set[tuple[str, frozenset[str]]]]:
        """The same by the pure rule, of everything at once."""
        async with self._db.read() as connection:
            mine = select(identities.c.id).where(identities.c.account_id == self._account)
            loaded = await matching_store.load(connection, list((await connection.scalars(mine)).all()))
            decided = select(match_decisions.c.one, match_decisions.c.other).where(
                match_decisions.c.account_id == self._account
            )
            ids = {each for row in await connection.execute(decided) for each in row}
            decisions = await matching_store.decisions_about(connection, self._account, ids)
        known = {each: loaded[each].known for each in loaded}
        grouping = group(list(known.values()), decisions)
        whose = {each: person_of(known[m] for m in members) for members in grouping.groups for each in members}
        return whose, set(grouping.groups), {(each.id, each.members) for each in grouping.open}

    async def leads_to_nobody(self) -> list[str]:
        """Persons from which nobody who is listed is reached, though somebody once led there."""
        async with self._db.read() as connection:
            query = select(persons.c.id).where(
                persons.c.account_id == self._account, persons.c.merged_into.is_not(None)
            )
            ids = [PersonId(each) for each in (await connection.scalars(query)).all()]
            found = await store.find_persons(connection, self._account, ids)
        return [each for each in ids if each not in found]


async def an_admin(db: Database, clock: Clock) -> User:
    account_id: AccountId = await add_account(db, clock)
    user = await add_user(db, clock, account_id, "Dana Ortiz", *[License.CONTACT_CENTER][:0])
    return user.model_copy(update={"role": Role.ADMIN})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
@example(
    [
        ("put", "t0", frozenset({"a@x"})),
        ("put", "t1", frozenset({"b@x"})),
        ("put", "w0", frozenset({"a@x", "b@x"})),
        ("merge and split", "t0", "w0"),
    ]
)
async def test_whatever_happened_the_directory_is_what_the_rule_says(
    db: Database, clock: Clock, told: list[tuple[str, str, Any]]
) -> None:
    directory = Told(db, clock, await an_admin(db, clock))
    for step in told:
        await directory.apply(step)

    assert await directory.state() == await directory.expected()
    assert await directory.leads_to_nobody() == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(NAMES), addresses, max_size=7), st.randoms(use_true_random=False))
async def test_in_any_order_in_any_pieces_and_twice_it_is_the_same(
    db: Database, clock: Clock, told: dict[str, frozenset[str]], order: Any
) -> None:
    """Down to the ids of the Persons."""
    one, other = Told(db, clock, await an_admin(db, clock)), Told(db, clock, await an_admin(db, clock))
    names = list(told)
    for name in names:
        await one.apply(("put", name, told[name]))
    order.shuffle(names)
    for _ in range(2):
        for name in names:
            await other.apply(("put", name, told[name]))

    def bare(state: Any) -> Any:
        whose, shown, left = state
        return (
            {each.split("-")[0]: to.split("-")[0] for each, to in whose.items()},
            {frozenset(each.split("-")[0] for each in members) for members in shown},
            {frozenset(each.split("-")[0] for each in members) for _, members in left},
        )

    assert bare(await one.state()) == bare(await other.state())


async def test_who_leaves_and_comes_back_is_who_they_were(db: Database, clock: Clock) -> None:
    directory = Told(db, clock, await an_admin(db, clock))
    for name in ("c0", "t0", "w0"):
        await directory.apply(("put", name, frozenset({"a@x"})))
    await directory.apply(("split", "t0", None))
    before = await directory.state()

    await directory.apply(("remove", "t0", None))
    await directory.apply(("remove", "c0", None))
    assert await directory.leads_to_nobody() == []
    for name in ("t0", "c0"):
        await directory.apply(("put", name, frozenset({"a@x"})))

    assert await directory.state() == before
