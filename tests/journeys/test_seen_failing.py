"""Every way in which connecting fails, and in which it is lost later, as the agent sees it (C6 to C9).

One server and one browser for all of it; before each story everything is put back to where it begins.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect
from pydantic import SecretStr

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import Account, Role, User
from deskbridge.api.desk import Desk
from deskbridge.app import create_app
from deskbridge.settings import ProcessRole, Settings
from deskbridge.teams.reasons import Reason, sentence
from support.browser import FLAGS, ensure
from support.builders import make_account, make_user
from support.demo import open_page
from support.looks import axe_violations
from support.servers import Sim, m365sim_server, serving
from support.steps import sign_in_to_microsoft, sign_in_to_workspace
from teams.conftest import SCOPES, SMALL_TENANT
from teams.office import ANNE, BEN

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]

PASSWORD = "Teams-demo-1"
USUAL_ANNE = {
    "blocked_by_policy": False,
    "mfa": False,
    "enabled": True,
    "password_expired": False,
    "roles": [],
    "skus": ["ENTERPRISEPREMIUM"],
    "sign_in_refusal": 0,
    "password": PASSWORD,
}
USUAL_APP = {"admin_scopes": SCOPES, "assignment_required": False}


class Watch:
    """The time here, which can be wrong."""

    wrong_by = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.wrong_by


class Stage:
    """Anne's workspace at its settings, the window of Microsoft's sign-in page, and Microsoft behind both."""

    def __init__(self, desk: Desk, sim: Sim, account: Account, browser: Browser, watch: Watch) -> None:
        self.desk, self.sim, self.account, self.browser, self.watch = desk, sim, account, browser, watch
        self.problems: list[str] = []
        self.users: list[User] = []
        self.anne: Page
        self.microsoft: Page

    async def open_workspace(self, username: str) -> Page:
        """Somebody signs in to a browser of their own, and puts connecting off."""
        context = await self.browser.new_context(ignore_https_errors=True, reduced_motion="reduce")
        page = await open_page(context, self.desk.settings.public_url, self.problems)
        await sign_in_to_workspace(page, {"workspace": {"username": username, "password": "correct horse"}})
        await expect(page.get_by_label("Username")).to_have_count(0)
        return page

    async def authenticate(self, button: str = "Authenticate to Microsoft Teams", page: Page | None = None) -> Page:
        """Press it; Microsoft's window, in which nobody is signed in."""
        page = page or self.anne
        await page.context.clear_cookies(name="m365sim_sso")
        async with page.context.expect_page() as opened:
            await page.get_by_role("button", name=button, exact=True).click()
        self.microsoft = await opened.value
        await expect(self.microsoft.get_by_label("Username")).to_be_visible()
        return self.microsoft

    async def sign_in(self, username: str = ANNE, password: str = PASSWORD) -> None:
        """On Microsoft's page."""
        await sign_in_to_microsoft(self.microsoft, {"microsoft": {"username": username, "password": password}})

    async def work(self) -> None:
        """All that is due, here and at Microsoft."""
        for _ in range(2):
            await self.desk.connector.subscriptions.settle()
            await self.desk.connector.farewells.settle()
            await self.sim.settle()

    async def arrange(self, anne: dict[str, Any], app: dict[str, Any]) -> None:
        """At Microsoft it is as always, but for this."""
        await self.sim.client.patch(f"/users/{ANNE}", json=USUAL_ANNE | anne)
        secret = {"client_secret": self.sim.info["client_secret"]}
        await self.sim.client.put(f"/apps/{self.sim.info['client_id']}", json=USUAL_APP | secret | app)

    async def put_back(self) -> None:
        """Nobody is connected, and nothing is out of order."""
        self.watch.wrong_by = timedelta()
        await self.sim.client.delete("/faults")
        await self.sim.client.patch("/switches", json={"usable_plan_states": ["Success", "PendingActivation"]})
        await set_tenant(self, self.sim.info["tenant_id"])
        await self.arrange({}, {})
        await self.sim.client.patch(f"/users/{BEN}", json={"roles": []})
        for page in self.anne.context.pages:
            if page is not self.anne:
                await page.close()
        for user in self.users:
            await self.desk.connector.connections.disconnect(user)
        await self.work()
        await expect(settings_of(self.anne).get_by_text("Not connected", exact=True)).to_be_visible()

    async def connect(self) -> None:
        """Anne connects, and nothing goes wrong."""
        await self.authenticate()
        await self.sign_in()
        await self.is_connected()

    async def told(self, reason: Reason, number: int | None = None) -> None:
        """Microsoft's window, which is ours again, says which it was, with the remedy."""
        await expect(self.microsoft.get_by_text(sentence(reason))).to_be_visible()
        if number:
            await expect(self.microsoft.get_by_text(f"AADSTS{number}")).to_be_visible()
        await expect(self.microsoft.get_by_role("link", name="Open the workspace")).to_be_visible()

    async def is_connected(self) -> None:
        """Both windows say so, and there is a subscription."""
        await expect(self.microsoft.get_by_text("Your Microsoft Teams account is connected")).to_be_visible()
        await self.microsoft.close()
        await expect(settings_of(self.anne).get_by_text("Connected", exact=True)).to_be_visible()
        await self.work()


