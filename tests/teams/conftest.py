"""The product with m365sim as its Microsoft, a road between them, and a clock that only tests move."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from deskbridge.accounts.model import Role
from deskbridge.app import create_app
from deskbridge.settings import ProcessRole, Settings
from support.agents import Agent
from support.builders import make_account, make_user
from support.clock import Clock
from support.servers import Sim, serving
from teams.office import Office
from teams.road import Road

APP = {"name": "Deskbridge", "app_roles": ["User.Read.All"], "redirect_uris": []}
SCOPES = ["User.Read", "Chat.ReadWrite", "ChatMessage.Send", "Presence.Read.All"]
PEOPLE: list[dict[str, Any]] = [
    {"alias": "anne", "name": "Anne Baker", "presence": "Available"},
    {"alias": "taylor", "name": "Taylor Quinn"},
    {"alias": "robin", "name": "Robin Hale", "job_title": "Billing Specialist", "presence": "Busy/InAMeeting"},
    {"alias": "ben", "name": "Ben Okafor", "presence": "Away"},
    {"alias": "lee", "name": "Lee Chen", "sku": "Microsoft_365_E3_(no_Teams)"},
    {"alias": "gone", "name": "Gone Already", "enabled": False},
]
SMALL_TENANT = {"apps": [{**APP, "admin_scopes": SCOPES}], "people": PEOPLE}


@pytest.fixture
async def sim(m365: dict[str, Any]) -> AsyncIterator[Sim]:
    """m365sim with a tenant of six."""
    steered = Sim(m365)
    steered.info = await steered.post("/reset", {"scenario": SMALL_TENANT})
    yield steered
    await steered.client.aclose()


@pytest.fixture
async def road(sim: Sim) -> AsyncIterator[Road]:
    """All that goes to Graph goes along it."""
    road = Road(sim.info["graph_url"])
    async with road.open():
        yield road


@pytest.fixture
async def clock(sim: Sim) -> Clock:
    """The tenant's time, and then only as the test moves it."""
    clock = Clock()
    clock.now = datetime.fromtimestamp((await sim.get("/clock"))["epoch_seconds"], UTC)
    return clock


@pytest.fixture
async def office(
    teams_settings: Settings,
    sim: Sim,
    road: Road,
    clock: Clock,
    listening: socket.socket,
    browser_of: Callable[[], Agent],
) -> AsyncIterator[Office]:
    """Anne has signed in to the workspace and is not connected; the directory has been imported."""
    callback = f"{teams_settings.public_url}/api/v1/teams/callback"
    await sim.post(f"/apps/{sim.info['client_id']}/redirect-uris", {"redirect_uris": [callback]})
    settings = teams_settings.model_copy(update={"microsoft_graph_url": road.url})
    app = create_app(settings, ProcessRole.WEB, clock)
    async with serving(app, listening):
        desk = app.state.desk
        account = await make_account(desk, teams_chat=True, tenant_id=sim.info["tenant_id"])
        user = await make_user(desk, account, "Anne Baker")
        await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN, licenses=frozenset())
        await desk.connector.importer.run_once(account.id)
        # What begins later has a later moment, also by a clock that stands still.
        clock.move(seconds=1)
        anne = browser_of()
        await anne.sign_in("anne")
        dana = browser_of()
        await dana.sign_in("dana")
        office = Office(desk, sim, clock, account, (user, anne), dana)
        yield office
        # Whatever the story was: Microsoft's terms and limits were kept.
        conduct = await sim.get("/conduct")
        assert [each for each in conduct["violations"] if each["rule"] not in office.excused] == []
