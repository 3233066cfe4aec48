"""Presence of Teams users, pushed for whom somebody looks at (P2, P3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.agents import Agent
from support.builders import make_user
from teams.office import BEN, ROBIN, Office
from teams.road import Road
from teams.screen import pass_time, presence_subscriptions, screen_of, set_in_teams, settle

READ = "getPresencesByUserId"


@pytest.fixture(autouse=True)
async def good_conduct(office: Office) -> object:
    """Whatever the story: Microsoft has nothing to complain about."""
    yield
    violations = (await office.sim.get("/conduct"))["violations"]
    assert [each for each in violations if each["rule"] != "unused-scope"] == []


class TestComingIntoView:
    """Read once, all together, whoever looks."""

    async def test_who_comes_into_view_is_read_in_one_request(self, office: Office, road: Road) -> None:
        await office.connect()
        async with screen_of(office) as screen:
            await screen.look_at("robin", "ben", "taylor")
            shown = await screen.until("Robin Hale", "busy")
            assert shown["activity"] == "In a meeting"
            assert shown["source"] == "teams"
            assert (await screen.until("Ben Okafor", "away"))["as_of"] is not None
        assert road.count("POST", READ) == 1

    async def test_looking_again_at_whom_a_subscription_tells_of_reads_nothing(
        self, office: Office, road: Road
    ) -> None:
        await office.connect()
        async with screen_of(office) as screen:
            await screen.look_at("robin")
            await pass_time(office, 3)
            reads = road.count("POST", READ)
            for _ in range(3):
                await screen.look_at()
                await pass_time(office, 90)
                await screen.look_at("robin")
            await screen.until("Robin Hale", "busy", live=True)
            assert road.count("POST", READ) == reads
            assert road.count("POST", "/subscriptions") == 2  # One for the chats, one for presence.

    async def test_a_second_agent_who_looks_costs_nothing(
        self, office: Office, road: Road, browser_of: Callable[[], Agent]
    ) -> None:
        await office.connect()
        await make_user(office.desk, office.account, "Taylor Quinn")
        taylor = browser_of()
        await taylor.sign_in("taylor")
        async with screen_of(office) as annes, screen_of(office, taylor) as taylors:
            await annes.look_at("robin", "ben")
            await pass_time(office, 3)
            before = len(road.passed)
            await taylors.look_at("robin", "ben")
            await pass_time(office, 10)
            # Who is not connected sees as much.
            await taylors.until("Robin Hale", "busy", live=True)
            assert len(road.passed) == before
            await set_in_teams(office, BEN, "DoNotDisturb", "Presenting")
            for screen in (annes, taylors):
                await screen.until("Ben Okafor", "do_not_disturb", activity="Presenting")

    async def test_nobody_on_screen_costs_nothing(self, office: Office, road: Road) -> None:
        await office.connect()
        before = len(road.passed)
        await pass_time(office, 600)
        assert len(road.passed) == before
        assert await presence_subscriptions(office) == []

    async def test_without_anyone_connected_it_stays_unknown(self, office: Office, road: Road) -> None:
        async with screen_of(office) as screen:
            await screen.look_at("robin")
            shown = await screen.until("Robin Hale", "unknown")
        assert (shown["as_of"], shown["live"]) == (None, False)
        assert road.count("POST", READ) == 0

    async def test_the_status_message_is_shown_and_a_push_keeps_it(self, office: Office) -> None:
        await office.connect()
        await office.sim.post(
            f"/users/{ROBIN}/presence", {"availability": "Away", "out_of_office": "Back on <b>Monday"}
        )
        async with screen_of(office) as screen:
            await screen.look_at("robin")
            await pass_time(office, 3)
            await screen.until("Robin Hale", "away", status_message="Back on Monday")
            await set_in_teams(office, ROBIN, "Available")
            await screen.until("Robin Hale", "available", status_message="Back on Monday")


class TestPushed:
    """Changes come by themselves while somebody looks."""

    async def test_a_change_reaches_the_screen(self, office: Office, road: Road) -> None:
        await office.connect()
        async with screen_of(office) as screen:
            await screen.look_at("robin", "ben")
            await pass_time(office, 3)
            await screen.until("Robin Hale", "busy", live=True)
            reads = road.count("POST", READ)
            await set_in_teams(office, ROBIN, "Available")
            await screen.until("Robin Hale", "available", live=True)
            assert road.count("POST", READ) == reads

    async def test_what_changed_between_reading_and_subscribing_is_not_missed(self, office: Office) -> None:
        await office.connect()
        async with screen_of(office) as screen:
            await screen.look_at("robin")
            await screen.until("Robin Hale", "busy", live=False)
            assert await presence_subscriptions(office) == []
            await set_in_teams(office, ROBIN, "Available")
            await pass_time(office, 3)
            await screen.until("Robin Hale", "available", live=True)

    async def test_a_word_that_nobody_knows_is_unknown_and_said_as_microsoft_said_it(self, office: Office) -> None:
        await office.connect()
        async with screen_of(office) as screen:
            await screen.look_at("ben")
            await pass_time(office, 3)
            await screen.until("Ben Okafor", "away")
            await set_in_teams(office, BEN, "Teleporting", "Beaming")
            await screen.until("Ben Okafor", "unknown", activity="Beaming")

    async def test_who_has_left_the_screen_stays_in_the_subscription_for_a_while(
        self, office: Office, road: Road
    ) -> None:
        await office.connect()
        async with screen_of(office) as screen:
            await screen.look_at("robin")
            await pass_time(office, 3)
            await screen.look_at()
            await pass_time(office, 300)
            assert len(await presence_subscriptions(office)) == 1
            await set_in_teams(office, ROBIN, "Available")
            await screen.look_at("robin")
            await screen.until("Robin Hale", "available", live=True)
            await screen.look_at()
            await pass_time(office, 601)
            assert await presence_subscriptions(office) == []

    async def test_it_is_renewed_for_as_long_as_somebody_looks(self, office: Office, road: Road) -> None:
        await office.connect()
        async with screen_of(office) as screen:
            await screen.look_at("robin")
            await pass_time(office, 3)
            (first,) = await presence_subscriptions(office)
            for _ in range(30):
                await pass_time(office, 300)
                await office.work()
            (same,) = await presence_subscriptions(office)
            assert same["id"] == first["id"]
            assert road.count("POST", READ) == 2
            await set_in_teams(office, ROBIN, "Away")
            await screen.until("Robin Hale", "away", live=True)


class TestLosing:
    """What nobody vouches for is not shown as if it were fresh."""

    async def test_a_removed_subscription_is_made_again_and_the_gap_read(self, office: Office) -> None:
        await office.connect()
        async with screen_of(office) as screen:
            await screen.look_at("robin")
            await pass_time(office, 3)
            (first,) = await presence_subscriptions(office)
            await office.sim.post(f"/subscriptions/{first['id']}/remove")
            await office.sim.post(f"/users/{ROBIN}/presence", {"availability": "Available"})
            await office.sim.settle()
            await settle(office)
            await screen.until("Robin Hale", "available", live=True)
            (second,) = await presence_subscriptions(office)
            assert second["id"] != first["id"]

    async def test_another_agent_takes_over_from_one_who_is_disconnected(
        self, office: Office, browser_of: Callable[[], Agent]
    ) -> None:
        await office.connect()
        dana = browser_of()
        await dana.sign_in("dana")
        await make_user(office.desk, office.account, "Taylor Quinn")
        taylor = browser_of()
        await taylor.sign_in("taylor")
        await taylor.connect_teams("taylor@contoso.example")
        id_of = {each["name"]: each["id"] for each in office.sim.info["people"]}
        async with screen_of(office) as screen:
            await screen.look_at("robin")
            await pass_time(office, 3)
            (first,) = await presence_subscriptions(office)
            users = {
                each["user"]["username"]: each["user"]["id"]
                for each in (await dana.call("GET", "/admin/users"))["users"]
            }
            name = "anne" if first["creatorId"] == id_of["Anne Baker"] else "taylor"
            await dana.call("POST", f"/admin/users/{users[name]}/disconnect")
            await settle(office)
            (second,) = await presence_subscriptions(office)
            assert second["creatorId"] != first["creatorId"]
            await set_in_teams(office, ROBIN, "Available")
            await screen.until("Robin Hale", "available", live=True)

    async def test_when_nobody_is_left_to_ask_it_becomes_unknown(
        self, office: Office, browser_of: Callable[[], Agent]
    ) -> None:
        await office.connect()
        dana = browser_of()
        await dana.sign_in("dana")
        async with screen_of(office) as screen:
            await screen.look_at("robin")
            await pass_time(office, 3)
            await screen.until("Robin Hale", "busy")
            await dana.call("POST", f"/admin/users/{office.user.id}/disconnect")
            await settle(office)
            shown = await screen.until("Robin Hale", "unknown")
            assert (shown["as_of"], shown["live"]) == (None, False)
        assert await presence_subscriptions(office) == []

    async def test_a_subscription_that_was_left_behind_is_replaced(self, office: Office, road: Road) -> None:
        await office.connect()
        async with screen_of(office) as screen:
            await screen.look_at("robin")
            road.plan("POST", "/subscriptions", "lost answer")
            await pass_time(office, 3)
            for _ in range(4):
                await pass_time(office, 4)
            await set_in_teams(office, ROBIN, "Available")
            await screen.until("Robin Hale", "available", live=True)
            assert len(await presence_subscriptions(office)) == 1

    async def test_what_was_only_read_becomes_unknown_when_it_is_old(self, office: Office, road: Road) -> None:
        await office.connect()
        async with screen_of(office) as screen:
            road.plan("POST", "/subscriptions", "403", times=100)
            await screen.look_at("robin")
            await screen.until("Robin Hale", "busy", live=False)
            await pass_time(office, 601)
            await screen.until("Robin Hale", "unknown")
        road.accidents.clear()
