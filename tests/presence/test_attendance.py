"""Work users are there while they have a workspace open; agents are what their Status says (P2, P3)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from deskbridge.api.desk import Desk
from deskbridge.presence.attendance import COUNTS_FOR, GRACE, Attendance
from support.agents import Agent, Feed
from support.builders import WORK, make_account, make_user
from support.clock import Clock


@pytest.fixture
def product_clock(clock: Clock) -> Clock:
    """Only tests move it."""
    return clock


class Floor:
    """Anne looks at Sam, who only has the Work messenger, and at Ben, an agent."""

    def __init__(self, desk: Desk, clock: Clock, feed: Feed, sam: Agent, ben: Agent) -> None:
        self.desk = desk
        self.clock = clock
        self.feed = feed
        self.sam = sam
        self.ben = ben
        self.names: dict[str, str] = {}

    async def settle(self) -> None:
        """What this process knows of who is connected has been told."""
        await self.desk.attendance.keep(self.desk.hub.watched, self.desk.hub.users)

    async def pass_time(self, seconds: float) -> None:
        """Nothing else happens."""
        self.clock.move(seconds=seconds)
        await self.settle()

    async def told(self, name: str, availability: str) -> Any:
        """Anne's screen shows it so."""

        def is_it(frame: Any) -> bool:
            return frame["type"] == "presence" and any(
                self.names[each["person_id"]] == name and each["presence"]["availability"] == availability
                for each in frame["presences"]
            )

        return await self.feed.until(is_it)

    async def shown(self, name: str) -> str:
        """As it is now, for somebody who looks only now."""
        person_id = next(id_ for id_, each in self.names.items() if each == name)
        (found,) = await self.ben.call("GET", "/presence", params={"person_id": person_id})
        return str(found["presence"]["availability"])

    async def until_gone(self, user: Agent, feed: Feed) -> None:
        """The tab closes, and the process has noticed."""
        users = self.desk.hub.users
        await feed.socket.close()
        async with asyncio.timeout(30):
            while self.desk.hub.users == users:  # noqa: ASYNC110  # Nobody tells of it that a test could wait for.
                await asyncio.sleep(0)


@pytest.fixture
async def floor(desk: Desk, clock: Clock, browser_of: Callable[[], Agent]) -> AsyncIterator[Floor]:
    """Everybody has signed in; only Anne has her workspace open."""
    account = await make_account(desk)
    for name, licenses in (("Anne Baker", None), ("Ben Carter", None), ("Sam Reyes", WORK)):
        await make_user(desk, account, name, **({} if licenses is None else {"licenses": licenses}))
    anne, ben, sam = browser_of(), browser_of(), browser_of()
    for browser, name in ((anne, "anne"), (ben, "ben"), (sam, "sam")):
        await browser.sign_in(name)
    async with anne.live() as feed:
        floor = Floor(desk, clock, feed, sam, ben)
        people = [await anne.find("sam"), await anne.find("ben")]
        floor.names = {each["id"]: each["display_name"] for each in people}
        await feed.say({"type": "watch", "person_ids": list(floor.names)})
        await feed.until(lambda frame: frame["type"] == "presence")
        yield floor


async def test_a_work_user_is_there_while_a_workspace_is_open(floor: Floor) -> None:
    assert await floor.shown("Sam Reyes") == "offline"
    async with floor.sam.live() as tab:
        await tab.until(lambda frame: frame["type"] == "welcome")
        await floor.settle()
        await floor.told("Sam Reyes", "available")
        assert await floor.shown("Sam Reyes") == "available"
        await floor.until_gone(floor.sam, tab)
    await floor.settle()
    assert await floor.shown("Sam Reyes") == "available"
    await floor.pass_time(GRACE.total_seconds() + 1)
    await floor.told("Sam Reyes", "offline")
    assert await floor.shown("Sam Reyes") == "offline"


async def test_a_page_reload_tells_nobody_anything(floor: Floor) -> None:
    async with floor.sam.live() as tab:
        await tab.until(lambda frame: frame["type"] == "welcome")
        await floor.settle()
        await floor.told("Sam Reyes", "available")
        await floor.until_gone(floor.sam, tab)
    floor.feed.seen.clear()
    await floor.pass_time(GRACE.total_seconds() - 1)
    async with floor.sam.live() as tab:
        await tab.until(lambda frame: frame["type"] == "welcome")
        await floor.pass_time(GRACE.total_seconds() + 1)
        await floor.ben.call("PUT", "/me/status", json={"status": "Busy"})
        await floor.told("Ben Carter", "busy")
        whose = {floor.names[each["person_id"]] for f in floor.feed.seen for each in f.get("presences", [])}
        assert whose == {"Ben Carter"}


async def test_a_work_users_own_choice_shows_while_connected(floor: Floor) -> None:
    await floor.sam.call("PUT", "/me/status", json={"status": "Busy"})
    assert await floor.shown("Sam Reyes") == "offline"
    async with floor.sam.live() as tab:
        await tab.until(lambda frame: frame["type"] == "welcome")
        await floor.settle()
        await floor.told("Sam Reyes", "busy")


async def test_an_agent_keeps_the_status_without_a_workspace_until_signing_out(floor: Floor) -> None:
    assert await floor.shown("Ben Carter") == "available"
    await floor.pass_time(600)
    assert await floor.shown("Ben Carter") == "available"
    await floor.ben.call("DELETE", "/session")
    frame = await floor.told("Ben Carter", "offline")
    assert frame["presences"][0]["presence"]["activity"] == "Logged Out"


async def test_what_a_killed_process_said_lapses(floor: Floor) -> None:
    sam = next(user for user in floor.names if floor.names[user] == "Sam Reyes")
    assert sam
    me = await floor.sam.call("GET", "/workspace")
    killed = Attendance(floor.desk.db, floor.clock)
    await killed.keep((), [me["me"]["id"]])
    await floor.told("Sam Reyes", "available")
    await floor.pass_time(COUNTS_FOR.total_seconds() - 1)
    assert await floor.shown("Sam Reyes") == "available"
    await floor.pass_time(16)
    await floor.told("Sam Reyes", "offline")
    # It was only very slow: it says everything again.
    await killed.keep((), [me["me"]["id"]])
    await floor.told("Sam Reyes", "available")


async def test_a_process_that_ends_leaves_a_moment_to_come_back(floor: Floor) -> None:
    me = await floor.sam.call("GET", "/workspace")
    ending = Attendance(floor.desk.db, floor.clock)
    await ending.keep((), [me["me"]["id"]])
    await floor.told("Sam Reyes", "available")
    await ending.end()
    assert await floor.shown("Sam Reyes") == "available"
    await floor.pass_time(16)
    await floor.told("Sam Reyes", "offline")
