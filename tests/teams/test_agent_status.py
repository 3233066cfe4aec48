"""The agents' Status in Teams: colleagues there see who is busy with a customer, when an admin wants it so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from deskbridge.app import open_desk
from support.agents import Agent
from teams.office import ANNE, Office, allow
from teams.road import Road

SET, CLEAR = "setPresence", "clearPresence"


@pytest.fixture
async def dana(office: Office, browser_of: Callable[[], Agent]) -> Agent:
    """The admin; Anne is connected, and offline in Teams itself."""
    await allow(office, "User.Read.All", "Presence.ReadWrite.All")
    await office.sim.post(f"/users/{ANNE}/presence", {"availability": "Offline"})
    await office.connect()
    dana = browser_of()
    await dana.sign_in("dana")
    return dana


async def switch(office: Office, dana: Agent, *, on: bool) -> Any:
    answer = await dana.call("PUT", "/admin/account", json={"agent_status_in_teams": on})
    await office.work()
    return answer


async def choose(office: Office, status: str) -> None:
    await office.anne.call("PUT", "/me/status", json={"status": status})
    await office.work()


async def in_teams(office: Office) -> tuple[str, str]:
    """What Anne's colleagues see."""
    shown = await office.sim.get(f"/users/{quote(ANNE)}")
    return shown["availability"], shown["activity"]


async def test_nothing_is_said_until_an_admin_wants_it(office: Office, dana: Agent, road: Road) -> None:
    await choose(office, "Busy")
    assert road.count("POST", SET) == 0
    assert (await dana.call("GET", "/admin/account"))["agent_status_in_teams"] is False
    account = await switch(office, dana, on=True)
    assert (account["agent_status_in_teams"], account["teams_chat_enabled"]) == (True, True)
    assert await in_teams(office) == ("Busy", "InACall")
    assert (await office.anne.snapshot())["account"]["agent_status_in_teams"] is True


async def test_colleagues_see_what_the_agent_chooses(office: Office, dana: Agent, road: Road) -> None:
    await switch(office, dana, on=True)
    assert await in_teams(office) == ("Available", "Available")
    for status, shown in (
        ("Busy", ("Busy", "InACall")),
        ("On Break", ("Away", "Away")),
        ("Work Offline", ("Offline", "Offline")),
        ("Available", ("Available", "Available")),
    ):
        await choose(office, status)
        assert await in_teams(office) == shown
    before = road.count("POST", SET)
    await office.work()
    assert road.count("POST", SET) == before


@pytest.mark.parametrize(("status", "shown"), [("Busy", "InACall"), ("Available", "Available")])
async def test_it_is_kept_alive_until_the_agent_logs_out(
    office: Office, dana: Agent, road: Road, status: str, shown: str
) -> None:
    await switch(office, dana, on=True)
    await choose(office, status)
    before = road.count("POST", SET)
    for _ in range(60):
        await office.pass_time(60)
        assert (await in_teams(office))[1] == shown
    assert road.count("POST", SET) - before <= 60 / 4
    await office.anne.call("DELETE", "/session")
    await office.work()
    assert await in_teams(office) == ("Offline", "Offline")
    said = road.count("POST", SET)
    for _ in range(4):
        await office.pass_time(900)
    assert (road.count("POST", SET), road.count("POST", CLEAR)) == (said, 1)


async def test_switched_off_it_is_taken_back(office: Office, dana: Agent) -> None:
    await switch(office, dana, on=True)
    await choose(office, "Busy")
    await switch(office, dana, on=False)
    assert await in_teams(office) == ("Offline", "Offline")


async def test_disconnected_by_an_admin_it_is_taken_back(office: Office, dana: Agent) -> None:
    await switch(office, dana, on=True)
    await dana.call("POST", f"/admin/users/{office.user.id}/disconnect")
    await office.work()
    assert await in_teams(office) == ("Offline", "Offline")


@pytest.mark.parametrize(("status", "shown"), [("Busy", "InACall"), ("Work Offline", "Offline")])
async def test_a_process_that_starts_again_keeps_or_takes_back(
    office: Office, dana: Agent, status: str, shown: str
) -> None:
    await switch(office, dana, on=True)
    await choose(office, "Busy")
    # What this process would do now it does not live to do.
    await office.anne.call("PUT", "/me/status", json={"status": status})
    office.clock.move(seconds=660)
    await office.sim.post("/clock/advance", {"seconds": 660})
    async with open_desk(office.desk.settings, office.clock) as after:
        await after.connector.statuses.settle()
    assert (await in_teams(office))[1] == shown
    if status == "Busy":
        await office.sim.post("/clock/advance", {"seconds": 600})
        assert (await in_teams(office))[1] == shown


async def test_without_the_permission_the_admin_is_told_and_nothing_else_suffers(
    office: Office, dana: Agent, road: Road
) -> None:
    await allow(office, "User.Read.All")
    await switch(office, dana, on=True)
    for _ in range(3):
        await office.pass_time(60)
    stands = await dana.call("GET", "/admin/agent-status-in-teams")
    assert (stands["shown"], stands["failing"], stands["problem"]) == (0, 1, "permission_missing")
    assert "Presence.ReadWrite.All" in stands["message"]
    # Asked once, and once more with a new token, as that may say more.
    assert road.count("POST", SET) == 2
    assert (await office.connection())["state"] == "connected"
    await allow(office, "User.Read.All", "Presence.ReadWrite.All")
    await office.pass_time(301)
    assert await in_teams(office) == ("Available", "Available")
    stands = await dana.call("GET", "/admin/agent-status-in-teams")
    assert (stands["enabled"], stands["shown"], stands["failing"], stands["problem"]) == (True, 1, 0, None)


async def test_a_lost_answer_and_throttling_are_got_over(office: Office, dana: Agent, road: Road) -> None:
    road.plan("POST", SET, "lost answer")
    await switch(office, dana, on=True)
    await office.pass_time(20)
    assert (await dana.call("GET", "/admin/agent-status-in-teams"))["shown"] == 1
    fault = {"fault": "throttle", "on": {"method": "POST", "path": "*/presence/*"}, "times": 1, "seconds": 30}
    await office.sim.post("/faults", fault)
    await choose(office, "Busy")
    assert await in_teams(office) == ("Available", "Available")
    await office.pass_time(31)
    assert await in_teams(office) == ("Busy", "InACall")
