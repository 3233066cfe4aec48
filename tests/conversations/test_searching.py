"""Searching one's own conversations: in the index and in what is about to be taken into it, on either database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from deskbridge.accounts.model import License, User
from deskbridge.conversations import service, store
from deskbridge.conversations.indexing import Indexing
from deskbridge.conversations.model import MessageId
from deskbridge.conversations.searching import SearchHit, SearchPage, Wanted, search
from deskbridge.conversations.service import Place
from deskbridge.directory.model import PersonId, Platform
from deskbridge.errors import BadCursor
from deskbridge.storage.database import Database
from support.clock import Clock
from support.talk import Office, Talk, add_user, open_office, put, teams_user


@pytest.fixture
async def office(db: Database, clock: Clock) -> Office:
    return await open_office(db, clock)


@pytest.fixture(params=["due", "indexed"])
def is_indexed(request: pytest.FixtureRequest) -> bool:
    """Everything is found before the index has it, and after."""
    return str(request.param) == "indexed"


async def take_in(db: Database) -> None:
    """What happens in the background."""
    indexing = Indexing(db)
    if await indexing.find():
        await indexing.work("due")
    assert not await indexing.find()


async def page(db: Database, user: User, wanted: Wanted, after: str | None = None, limit: int = 30) -> SearchPage:
    return await db.read_together(lambda connection: search(connection, user, wanted, after, limit))


async def found(db: Database, user: User, text: str = "", **more: Any) -> list[str]:
    """What the messages say that are found, the newest first."""
    hits = (await page(db, user, Wanted(text, **more))).hits
    return [said(each) for each in hits]


def said(hit: SearchHit) -> str:
    return "".join(part.text for part in hit.snippet)


async def test_words_are_found_by_their_beginnings_the_newest_first(
    office: Office, db: Database, clock: Clock, is_indexed: bool
) -> None:
    talk = await office.talk()
    for text in ("The first Invoice", "Nothing", "Another invoicé, number 4711"):
        clock.move(minutes=1)
        await talk.send(text)
    if is_indexed:
        await take_in(db)

    assert await found(db, office.agent, "inv") == ["Another invoicé, number 4711", "The first Invoice"]
    assert await found(db, office.agent, "47 INVOICE") == ["Another invoicé, number 4711"]
    assert await found(db, office.agent, "invoices") == []
    assert await found(db, office.agent, "voice") == []
    assert await found(db, office.agent, " ?! ") == []
    assert await found(db, office.agent) == []


async def test_nobody_finds_what_others_write(office: Office, db: Database, clock: Clock, is_indexed: bool) -> None:
    talk = await office.talk()
    await talk.send("secret")
    ben = await add_user(db, clock, office.account_id, "Ben Carter", License.CONTACT_CENTER)
    # Whose words begin as Anne's do in the index: what tells them apart is who takes part.
    twin = ben.model_copy(update={"id": office.agent.id[:6] + ben.id[6:]})
    if is_indexed:
        await take_in(db)

    for user in (ben, twin):
        assert await found(db, user, "secret") == []
        assert await found(db, user, person_id=talk.robin.id) == []
    assert await found(db, office.agent, "secret") == ["secret"]


async def test_an_edit_replaces_and_a_deletion_removes(
    office: Office, db: Database, clock: Clock, is_indexed: bool
) -> None:
    talk = await office.talk()
    message = await talk.send("before")
    if is_indexed:
        await take_in(db)
    place = Place(talk.id, message.id)

    async def step(wanted: list[list[str]]) -> None:
        if is_indexed:
            await take_in(db)
        assert [await found(db, office.agent, word) for word in ("before", "after")] == wanted

    async with db.transaction() as tx:
        await service.edit(tx, office.agent, place, "after", clock())
    await step([[], ["after"]])
    async with db.transaction() as tx:
        await service.remove(tx, office.agent, place, clock())
    await step([[], []])
    async with db.transaction() as tx:
        await service.restore(tx, office.agent, place, clock())
    await step([[], ["after"]])


async def test_an_edit_is_found_while_the_index_still_has_what_was_said_before(
    office: Office, db: Database, clock: Clock
) -> None:
    talk = await office.talk()
    message = await talk.send("before")
    await take_in(db)

    async with db.transaction() as tx:
        await service.edit(tx, office.agent, Place(talk.id, message.id), "after", clock())

    assert await found(db, office.agent, "before") == []
    assert await found(db, office.agent, "after") == ["after"]


async def test_what_comes_from_teams_is_found_where_it_was_said(
    office: Office, db: Database, clock: Clock, is_indexed: bool
) -> None:
    talk = await office.talk()
    await talk.send("hello two")
    await talk.receive(talk.said("hello three", clock() + timedelta(minutes=2)))
    await talk.receive(talk.said("hello one", clock() - timedelta(minutes=2)))
    if is_indexed:
        await take_in(db)

    assert await found(db, office.agent, "hello") == ["hello three", "hello two", "hello one"]


@pytest.fixture
async def two_talks(office: Office, db: Database, clock: Clock, is_indexed: bool) -> tuple[Talk, Talk]:
    """One message a day for three days to each of two people."""
    robin, taylor = await office.talk("Robin"), await office.talk("Taylor")
    for day in range(3):
        for talk in (robin, taylor):
            await talk.send(f"report {talk.robin.display_name} {day}")
            clock.move(seconds=1)
        clock.move(days=1)
    if is_indexed:
        await take_in(db)
    return robin, taylor


async def test_one_person_and_some_days(two_talks: tuple[Talk, Talk], db: Database, clock: Clock) -> None:
    robin, _ = two_talks
    agent = robin.agent

    assert await found(db, agent, "report", person_id=robin.robin.id) == [f"report Robin {day}" for day in (2, 1, 0)]
    assert len(await found(db, agent, person_id=robin.robin.id)) == 3
    since, until = clock() - timedelta(days=2, hours=1), clock() - timedelta(days=1, hours=1)
    assert await found(db, agent, "report", since=since, until=until) == ["report Taylor 1", "report Robin 1"]
    assert await found(db, agent, since=since, until=until) == ["report Taylor 1", "report Robin 1"]
    assert await found(db, agent, person_id=robin.robin.id, since=since) == ["report Robin 2", "report Robin 1"]
    assert await found(db, agent, "report", person_id=PersonId("nobody")) == []


async def test_pages_follow_each_other_without_gap_or_repeat(two_talks: tuple[Talk, Talk], db: Database) -> None:
    agent = two_talks[0].agent
    first = await page(db, agent, Wanted("report"), limit=4)
    # What is written meanwhile does not move the next page.
    await two_talks[0].send("report later")
    rest = await page(db, agent, Wanted("report"), first.next, limit=4)

    ids: list[MessageId] = [each.message_id for each in [*first.hits, *rest.hits]]
    assert (len(first.hits), len(rest.hits), len(set(ids)), rest.next) == (4, 2, 6, None)
    with pytest.raises(BadCursor):
        await page(db, agent, Wanted("report"), "nonsense")


async def test_who_takes_part_later_finds_what_was_said_before(office: Office, db: Database, clock: Clock) -> None:
    talk = await office.talk("Robin")
    await talk.send("long ago")
    await take_in(db)
    robin = await add_user(db, clock, office.account_id, "Robin Later", License.WORK)
    async with db.transaction() as tx:
        await store.insert_participant(tx.connection, talk.id, robin.id, PersonId(talk.robin.id))
    assert await found(db, robin, "long") == ["long ago"]

    await take_in(db)

    assert await found(db, robin, "long") == ["long ago"]
    assert await found(db, office.agent, "long") == ["long ago"]


async def test_messages_of_one_moment_are_all_found(office: Office, db: Database, clock: Clock) -> None:
    for number in range(30):
        _, person = await put(db, clock, office.account_id, teams_user(f"Person {number}"))
        async with db.transaction() as tx:
            talk = await service.start(tx, office.agent, person.id, Platform.TEAMS, clock())
            await service.send(tx, office.agent, talk.id, (str(number) * 2, "same moment"), clock())
    await take_in(db)

    assert len(await found(db, office.agent, "same")) == 30
