"""Every way in which connecting fails, and in which it is lost later, as the agent sees it (C6 to C9).

One server and one browser for all of it; before each story everything is put back to where it begins.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect
from pydantic import SecretStr

from deskbridge.accounts.model import Role
from deskbridge.app import create_app
from deskbridge.settings import ProcessRole, Settings
from deskbridge.teams.reasons import Reason, sentence
from journeys.stage import PASSWORD, Stage, Watch, forged, settings_of
from journeys.ways_to_fail import FAILURES, cancel, go_back
from support.browser import FLAGS, ensure
from support.builders import make_account, make_user
from support.demo import open_page
from support.looks import axe_violations
from support.servers import Sim, m365sim_server, serving
from teams.conftest import SMALL_TENANT
from teams.office import ANNE, BEN

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest.fixture(scope="module")
def m365() -> Iterator[dict[str, Any]]:
    """A tenant of its own: here it is the time that both have, and other tests advance their tenant's."""
    with m365sim_server() as info:
        yield info


@pytest_asyncio.fixture(loop_scope="module")
async def stage(theatre: Stage) -> Stage:
    """As every story finds it."""
    await theatre.put_back()
    return theatre


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def theatre(m365: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Anne is at her settings, not connected."""
    sim, watch = Sim(m365), Watch()
    info = sim.info = await sim.post("/reset", {"scenario": SMALL_TENANT})
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://localhost:{listening.getsockname()[1]}"
    await sim.post(f"/apps/{info['client_id']}/redirect-uris", {"redirect_uris": [f"{url}/api/v1/teams/callback"]})
    settings = Settings.load(
        data_dir=tmp_path_factory.mktemp("seen"),
        public_url=url,
        webhook_url=url.replace("localhost", "127.0.0.1"),
        microsoft_client_id=info["client_id"],
        microsoft_client_secret=SecretStr(info["client_secret"]),
        microsoft_login_url=info["authority_https_url"].rpartition("/")[0],
        microsoft_graph_url=info["graph_url"],
        microsoft_ca_file=Path(info["ca_file"]),
    )
    app = create_app(settings, ProcessRole.WEB, watch)
    async with serving(app, listening), async_playwright() as playwright:
        desk = app.state.desk
        account = await make_account(desk, teams_chat=True, tenant_id=info["tenant_id"])
        users = [await make_user(desk, account, name) for name in ("Anne Baker", "Ben Carter")]
        await make_user(desk, account, "Dana Ortiz", frozenset(), Role.ADMIN)
        browser = await playwright.chromium.launch(executable_path=ensure(), args=FLAGS)
        stage = Stage(desk, sim, account, browser, watch)
        stage.users = users
        stage.anne = await stage.open_workspace("anne")
        await stage.anne.get_by_role("button", name="Not now").click()
        await stage.anne.goto(f"{url}/profile/settings")
        yield stage
        assert stage.problems == []
        await browser.close()
        await sim.client.aclose()


@pytest.mark.parametrize("what", FAILURES)
async def test_connecting_fails_and_both_windows_say_why(stage: Stage, what: str) -> None:
    """C6, and nothing stays behind."""
    before = (await stage.sim.get("/subscriptions"))["value"]
    failure = FAILURES[what]
    await stage.arrange(failure.anne, failure.app)
    await stage.sim.client.patch("/switches", json=failure.switches)
    await stage.of_tenant(failure.tenant or stage.sim.info["tenant_id"])
    if failure.down:
        fault = {"fault": "server-error", "on": {"path": "*/oauth2/v2.0/token"}, "times": None}
        await stage.sim.post("/faults", fault)
    stage.watch.wrong_by = failure.wrong_by
    await stage.authenticate()
    if failure.meanwhile:
        await stage.meanwhile(**failure.meanwhile)
    await failure.act(stage)
    await stage.told(failure.reason, failure.number)
    await expect(settings_of(stage.anne).get_by_text(sentence(failure.reason))).to_be_visible()
    await expect(settings_of(stage.anne).get_by_text("Not connected", exact=True)).to_be_visible()
    assert (await stage.sim.get("/subscriptions"))["value"] == before


async def test_who_stays_at_microsoft_can_begin_again(stage: Stage) -> None:
    """C6: a disabled account ends on Microsoft's own page, which leads nowhere; a new password leads on."""
    await stage.arrange({"enabled": False}, {})
    await stage.authenticate()
    await stage.sign_in()
    await expect(stage.microsoft.get_by_text("locked or disabled")).to_be_visible()
    await stage.microsoft.close()
    await expect(settings_of(stage.anne).get_by_text("Not connected", exact=True)).to_be_visible()

    await stage.arrange({"password_expired": True}, {})
    await stage.authenticate()
    await stage.sign_in()
    for label, typed in (("Current password", PASSWORD), ("New password", "New-1"), ("Confirm password", "New-1")):
        await stage.microsoft.get_by_label(label).fill(typed)
    await stage.microsoft.get_by_role("button", name="Sign in").click()
    await stage.is_connected()


async def test_an_answer_is_good_once_and_in_the_browser_that_asked(stage: Stage) -> None:
    """C6: replayed, with the state of somebody else, and finished elsewhere."""
    await stage.authenticate()
    begun = stage.microsoft.url
    await cancel(stage)
    await stage.told(Reason.CANCELLED)
    await stage.microsoft.reload()
    await stage.told(Reason.SIGN_IN_STALE)
    assert await axe_violations(stage.microsoft) == []

    await stage.microsoft.goto(forged(begun, state="of somebody else"))
    await stage.sign_in()
    await stage.told(Reason.SIGN_IN_STALE)
    await stage.microsoft.close()

    await stage.authenticate()
    context = await stage.browser.new_context(ignore_https_errors=True)
    elsewhere = await open_page(context, stage.microsoft.url, stage.problems)
    await stage.microsoft.close()
    stage.microsoft = elsewhere
    await stage.sign_in()
    await stage.told(Reason.OTHER_BROWSER)
    await context.close()
    await expect(settings_of(stage.anne).get_by_text("Not connected", exact=True)).to_be_visible()


async def test_an_administrator_gives_consent_by_the_agents_link_and_lands_on_a_page_that_says_so(stage: Stage) -> None:
    await stage.arrange({}, {"admin_scopes": []})
    await stage.sim.client.patch(f"/users/{BEN}", json={"roles": ["Global Administrator"]})
    await stage.authenticate()
    await go_back(stage)
    link = await stage.microsoft.get_by_role("link", name="Link for your Microsoft administrator").get_attribute("href")
    await stage.microsoft.close()

    context = await stage.browser.new_context(ignore_https_errors=True)
    stage.microsoft = await open_page(context, str(link), stage.problems)
    await stage.sign_in(BEN)
    await stage.microsoft.get_by_role("button", name="Accept").click()
    await expect(stage.microsoft.get_by_role("heading", name="Microsoft has your consent")).to_be_visible()
    await stage.microsoft.goto(f"{link}&decline=1")
    await expect(stage.microsoft.get_by_text("Consent was not given")).to_be_visible()
    await context.close()
    await stage.connect()


@dataclass
class Loss:
    """What happens to Anne's account, and which password is right afterwards."""

    reason: Reason
    anne: dict[str, Any] = field(default_factory=dict)
    path: str = ""
    password: str = PASSWORD


LOSSES = {
    "revoked": Loss(Reason.REVOKED, path="/users/{anne}/revoke-sessions"),
    "expired": Loss(Reason.EXPIRED, {"sign_in_refusal": 70043}),
    "the password was reset": Loss(Reason.REVOKED, {"password": "Another-1"}, password="Another-1"),
    "the license is gone": Loss(Reason.NO_LICENSE, {"skus": []}),
    "consent was withdrawn": Loss(Reason.CONSENT_WITHDRAWN, path="/apps/{app}/withdraw-consent"),
    "disabled": Loss(Reason.ACCOUNT_DISABLED, {"enabled": False}),
}


@pytest.mark.parametrize("what", LOSSES)
async def test_a_connection_is_lost_told_and_resumed(stage: Stage, what: str) -> None:
    """C7: nobody does anything; Microsoft says it, and a moment later Anne reads it."""
    loss = LOSSES[what]
    await stage.connect()
    if loss.anne:
        (await stage.sim.client.patch(f"/users/{ANNE}", json=loss.anne)).raise_for_status()
    if loss.path:
        await stage.sim.post(loss.path.format(anne=ANNE, app=stage.sim.info["client_id"]))
    for each in (await stage.sim.get("/subscriptions"))["value"]:
        await stage.sim.post(f"/subscriptions/{each['id']}/challenge")
    await stage.sim.settle()
    await stage.work()
    bar = stage.anne.get_by_role("group").filter(has_text="Microsoft Teams is disconnected.").first
    await expect(bar).to_contain_text(sentence(loss.reason))
    await expect(settings_of(stage.anne).get_by_text("Connection lost")).to_be_visible()

    await stage.arrange({"password": loss.password}, {})
    await stage.authenticate("Sign in again")
    await stage.sign_in(password=loss.password)
    await stage.is_connected()
    await expect(bar).to_have_count(0)


async def test_only_an_admin_disconnects_and_nobody_takes_the_account_of_another(stage: Stage) -> None:
    """C8 and C9."""
    await stage.connect()
    await expect(settings_of(stage.anne).get_by_text("contact your administrator")).to_be_visible()
    await expect(settings_of(stage.anne).get_by_role("button")).to_have_count(0)
    ben = await stage.open_workspace("ben")
    await stage.authenticate("Authenticate now", ben)
    await stage.sign_in(password=PASSWORD)
    await stage.told(Reason.TAKEN)
    await stage.microsoft.close()
    await ben.context.close()

    # Lost, she comes back as the same Microsoft user or not at all.
    await stage.sim.post(f"/users/{ANNE}/revoke-sessions")
    await stage.sim.settle()
    await stage.work()
    await stage.authenticate("Sign in again")
    await stage.sign_in("taylor@contoso.example")
    await stage.told(Reason.OTHER_MICROSOFT_USER)
    await stage.microsoft.close()

    dana = await stage.open_workspace("dana")
    await dana.goto(f"{stage.desk.settings.public_url}/admin")
    row = dana.get_by_role("row", name="Anne Baker")
    await row.get_by_role("button", name="Disconnect").click()
    await dana.get_by_role("alertdialog").get_by_role("button", name="Disconnect").click()
    await expect(row.get_by_text("Not connected")).to_be_visible()
    await dana.context.close()
    await expect(settings_of(stage.anne).get_by_text("Not connected", exact=True)).to_be_visible()
    await stage.authenticate()
    await stage.sign_in("taylor@contoso.example")
    await stage.is_connected()
    await expect(settings_of(stage.anne).get_by_text("taylor@contoso.example")).to_be_visible()
