"""What the stories of connecting are played on: Anne at her settings, Microsoft's window, and Microsoft behind both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.async_api import Browser, Page, Route, expect

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import Account, User
from deskbridge.api.desk import Desk
from deskbridge.teams.reasons import Reason, sentence
from support.demo import open_page
from support.servers import Sim
from support.steps import sign_in_to_microsoft, sign_in_to_workspace
from teams.conftest import SCOPES
from teams.office import ANNE, BEN

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

    async def meanwhile(self, **anne: Any) -> None:
        """It happens to Anne's account after Microsoft's page is done and before its answer reaches us."""

        async def hold(route: Route) -> None:
            answer = await route.fetch(max_redirects=0)
            await self.sim.client.patch(f"/users/{ANNE}", json=anne)
            await route.fulfill(response=answer)

        await self.microsoft.route("**/login?*", hold)

    async def work(self) -> None:
        """All that is due, here and at Microsoft."""
        for _ in range(2):
            await self.desk.connector.subscriptions.settle()
            await self.desk.connector.farewells.settle()
            await self.sim.settle()

    async def of_tenant(self, tenant_id: str) -> None:
        """Which organization the Account was set up for."""
        async with self.desk.db.transaction() as tx:
            await accounts_store.update_account(tx.connection, self.account.id, tenant_id=tenant_id)

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
        await self.of_tenant(self.sim.info["tenant_id"])
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


def forged(url: str, **changes: str) -> str:
    """The same address with something exchanged on the way."""
    parts = urlsplit(url)
    return parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | changes)).geturl()
