"""Somebody is at Microsoft's sign-in page, and an admin changes what it was begun for: nothing of that is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deskbridge.accounts.model import Role
from deskbridge.teams.reasons import Reason, sentence
from support.agents import Agent, sign_in_at_microsoft
from support.builders import make_account, make_user
from teams.office import ANNE, Office

Browsers = Callable[[], Agent]
ELSEWHERE = "99999999-8888-7777-6666-555555555555"


@pytest.fixture
async def branch(office: Office, browser_of: Browsers) -> tuple[Agent, Agent]:
    """An admin and an agent of an organisation of the same tenant into which nobody was imported yet."""
    account = await make_account(office.desk, teams_chat=True, tenant_id=office.sim.info["tenant_id"])
    await make_user(office.desk, account, "Nora Novak")
    await make_user(office.desk, account, "Omar Own", role=Role.ADMIN, licenses=frozenset())
    admin, agent = browser_of(), browser_of()
    await admin.sign_in("omar")
    await agent.sign_in("nora")
    return admin, agent


async def begin(agent: Agent) -> str:
    """Authenticate now; the sign-in page is open."""
    return str((await agent.call("POST", "/teams/authenticate"))["authorization_url"])


async def finish(agent: Agent, url: str) -> Any:
    """To the page at the end."""
    return await sign_in_at_microsoft(agent.http, url, ANNE, "Teams-demo-1")


async def test_another_tenant(office: Office, branch: tuple[Agent, Agent]) -> None:
    admin, agent = branch
    url = await begin(agent)
    await admin.call("PUT", "/admin/microsoft", json={"tenant_id": ELSEWHERE})

    assert sentence(Reason.SIGN_IN_STALE) in (await finish(agent, url)).text

    assert (await agent.snapshot())["connection"]["state"] == "not_connected"
    # That somebody tried to connect does not tie the organisation to a tenant that was wrong.
    await admin.call("PUT", "/admin/microsoft", json={"tenant_id": office.sim.info["tenant_id"]})
    assert "is connected" in (await finish(agent, await begin(agent))).text


async def test_teams_chat_off(branch: tuple[Agent, Agent]) -> None:
    admin, agent = branch
    url = await begin(agent)
    await admin.call("PUT", "/admin/account", json={"teams_chat_enabled": False})

    page = await finish(agent, url)

    assert (page.status_code, "is switched off" in page.text) == (403, True)
    await admin.call("PUT", "/admin/account", json={"teams_chat_enabled": True})
    assert (await agent.snapshot())["connection"]["state"] == "not_connected"


async def test_no_agent_any_more(branch: tuple[Agent, Agent]) -> None:
    admin, agent = branch
    url = await begin(agent)
    user_id = (await agent.snapshot())["me"]["id"]
    await admin.call("PATCH", f"/admin/users/{user_id}", json={"licenses": ["work"]})

    assert (await finish(agent, url)).status_code == 403

    await admin.call("PATCH", f"/admin/users/{user_id}", json={"licenses": ["contact_center"]})
    assert (await agent.snapshot())["connection"]["state"] == "not_connected"


async def test_the_tenant_stays_while_people_are_imported_from_it(office: Office, branch: tuple[Agent, Agent]) -> None:
    admin, _ = branch
    await admin.call("POST", "/admin/imports")
    other = {"tenant_id": ELSEWHERE}
    assert await admin.refused("PUT", "/admin/microsoft", json=other) == (409, "conflict")
    await office.desk.connector.importer.work((await admin.snapshot())["me"]["account_id"])
    # Now there are people.
    assert await admin.refused("PUT", "/admin/microsoft", json=other) == (409, "conflict")
