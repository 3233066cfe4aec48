"""Who is the same Person: matched by address when that is sure, and left alone when it is not (D2)."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskbridge.accounts.model import AccountId
from deskbridge.directory import service, store
from deskbridge.directory.model import IdentityId, Person, Platform
from deskbridge.directory.searching import Question, Search
from deskbridge.directory.service import Details, Outcome
from deskbridge.storage.database import Database
from support.clock import Clock
from support.talk import add_account

CC, TEAMS, WORK = Platform.CONTACT_CENTER, Platform.TEAMS, Platform.WORK


def details(platform: Platform, name: str, *addresses: str) -> Details:
    """What a platform says of somebody."""
    return Details(platform, name, addresses[0] if addresses else None, frozenset(addresses), None, None)


class Directory:
    """One Account's, as imports change it."""

    def __init__(self, db: Database, clock: Clock, account_id: AccountId) -> None:
        self._db, self._clock, self.account_id = db, clock, account_id
        self.search = Search(db)

    async def put(self, told: Details, known: IdentityId | None = None) -> tuple[IdentityId, Outcome]:
        """A platform tells of somebody."""
        async with self._db.transaction() as tx:
            return await service.put_identity(tx, self.account_id, known, told, self._clock())

    async def remove(self, identity_id: IdentityId) -> None:
        """A platform says that somebody is gone."""
        async with self._db.transaction() as tx:
            await service.remove_identity(tx, self.account_id, identity_id, self._clock())

    async def people(self) -> list[Person]:
        """The whole list."""
        return (await self.search.list_people(self.account_id, Question(), None, 500)).people

    async def together(self) -> set[frozenset[str]]:
        """Who is one Person, by the names of the Identities."""
        return {frozenset(each.display_name for each in person.identities) for person in await self.people()}


async def test_an_imported_user_with_a_known_address_becomes_an_identity_of_that_person(
    db: Database, clock: Clock, account_id: AccountId
) -> None:
    directory = Directory(db, clock, account_id)
    await directory.put(details(CC, "Robin at the desk", "robin@contoso.example"))

    _, outcome = await directory.put(details(TEAMS, "Robin in Teams", "r.m@x.example", "SMTP:Robin@Contoso.Example"))

    assert outcome is Outcome.MERGED
    assert await directory.together() == {frozenset({"Robin at the desk", "Robin in Teams"})}


async def test_the_same_name_alone_is_no_match(db: Database, clock: Clock, account_id: AccountId) -> None:
    directory = Directory(db, clock, account_id)
    await directory.put(details(CC, "Robin", "robin@contoso.example"))

    assert (await directory.put(details(TEAMS, "Robin", "robin@other.example")))[1] is Outcome.ADDED
    assert (await directory.put(details(WORK, "Robin")))[1] is Outcome.ADDED
    assert len(await directory.people()) == 3


async def test_what_two_persons_could_claim_is_left_to_an_admin(
    db: Database, clock: Clock, account_id: AccountId
) -> None:
    directory = Directory(db, clock, account_id)
    await directory.put(details(CC, "One", "one@contoso.example"))
    await directory.put(details(WORK, "Two", "two@contoso.example"))

    _, outcome = await directory.put(details(TEAMS, "Both?", "one@contoso.example", "two@contoso.example"))

    assert outcome is Outcome.ADDED
    assert await directory.together() == {frozenset({"One"}), frozenset({"Two"}), frozenset({"Both?"})}


async def test_a_person_does_not_get_two_identities_on_one_platform(
    db: Database, clock: Clock, account_id: AccountId
) -> None:
    directory = Directory(db, clock, account_id)
    await directory.put(details(TEAMS, "Shared mailbox", "info@contoso.example"))

    await directory.put(details(TEAMS, "Robin", "info@contoso.example"))

    assert await directory.together() == {frozenset({"Shared mailbox"}), frozenset({"Robin"})}


