"""What Microsoft silently does not tell us: noticed, counted, mended, and without reading chats by the clock (M5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deskbridge.teams import canary
from deskbridge.teams.lanes import NotYet
from deskbridge.teams.slots import AT_ONCE, EVERY, Slots
from support.clock import Clock
from teams.office import ANNE, BEN, ROBIN, Office
from teams.road import Road

READS = "/chats/[^/?]+/messages[?]"
LISTS = "/me/chats"


def counted(sign: str) -> float:
    """How much of that sign was counted so far."""
    return float(canary.not_told.labels(sign)._value.get())


async def subscription_id(office: Office) -> str:
    """The one that Microsoft has for Anne's messages."""
    found = [each["id"] for each in await office.subscriptions_there() if "getAllMessages" in each["resource"]]
    assert len(found) == 1
    return str(found[0])


async def say_nothing(office: Office) -> None:
    """From now on Microsoft drops every notification, and says nothing of it."""
    await office.sim.post("/faults", {"fault": "lost", "times": None})


async def until_it_is_quiet(office: Office) -> None:
    """Nothing has happened for so long that no chat is lively."""
    for _ in range(12):
        # The last look that follows something comes after 70 minutes at most, as time passes here.
        await office.pass_time(600)


async def begin_again(office: Office) -> None:
    """As a process does that was just started."""
    await office.desk.connector.catch_up()
    for _ in range(3):
        # An agent's reads have a second and a quarter between them.
        await office.pass_time(1.5)


class TestTheCanary:
    """Two signs of silence, and what is done about it."""

    async def test_an_own_message_without_echo_has_the_subscription_made_anew(self, office: Office) -> None:
        await office.said_and_answered()
        first, before = await subscription_id(office), counted("no_echo")
        await say_nothing(office)
        await office.write("Do you hear me?")
        await office.pass_time(2)
        # The looks that follow what happened find nothing that is new: it is our own.
        for _ in range(4):
            await office.pass_time(60)
        assert await subscription_id(office) == first
        await office.pass_time(90)
        assert await subscription_id(office) != first
        assert counted("no_echo") == before + 1
        health = await office.dana.call("GET", "/admin/health")
        assert health["agents_not_told"] == 1

        # Where nothing but one notification was lost, that was enough.
        await office.sim.client.delete("/faults")
        await office.in_teams(ROBIN, "Loud and clear")
        await office.work()
        assert (await office.texts_here())[-1] == "Loud and clear"
        second = await subscription_id(office)
        for _ in range(4):
            await office.pass_time(600)
        assert await subscription_id(office) == second
        assert counted("no_echo") == before + 1

    @pytest.mark.parametrize("machines", ["one machine"], indirect=True)
    async def test_what_is_found_by_looking_again_should_have_been_told(self, office: Office) -> None:
        await office.said_and_answered()
        first, before = await subscription_id(office), counted("found")
        await office.pass_time(30)
        await say_nothing(office)
        await office.in_teams(ROBIN, "You do not hear this")
        for _ in range(4):
            await office.pass_time(60)
        assert (await office.texts_here())[-1] == "You do not hear this"
        assert counted("found") == before + 1
        assert await subscription_id(office) != first

        # Silence that goes on is counted, but does not make one subscription after the other.
        second = await subscription_id(office)
        await office.in_teams(ROBIN, "Nor this")
        for _ in range(8):
            await office.pass_time(120)
        assert (await office.texts_here())[-1] == "Nor this"
        assert await subscription_id(office) == second

    @pytest.mark.parametrize("machines", ["one machine"], indirect=True)
    async def test_where_all_is_told_it_is_never_heard(self, office: Office) -> None:
        await office.said_and_answered()
        first, before = await subscription_id(office), counted("no_echo") + counted("found")
        for number in range(3):
            sent = await office.write(f"Message {number}")
            await office.work()
            await office.in_teams(ROBIN, f"Answer {number}")
            await office.act("PATCH", sent, text=f"Message {number}, better")
            await office.pass_time(150)
            await office.pass_time(150)
        assert await subscription_id(office) == first
        assert counted("no_echo") + counted("found") == before


