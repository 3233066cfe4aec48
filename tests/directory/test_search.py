"""The list is what a naive reading of everybody gives, whatever is typed, and while people come, change and go."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.folding import fold
from deskbridge.accounts.model import AccountId
from deskbridge.directory import index_store, tidy_store
from deskbridge.directory.model import Identity, IdentityId, Person, PersonId, Platform, described, list_rank
from deskbridge.directory.order import sort_key
from deskbridge.directory.remembered import Posting, Remembered, Sought
from deskbridge.directory.searching import Page, Place, Question, Search
from deskbridge.directory.segments import unpack_places
from deskbridge.directory.tables import identities, persons
from deskbridge.directory.tidying import TakenOver, Tidying, to_merge
from deskbridge.directory.words import LONGEST, Lookup, asked, beginnings
from deskbridge.storage.database import Database
from deskbridge.storage.schema import new_id
from support.clock import Clock
from support.talk import add_account

SLOW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = ("An", "Ann", "Anna-Marie", "Bo", "José", "Søren", "王小明", "Иван", "محمد", "O'Neill", "Robin", "Robinson")
LONG = ("Donaudampfschifffahrtsgesellschaftskapitän", "employee1234567", "employee1234589", "abcdefg", "abcdefgh")
words_ = st.sampled_from((*NAMES, *LONG))
phrases = st.lists(words_, min_size=1, max_size=3).map(" ".join)
typed = st.one_of(
    st.text(alphabet="aborin jsm小王иم@-.1", max_size=6),
    st.lists(st.tuples(words_, st.integers(1, 20)).map(lambda cut: cut[0][: cut[1]]), max_size=3).map(" ".join),
    st.tuples(words_, st.sampled_from(["@", "@x", "@x.example", "@y"])).map("".join),
)


@st.composite
def identity(draw: st.DrawFn, platform: Platform) -> Identity:
    """What a platform says of somebody."""
    name = draw(phrases)
    address = draw(st.one_of(st.none(), words_.map(lambda word: f"{word}@x.example")))
    title, department = draw(st.one_of(st.none(), phrases)), draw(st.one_of(st.none(), phrases))
    return Identity(
        id=IdentityId(new_id()),
        platform=platform,
        display_name=name,
        address=address,
        job_title=title,
        department=department,
    )


@st.composite
def described_as(draw: st.DrawFn) -> list[Identity]:
    """Somebody's Identities; none: who has left."""
    return [draw(identity(each)) for each in sorted(draw(st.sets(st.sampled_from(Platform))))]


class Directory:
    """One Account's people, as the database has them and as a plain list."""

    def __init__(self, db: Database, account_id: AccountId) -> None:
        self.db, self.account_id = db, account_id
        # So small that much of what was read is forgotten, and some is not.
        self.search = Search(db, Remembered(20_000))
        self.people: dict[PersonId, Person] = {}

    async def say(self, said: Sequence[tuple[int, list[Identity]]]) -> None:
        """These are so now, in one transaction; a number that was said before is the same Person."""
        some = {}
        for number, theirs in said:
            person_id = PersonId(f"{self.account_id[:8]}-{number:05}")
            ordered = sorted(theirs, key=lambda each: list(Platform).index(each.platform))
            some[person_id] = Person(id=person_id, display_name="", job_title=None, department=None, identities=ordered)
        async with self.db.transaction() as tx:
            for person in some.values():
                await self._store(tx.connection, person)
            await index_store.index_persons(tx.connection, self.account_id, list(some.values()))
        self.people |= some

    async def _store(self, connection: AsyncConnection, person: Person) -> None:
        if person.id not in self.people:
            row = {"id": person.id, "account_id": self.account_id, "display_name": ""}
            await connection.execute(persons.insert().values(row))
        await connection.execute(identities.delete().where(identities.c.person_id == person.id))
        for each in person.identities:
            row = {**each.model_dump(), "account_id": self.account_id, "person_id": person.id}
            await connection.execute(identities.insert().values(row))

    async def ask(self, question: Question, after: Place | None = None, limit: int = 1_000) -> Page:
        """As the API asks."""
        return await self.search.list_people(self.account_id, question, after, limit)

    async def walk(self, question: Question, limit: int) -> list[Person]:
        """Page after page."""
        page = await self.ask(question, None, limit)
        met = list(page.people)
        while page.end is not None:
            page = await self.ask(question, page.end, limit)
            met += page.people
        return met

    def expected(self, question: Question) -> list[Person]:
        """By looking at everybody."""
        shown = [each if question.with_teams else each.without(Platform.TEAMS) for each in self.people.values()]
        found = [each for each in shown if each.identities and _answers(each, question)]
        names = {each.id: each.main_identity.display_name for each in found}
        ranks = {each.id: list_rank(one.platform for one in each.identities) for each in found}
        return sorted(found, key=lambda each: (ranks[each.id], sort_key(names[each.id]), each.id))


