"""A snapshot and the events after it equal a fresh snapshot, whatever happened between."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from deskbridge.accounts.model import License, Role
from deskbridge.api.desk import Desk
from deskbridge.conversations import change_store, service, store
from deskbridge.conversations.model import Author, ConversationId
from deskbridge.conversations.retention import Retention
from deskbridge.conversations.service import Incoming, ReactionBy
from deskbridge.directory import service as directory
from deskbridge.directory.model import PersonId, Platform
from deskbridge.directory.service import Details
from deskbridge.errors import NotFound
from deskbridge.teams.store import chats
from support.agents import Agent
from support.apply import World
from support.builders import CC, make_account, make_user
from support.replica import caught_up, comparable, fetched

Browsers = Callable[[], Agent]


class Office:
    """Two agents and a Work user of one Account, and Robin in Teams; each knows how to do something at random."""

    def __init__(self, desk: Desk, people: dict[str, Agent], chance: random.Random) -> None:
        self.desk, self.people, self.chance = desk, people, chance
        self.persons: list[str] = []
        self.said: dict[str, list[Incoming]] = {}
        self.days = 3

    async def something(self) -> None:
        """One act of somebody."""
        acts: list[Callable[[], Awaitable[Any]]] = [
            self.open, self.write, self.write, self.read, self.choose, self.carry, self.hear, self.hear, self.switch,
            self.complete, self.change, self.change, self.carry_change, self.forget,
        ]  # fmt: skip
        await self.chance.choice(acts)()

    async def a_conversation(self) -> tuple[Agent, str] | None:
        who = self.chance.choice(list(self.people.values()))
        found = (await who.snapshot())["conversations"]
        return (who, self.chance.choice(found)["id"]) if found else None

    async def open(self) -> None:
        """An agent presses a button beside a name."""
        agent = self.people[self.chance.choice(["anne", "ben"])]
        body = {"person_id": self.chance.choice(self.persons), "route": self.chance.choice(["main", "teams", "work"])}
        await agent.http.post("/api/v1/conversations", json=body)

    async def write(self) -> None:
        """Somebody sends something, perhaps twice."""
        if found := await self.a_conversation():
            who, conversation_id = found
            body = {"client_id": str(uuid.UUID(int=self.chance.getrandbits(128))), "text": f"{self.chance.random()}"}
            for _ in range(self.chance.choice([1, 1, 2])):
                await who.http.post(f"/api/v1/conversations/{conversation_id}/messages", json=body)

    async def read(self) -> None:
        """Somebody looks."""
        if found := await self.a_conversation():
            await found[0].call("POST", f"/conversations/{found[1]}/read")

    async def choose(self) -> None:
        """Somebody chooses a Status."""
        who = self.chance.choice(list(self.people.values()))
        status = self.chance.choice(["Available", "Busy", "On Break", "Work Offline"])
        await who.call("PUT", "/me/status", json={"status": status})

    async def switch(self) -> None:
        """The admin switches Teams chat."""
        on = self.chance.choice([True, True, False])
        await self.people["anne"].call("PUT", "/admin/account", json={"teams_chat_enabled": on})

    async def carry(self) -> None:
        """The outbox says how far something has come."""
        async with self.desk.db.transaction() as tx:
            waiting = await store.list_queued_conversations(tx.connection, Platform.TEAMS)
            if not waiting:
                return
            first = (await store.list_queued(tx.connection, waiting[0], Platform.TEAMS))[0]
            match self.chance.choice(["sent", "failed", "waiting"]):
                case "sent":
                    await service.mark_sent(tx, first.id, self.desk.clock())
                case "failed":
                    await service.mark_failed(tx, first.id, "No.", self.desk.clock())
                case _:
                    await service.mark_waiting(tx, first.id, "Wait.", self.desk.clock())

    async def change(self) -> None:
        """Somebody edits, deletes, brings back or reacts to a message; most may not."""
        if not (found := await self.a_conversation()):
            return
        who, conversation_id = found
        messages = await who.messages(conversation_id)
        if not messages:
            return
        path = f"/api/v1/conversations/{conversation_id}/messages/{self.chance.choice(messages)['id']}"
        match self.chance.choice(["edit", "delete", "restore", "react"]):
            case "edit":
                await who.http.patch(path, json={"text": f"{self.chance.random()}"})
            case "delete":
                await who.http.delete(path)
            case "restore":
                await who.http.post(f"{path}/restore")
            case _:
                body = {"reaction": self.chance.choice("👍❤"), "is_set": self.chance.choice([True, False])}
                await who.http.put(f"{path}/reaction", json=body)

    async def carry_change(self) -> None:
        """The outbox says how far a change has come."""
        async with self.desk.db.transaction() as tx:
            waiting = await change_store.list_queued(tx.connection)
            if waiting:
                say = self.chance.choice(["there", "failed", "waits"])
                if say == "there":
                    await service.change_is_there(tx, waiting[0])
                elif say == "failed":
                    await service.change_failed(tx, waiting[0], "No.")
                else:
                    await service.change_waits(tx, waiting[0], "Wait.")

    async def complete(self) -> None:
        """Teams was read up to now."""
        if found := await self.a_conversation():
            async with self.desk.db.transaction() as tx:
                now = self.desk.clock()
                await service.set_complete_up_to(tx, ConversationId(found[1]), now, now)

    async def forget(self) -> None:
        """Days have gone by, and all that does not wait is no longer kept."""
        self.days += 1
        await self.people["anne"].call("PUT", "/admin/account", json={"keep_messages_days": 1})
        later = self.desk.clock() + timedelta(days=self.days)
        retention = Retention(self.desk.db, lambda: later, chats.forget_messages)
        for account_id in await retention.find():
            await retention.work(account_id)
        self.said.clear()

    async def hear(self) -> None:
        """Teams tells of a new message, or of one that is edited, deleted, brought back or reacted to."""
        if not (found := await self.a_conversation()):
            return
        _, conversation_id = found
        known = self.said.setdefault(conversation_id, [])
        now = self.desk.clock()
        author = Author(person_id=PersonId("robin"), user_id=None, display_name="Robin", platform=Platform.TEAMS)
        text, reacted = f"{self.chance.random()}", ReactionBy(self.chance.choice("👍❤"), None, "Ada", now)
        state = Incoming(ConversationId(conversation_id), None, author, text, text, now, None, None, ())
        if known and self.chance.random() < 0.7:
            before = known.pop()
            state = Incoming(
                before.conversation_id, before.message_id, author, text, text, before.created_at,
                self.chance.choice([None, now]), self.chance.choice([None, None, now]),
                self.chance.choice([(), (reacted,)]),
            )  # fmt: skip
        async with self.desk.db.transaction() as tx:
            row = await store.find_conversation(tx.connection, state.conversation_id)
            assert row is not None
            try:
                stored = await service.receive(tx, row.account_id, state, now)
            except NotFound:
                # Meanwhile it is no longer kept.
                return
        known.append(Incoming(state.conversation_id, stored, author, text, text, state.created_at, None, None, ()))


@pytest.fixture
async def office(desk: Desk, browser_of: Browsers) -> Office:
    """Everybody signed in, and in the directory."""
    account = await make_account(desk, teams_chat=True)
    both = frozenset({License.CONTACT_CENTER, License.WORK})
    for name, licenses, role in (
        ("Anne Baker", CC, Role.ADMIN),
        ("Ben Carter", both, Role.AGENT),
        ("Wim Worker", frozenset({License.WORK}), Role.NONE),
    ):
        await make_user(desk, account, name, licenses, role)
    for name, address in (("Robin", "robin@contoso.example"), ("Wim in Teams", "wim@contoso.example")):
        said = Details(Platform.TEAMS, name, address, frozenset({address}), None, None)
        async with desk.db.transaction() as tx:
            await directory.put_identity(tx, account.id, None, said, desk.clock())
    people = {name: browser_of() for name in ("anne", "ben", "wim")}
    for name, browser in people.items():
        await browser.sign_in(name)
    office = Office(desk, people, random.Random(0))
    office.persons = [each["id"] for each in (await people["anne"].call("GET", "/people"))["people"]]
    return office


@pytest.mark.parametrize("seed", range(3))
async def test_after_any_walk_of_events_the_copy_is_the_original(office: Office, seed: int) -> None:
    office.chance = random.Random(seed)
    for _ in range(4):
        await office.open()
    copies = {name: await fetched(browser) for name, browser in office.people.items()}
    for _ in range(8):
        for _ in range(5):
            await office.something()
        for name, browser in office.people.items():
            # What has been opened before stays open; what is new is heard of from its first message on.
            copies[name], fresh = await of_one_moment(browser, copies[name])
            assert comparable(copies[name]) == comparable(fresh)


async def of_one_moment(browser: Agent, copy: World) -> tuple[World, World]:
    """What the browser has after all events, and what it would fetch: the outbox may say something in between."""
    for _ in range(20):
        copy = await caught_up(browser, copy)
        fresh = await fetched(browser, list(copy["messages"]))
        if fresh["version"] == copy["version"]:
            break
    return copy, fresh


async def test_snapshots_fetched_while_much_happens_are_completed_by_the_events_after_them(office: Office) -> None:
    for _ in range(4):
        await office.open()
    anne = office.people["anne"]
    copies: list[Any] = []

    async def act() -> None:
        for _ in range(10):
            await office.something()

    async def look() -> None:
        copies.extend([await anne.snapshot() | {"messages": {}} for _ in range(12)])

    await asyncio.gather(act(), act(), look(), look())

    fresh = comparable(await fetched(anne, []))
    for copy in copies:
        assert comparable(await caught_up(anne, copy)) == fresh


async def test_two_tabs_that_choose_a_status_at_once_end_with_the_same_one(office: Office) -> None:
    anne = office.people["anne"]
    copies: list[Any] = []

    async def choose(*statuses: str) -> None:
        for status in statuses * 8:
            await anne.call("PUT", "/me/status", json={"status": status})

    async def look() -> None:
        copies.extend([await anne.snapshot() | {"messages": {}} for _ in range(15)])

    await asyncio.gather(choose("Busy", "Available"), choose("Available", "On Break"), look(), look())

    fresh = comparable(await fetched(anne, []))
    assert [comparable(await caught_up(anne, copy)) for copy in copies] == [fresh] * len(copies)