class TestAfterAStart:
    """One request tells in which chats something was said; only these are read."""

    async def talk_with_three(self, office: Office) -> None:
        await office.connect()
        for name in ("robin", "ben", "taylor"):
            await office.chat_with(name)
            await office.write(f"Hello {name}")
            await office.pass_time(2)
        await until_it_is_quiet(office)

    async def test_only_chats_with_news_are_read(self, office: Office, road: Road) -> None:
        await self.talk_with_three(office)
        reads, lists = road.count("GET", READS), road.count("GET", LISTS)
        await begin_again(office)
        assert (road.count("GET", READS), road.count("GET", LISTS)) == (reads, lists + 1)

        await say_nothing(office)
        await office.pass_time(400)
        await office.in_teams(BEN, "Are you there?", to=ANNE)
        await office.in_teams("lee@contoso.example", "Private", to=ANNE)
        await begin_again(office)
        assert (road.count("GET", READS), road.count("GET", LISTS)) == (reads + 1, lists + 2)
        await office.anne.sign_in("anne")
        found = {each["last_message"]["text"] for each in (await office.anne.snapshot())["conversations"]}
        assert found == {"Hello robin", "Are you there?", "Hello taylor"}

    @pytest.mark.parametrize("machines", ["one machine"], indirect=True)
    async def test_starts_that_follow_each_other_ask_once(self, office: Office, road: Road) -> None:
        await self.talk_with_three(office)
        lists = road.count("GET", LISTS)
        for _ in range(3):
            await begin_again(office)
        assert road.count("GET", LISTS) == lists + 1

    @pytest.mark.parametrize("machines", ["one machine"], indirect=True)
    async def test_what_the_list_does_not_show_is_seen_when_the_conversation_is_opened(self, office: Office) -> None:
        await office.said_and_answered()
        said = await office.in_teams(ROBIN, "Old words")
        await until_it_is_quiet(office)
        await say_nothing(office)
        await office.sim.client.patch(
            f"/users/{ROBIN}/chats/{await office.chat_id()}/messages/{said}", json={"text": "New words"}
        )
        await begin_again(office)
        await office.anne.sign_in("anne")
        assert (await office.texts_here())[-1] == "Old words"
        await office.pass_time(2)
        assert (await office.texts_here())[-1] == "New words"

    @pytest.mark.parametrize("machines", ["one machine"], indirect=True)
    async def test_once_a_day_it_is_looked_whether_something_is_missing(self, office: Office, road: Road) -> None:
        await office.said_and_answered()
        await until_it_is_quiet(office)
        await say_nothing(office)
        await office.in_teams(ROBIN, "Hello?")
        lists, before = road.count("GET", LISTS), counted("found")
        for _ in range(34):
            await office.pass_time(2400)
        assert road.count("GET", LISTS) == lists
        for _ in range(2):
            await office.pass_time(2400)
        await office.anne.sign_in("anne")
        assert road.count("GET", LISTS) == lists + 1
        await office.pass_time(2)
        assert (await office.texts_here())[-1] == "Hello?"
        assert counted("found") == before + 1


class TestSlots:
    """Turns for a tenant."""

    def test_a_few_at_once_then_one_after_the_other(self) -> None:
        clock = Clock()
        slots = Slots(clock)
        turns = []
        for number in range(5_000):
            try:
                slots.take(f"agent {number}")
                turns.append(clock())
            except NotYet as wait:
                turns.append(wait.until)
        # The first ones go at once, as nobody asked before.
        assert turns.count(clock.now) == AT_ONCE + 1
        assert turns[-1] - clock.now == EVERY * (5_000 - AT_ONCE - 1)
        assert turns[-1] - clock.now < timedelta(minutes=11)
        clock.now = turns[-1]
        for number in range(AT_ONCE + 1, 5_000):
            slots.take(f"agent {number}")