def _answers(person: Person, question: Question) -> bool:
    if question.platform is not None and person.identity_on(question.platform) is None:
        return False
    said = [(each.display_name, each.job_title, each.department, each.address) for each in person.identities]
    found = {word[:LONGEST] for texts in said for text in texts if text for word in beginnings(text)}
    addresses = [fold(each.address) for each in person.identities if each.address]
    return all(
        any(address.startswith(word) for address in addresses)
        if "@" in word
        else any(each.startswith(word[:LONGEST]) for each in found)
        for word in question.words
    )


def shown(people: Sequence[Person]) -> list[Person]:
    """Who, as the list says it."""
    return [described(each) for each in people]


SAID = st.lists(
    st.lists(st.tuples(st.integers(0, 30), described_as()), min_size=1, max_size=8, unique_by=lambda each: each[0]),
    min_size=1,
    max_size=6,
)
ASKED = st.builds(Question, typed.map(asked), st.one_of(st.none(), st.sampled_from(Platform)), st.booleans())


async def _yes(_: AsyncConnection) -> bool:
    return True


@given(said=SAID, questions=st.lists(ASKED, min_size=3, max_size=12), limit=st.integers(1, 7))
@SLOW
async def test_a_search_finds_whom_looking_at_everybody_finds_in_the_same_order(
    db: Database, clock: Clock, said: list[list[tuple[int, list[Identity]]]], questions: list[Question], limit: int
) -> None:
    directory = Directory(db, await add_account(db, clock))
    for number, some in enumerate(said):
        await directory.say(some)
        if number % 2:
            await Tidying(db, together=2, small=2).tidy(directory.account_id, _yes)

    for question in [Question(), Question(with_teams=False), *questions]:
        expected = directory.expected(question)
        page = await directory.ask(question)
        assert page.total == len(expected)
        assert shown(page.people) == shown(expected), question
        assert shown(await directory.walk(question, limit)) == shown(expected), question
        for person, wanted in zip(page.people, expected, strict=True):
            assert person.display_name == wanted.main_identity.display_name


@given(said=SAID, during=SAID, question=ASKED, limit=st.integers(1, 4))
@SLOW
async def test_while_people_change_a_walk_meets_everybody_else_exactly_once(
    db: Database,
    clock: Clock,
    said: list[list[tuple[int, list[Identity]]]],
    during: list[list[tuple[int, list[Identity]]]],
    question: Question,
    limit: int,
) -> None:
    directory = Directory(db, await add_account(db, clock))
    for some in said:
        await directory.say(some)
    before = directory.expected(question)
    page = await directory.ask(question, None, limit)
    met = list(page.people)

    tidying, changes = Tidying(db, together=2, small=2), iter(during)
    while page.end is not None:
        await asyncio.gather(tidying.tidy(directory.account_id, _yes), directory.say(next(changes, [])))
        page = await directory.ask(question, page.end, limit)
        met += page.people

    changed = {number for some in during for number, _ in some}
    stayed = [each for each in before if int(each.id[-5:]) not in changed]
    assert [each.id for each in met if int(each.id[-5:]) not in changed] == [each.id for each in stayed]
    assert shown(await directory.walk(question, 50)) == shown(directory.expected(question))