async def test_a_new_address_may_show_later_who_somebody_is(db: Database, clock: Clock, account_id: AccountId) -> None:
    directory = Directory(db, clock, account_id)
    await directory.put(details(WORK, "Robin", "robin@contoso.example"))
    told = details(TEAMS, "R. Miller", "rm@contoso.example")
    identity_id, outcome = await directory.put(told)
    assert outcome is Outcome.ADDED

    told = replace(told, addresses=told.addresses | {"robin@contoso.example"})
    assert (await directory.put(told, identity_id))[1] is Outcome.MERGED
    assert await directory.together() == {frozenset({"Robin", "R. Miller"})}

    assert (await directory.put(told, identity_id))[1] is Outcome.UNCHANGED


async def test_two_accounts_know_nothing_of_each_other(db: Database, clock: Clock, account_id: AccountId) -> None:
    ours, theirs = Directory(db, clock, account_id), Directory(db, clock, await add_account(db, clock))
    await ours.put(details(CC, "Robin", "robin@contoso.example"))

    assert (await theirs.put(details(TEAMS, "Robin", "robin@contoso.example")))[1] is Outcome.ADDED
    assert len(await ours.people()) == len(await theirs.people()) == 1


async def test_who_has_left_everywhere_is_listed_and_found_no_more(
    db: Database, clock: Clock, account_id: AccountId
) -> None:
    directory = Directory(db, clock, account_id)
    identity_id, _ = await directory.put(details(TEAMS, "Robin", "robin@contoso.example"))
    (robin,) = await directory.people()

    await directory.remove(identity_id)
    await directory.remove(identity_id)

    assert await directory.people() == []
    assert (await directory.search.list_people(account_id, Question(["robin"]), None, 9)).people == []
    async with db.read() as connection:
        kept = await store.find_person(connection, account_id, robin.id)
    assert kept is not None
    assert (kept.display_name, kept.identities) == ("Robin", [])


async def test_a_name_is_never_empty(db: Database, clock: Clock, account_id: AccountId) -> None:
    directory = Directory(db, clock, account_id)
    await directory.put(details(TEAMS, "  ", "robin@contoso.example"))
    await directory.put(details(TEAMS, ""))
    await directory.put(details(TEAMS, "\ufdfa" * 400, "long@contoso.example"))

    assert {each.display_name for each in await directory.people()} == {
        "robin@contoso.example",
        "Nameless",
        "\ufdfa" * 300,
    }


# Each of these Persons has one address of their own on every platform they are on: matching is sure in any order.
sure = st.lists(
    st.tuples(st.sampled_from(["ada", "ben", "cleo"]), st.sampled_from(list(Platform))), unique=True, max_size=9
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sure, st.randoms(use_true_random=False))
async def test_sure_matches_do_not_depend_on_the_order_and_importing_again_changes_nothing(
    db: Database, clock: Clock, told: list[tuple[str, Platform]], random: Random
) -> None:
    directory = Directory(db, clock, await add_account(db, clock))
    random.shuffle(told)
    known = {}
    for who, platform in told:
        said = details(platform, f"{who} {platform}", f"{who}@contoso.example", f"{platform}.{who}@contoso.example")
        known[who, platform] = (await directory.put(said))[0], said

    expected = {frozenset(f"{who} {on}" for who, on in told if who == each) for each, _ in told}
    assert await directory.together() == expected

    before = await directory.people()
    for identity_id, said in known.values():
        assert (await directory.put(said, identity_id))[1] is Outcome.UNCHANGED
    assert await directory.people() == before


addresses = st.frozensets(st.sampled_from(["a@x", "b@x", "c@x", "A@X", "smtp:b@x"]), max_size=3)
changes = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(list(Platform)), addresses), max_size=12)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes)
async def test_whatever_is_told_no_identity_is_shown_twice_and_no_person_has_a_platform_twice(
    db: Database, clock: Clock, told: list[tuple[int, Platform, frozenset[str]]]
) -> None:
    directory = Directory(db, clock, await add_account(db, clock))
    known: dict[tuple[int, Platform], IdentityId] = {}
    for number, platform, some in told:
        said = Details(platform, f"{number} {platform}", None, some, None, None)
        known[number, platform] = (await directory.put(said, known.get((number, platform))))[0]

    people = await directory.people()
    shown = [each.id for person in people for each in person.identities]
    assert sorted(shown) == sorted(known.values())
    assert all(len({each.platform for each in person.identities}) == len(person.identities) for person in people)