def settings_of(page: Page) -> Any:
    """My profile > Settings > Connect your Teams account."""
    return page.get_by_role("region", name="Connect your Teams account")


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


Act = Callable[[Stage], Awaitable[None]]


async def just_sign_in(stage: Stage) -> None:
    await stage.sign_in()


async def cancel(stage: Stage) -> None:
    await stage.microsoft.get_by_role("link", name="Cancel").click()


async def mistype(stage: Stage) -> None:
    await stage.sign_in(password="wrong")
    await expect(stage.microsoft.get_by_text("password is incorrect")).to_be_visible()
    await cancel(stage)


async def give_up_the_second_factor(stage: Stage) -> None:
    await stage.sign_in()
    await expect(stage.microsoft.get_by_role("heading", name="Enter code")).to_be_visible()
    await cancel(stage)


async def go_back(stage: Stage) -> None:
    """Microsoft's page says that it does not go on from there."""
    await stage.sign_in()
    await stage.microsoft.locator("main a").click()


async def exchange_the_nonce(stage: Stage) -> None:
    await stage.microsoft.goto(forged(stage.microsoft.url, nonce="of somebody else"))
    await stage.sign_in()


def forged(url: str, **changes: str) -> str:
    parts = urlsplit(url)
    return parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | changes)).geturl()


@dataclass
class Failure:
    """What is different, what Anne does on Microsoft's page, and what she is told."""

    reason: Reason
    number: int | None = None
    act: Act = just_sign_in
    anne: dict[str, Any] = field(default_factory=dict)
    app: dict[str, Any] = field(default_factory=dict)
    switches: dict[str, Any] = field(default_factory=dict)
    wrong_by: timedelta = timedelta()
    tenant: str | None = None
    down: bool = False


PENDING = {"usable_plan_states": ["Success"]}
FAILURES = {
    "cancelled": Failure(Reason.CANCELLED, act=cancel),
    "a wrong password": Failure(Reason.CANCELLED, act=mistype),
    "consent is needed": Failure(Reason.CONSENT_NEEDED, 90094, go_back, app={"admin_scopes": []}),
    "another organization": Failure(Reason.WRONG_ORGANIZATION, tenant="organizations"),
    "not assigned": Failure(
        Reason.NOT_ASSIGNED, 50105, go_back, app={"assignment_required": True, "assigned_users": []}
    ),
    "a second factor": Failure(Reason.CANCELLED, act=give_up_the_second_factor, anne={"mfa": True}),
    "Conditional Access": Failure(Reason.REFUSED_BY_POLICY, 53003, go_back, anne={"blocked_by_policy": True}),
    "no Teams license": Failure(Reason.NO_LICENSE, anne={"skus": ["Microsoft_365_E3_(no_Teams)"]}),
    "a license that is pending": Failure(
        Reason.LICENSE_PENDING, anne={"skus": ["TEAMS_TRIAL_PENDING"]}, switches=PENDING
    ),
    "clocks that differ": Failure(Reason.CLOCK_WRONG, wrong_by=timedelta(minutes=20)),
    "an exchanged nonce": Failure(Reason.ANSWER_FORGED, act=exchange_the_nonce),
    "a secret that Microsoft refuses": Failure(Reason.MISCONFIGURED, 7000215, app={"client_secret": "another"}),
    "Microsoft is down": Failure(Reason.MICROSOFT_UNAVAILABLE, down=True),
}


@pytest.mark.parametrize("what", FAILURES)
async def test_connecting_fails_and_both_windows_say_why(stage: Stage, what: str) -> None:
    """C6, and nothing stays behind."""
    before = (await stage.sim.get("/subscriptions"))["value"]
    failure = FAILURES[what]
    await stage.arrange(failure.anne, failure.app)
    await stage.sim.client.patch("/switches", json=failure.switches)
    await set_tenant(stage, failure.tenant or stage.sim.info["tenant_id"])
    if failure.down:
        fault = {"fault": "server-error", "on": {"path": "*/oauth2/v2.0/token"}, "times": None}
        await stage.sim.post("/faults", fault)
    stage.watch.wrong_by = failure.wrong_by
    await stage.authenticate()
    await failure.act(stage)
    await stage.told(failure.reason, failure.number)
    await expect(settings_of(stage.anne).get_by_text(sentence(failure.reason))).to_be_visible()
    await expect(settings_of(stage.anne).get_by_text("Not connected", exact=True)).to_be_visible()
    assert (await stage.sim.get("/subscriptions"))["value"] == before


async def set_tenant(stage: Stage, tenant_id: str) -> None:
    async with stage.desk.db.transaction() as tx:
        await accounts_store.update_account(tx.connection, stage.account.id, tenant_id=tenant_id)


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