async def test_no_process_remembers_whoever_has_left(db: Database, clock: Clock) -> None:
    directory = Directory(db, await add_account(db, clock))
    here, elsewhere = Search(db), Search(db)
    await directory.say([(number, [_called(f"Ann {number}")]) for number in range(9)])

    for leaves in range(9):
        for question in (Question(), Question(["ann"])):
            for process in (here, elsewhere):
                page = await process.list_people(directory.account_id, question, None, 5)
                assert page.total == len(directory.expected(question)) == 9 - leaves
                assert shown(page.people) == shown(directory.expected(question)[:5])
        await directory.say([(leaves, [])])


def _called(name: str) -> Identity:
    said = {"address": None, "job_title": None, "department": None}
    return Identity(id=IdentityId(new_id()), platform=Platform.WORK, display_name=name, **said)


@given(said=SAID, leave=st.sets(st.integers(0, 30)), at=st.integers(1, 9))
@SLOW
async def test_tidying_may_be_broken_off_anywhere(
    db: Database, clock: Clock, said: list[list[tuple[int, list[Identity]]]], leave: set[int], at: int
) -> None:
    directory = Directory(db, await add_account(db, clock))
    for some in said:
        await directory.say(some)
    steps = iter(range(at))

    async def until_then(_: AsyncConnection) -> bool:
        return next(steps, None) is not None

    tidying = Tidying(db, together=2, small=2)
    with contextlib.suppress(TakenOver):
        await tidying.tidy(directory.account_id, until_then)
    await directory.say([(number, []) for number in leave])

    assert shown((await directory.ask(Question())).people) == shown(directory.expected(Question()))
    await tidying.tidy(directory.account_id, _yes)
    assert shown((await directory.ask(Question())).people) == shown(directory.expected(Question()))
    async with db.read() as connection:
        assert directory.account_id not in await tidy_store.list_unfinished(connection)
    assert directory.account_id not in await tidying.find()


@given(
    asked_for=st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 300)), max_size=60),
    most=st.integers(0, 3_000),
)
def test_what_is_remembered_is_what_was_read_and_never_more_than_it_may_be(
    asked_for: list[tuple[str, int]], most: int
) -> None:
    remembered, said = Remembered(most), dict[Sought, dict[int, Posting]]()
    every = [Sought(AccountId("one"), Lookup(each, each)) for each in "abcdef"]
    for number, (term, size) in enumerate(asked_for):
        sought = Sought(AccountId("one"), Lookup(term, term))
        said[sought] = {number: Posting(number, BitMap([number]) if size else None, size)}
        remembered.remember({sought: said[sought]})
        kept = {each: postings for each in every if (postings := remembered.recall(each))}
        assert kept == {each: said[each] for each in kept}
        assert sum(400 + each.size for postings in kept.values() for each in postings.values()) <= most


@given(
    st.one_of(
        st.sets(st.integers(0, 400)), st.sets(st.integers(0, 2**32 - 2)), st.sampled_from((5_000, 70_000)).map(range)
    )
)
def test_what_was_stored_is_unpacked_whatever_its_size(places: Iterable[int]) -> None:
    assert list(unpack_places(BitMap(places).serialize())) == sorted(places)


@given(st.lists(st.integers(1, 1_000_000), max_size=60), st.integers(2, 8))
def test_what_is_merged_is_at_least_so_many_and_of_the_smallest(sizes: list[int], together: int) -> None:
    known = dict(enumerate(sizes))
    merged = to_merge(known, together, together)

    assert merged == [] or len(merged) >= together
    left = [size for number, size in known.items() if number not in merged]
    assert not merged or not left or max(known[each] for each in merged) <= max(1_024, min(left)) * together
    if not merged:
        assert len(sizes) < together * 12
