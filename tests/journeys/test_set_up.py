"""From nothing to a working connection, in the browser: the first run, as whoever installs the product has it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr

from deskbridge.settings import Settings
from support.demo import open_page
from support.looks import axe_violations
from support.product import Product
from support.servers import Sim, free_port, own_m365
from support.steps import connect_microsoft_account, sign_in_to_microsoft, sign_in_to_workspace

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

TENANT: dict[str, Any] = {
    # Registered, and nobody has given consent yet.
    "apps": [
        {
            "name": "Deskbridge",
            "redirect_uris": [],
            "declared_roles": ["User.Read.All"],
            "declared_scopes": ["User.Read", "Chat.ReadWrite", "ChatMessage.Send", "Presence.Read.All"],
        }
    ],
    "people": [
        {"alias": "anne", "name": "Anne Baker"},
        {"alias": "robin", "name": "Robin Hale"},
        {"alias": "grace", "name": "Grace Admin", "roles": ["Global Administrator"]},
    ],
}


def at_microsoft(alias: str) -> Any:
    return {"microsoft": {"username": f"{alias}@contoso.example", "password": "Teams-demo-1"}}


# Microsoft's clock is checked.
m365 = pytest.fixture(own_m365)


@pytest.fixture
async def empty(m365: dict[str, Any], tmp_path: Path) -> AsyncIterator[tuple[str, str, str]]:
    """The product as it is after it was installed: settings, no data."""
    sim = Sim(m365)
    info = sim.info = await sim.post("/reset", {"scenario": TENANT})
    port = free_port()
    url = f"http://localhost:{port}"
    await sim.post(f"/apps/{info['client_id']}/redirect-uris", {"redirect_uris": [f"{url}/api/v1/teams/callback"]})
    settings = Settings.load(
        data_dir=tmp_path / "data",
        public_url=url,
        webhook_url=f"http://127.0.0.1:{port}",
        microsoft_client_id=info["client_id"],
        microsoft_client_secret=SecretStr(info["client_secret"]),
        microsoft_login_url=info["authority_https_url"].rpartition("/")[0],
        microsoft_graph_url=info["graph_url"],
        microsoft_ca_file=Path(info["ca_file"]),
    )
    product = Product(settings, port, tmp_path / "console.log")
    await product.start()
    yield url, (tmp_path / "console.log").read_text(encoding="utf-8"), info["tenant_id"]
    product.end()
    await sim.client.aclose()


async def test_from_an_empty_database_to_a_working_connection(
    empty: tuple[str, str, str], chromium: Browser, tmp_path: Path
) -> None:
    url, console, tenant_id = empty
    problems = list[str]()
    context = await chromium.new_context(ignore_https_errors=True, reduced_motion="reduce")
    printed = re.search(rf"{url}/set-up#(\S+)", console)
    assert printed, console
    # Whoever opens the plain address is led to the set-up as well; the printed one brings its code along.
    page = await open_page(context, url, problems)
    await expect(page.get_by_role("heading", name="Set up Deskbridge")).to_be_visible()
    assert await axe_violations(page) == []
    await page.goto(printed[0])
    await page.reload()
    await fill_in(page, code=None)
    await expect(page.get_by_role("heading", name="Set-up")).to_be_visible()

    await set_up_microsoft(page, tenant_id)
    await give_consent(page, chromium, problems)
    await page.get_by_role("button", name="Check again").click()
    checks = page.get_by_role("region", name="4. Check")
    await expect(checks.get_by_text("Application permissions: User.Read.All.")).to_be_visible()
    await expect(checks.get_by_text("Mend", exact=True)).to_have_count(0)
    await page.get_by_role("switch", name="Teams chat").click()
    await page.get_by_role("button", name="Admin", exact=True).click()

    imports = page.get_by_role("region", name="Import of people")
    await imports.get_by_role("button", name="Import now").click()
    await expect(imports.get_by_text("Done").first).to_be_visible()
    link = await invite_anne(page)
    await first_agent_connects(chromium, link, problems)
    assert problems == []


async def fill_in(page: Page, code: str | None) -> None:
    if code is not None:
        await page.get_by_label("One-time code").fill(code)
    fields = {
        "Organization": "Contoso",
        "Your name": "Dana Ortiz",
        "Username": "dana",
        "E-mail address": "dana@contoso.example",
        "Password": "correct horse",
        "Confirm password": "correct horse",
    }
    for name, value in fields.items():
        await page.get_by_label(name, exact=True).fill(value)
    await page.get_by_role("button", name="Set up").click()


async def set_up_microsoft(page: Page, tenant_id: str) -> None:
    """The tenant is missing, which the checks say; once it is there, only the consent is."""
    checks = page.get_by_role("region", name="4. Check")
    await expect(checks.get_by_text("The organization has no tenant id.")).to_be_visible()
    await expect(page.get_by_text("All that is needed is there.")).to_be_visible()
    assert await axe_violations(page) == []
    await page.get_by_label("Directory (tenant) ID").fill(tenant_id)
    await page.get_by_role("button", name="Save").click()
    await expect(checks.get_by_text("The credentials are good.")).to_be_visible()
    await expect(checks.get_by_text("User.Read.All is missing or has no consent")).to_be_visible()


async def give_consent(page: Page, chromium: Browser, problems: list[str]) -> None:
    """The link is for somebody who has no account here, in a browser of their own."""
    address = await page.get_by_role("link", name="Link for consent").get_attribute("href")
    graces = await chromium.new_context(ignore_https_errors=True)
    grace = await open_page(graces, str(address), problems)
    await sign_in_to_microsoft(grace, at_microsoft("grace"))
    await grace.get_by_role("button", name="Accept").click()
    await expect(grace.get_by_role("heading", name="Microsoft has your consent")).to_be_visible()
    await graces.close()


async def invite_anne(page: Page) -> str:
    users = page.get_by_role("region", name="Users", exact=True)
    await users.get_by_role("button", name="Invite").click()
    for name, value in {"Username": "anne", "Name": "Anne Baker", "E-mail address": "anne@contoso.example"}.items():
        await page.get_by_role("textbox", name=name, exact=True).fill(value)
    await page.get_by_role("dialog").get_by_role("button", name="Invite").click()
    return await page.get_by_label("One-time link").input_value()


async def first_agent_connects(chromium: Browser, link: str, problems: list[str]) -> None:
    annes = await chromium.new_context(ignore_https_errors=True)
    anne = await open_page(annes, link, problems)
    await anne.get_by_label("New password", exact=True).fill("battery staple")
    await anne.get_by_label("Confirm new password").fill("battery staple")
    await anne.get_by_role("button", name="Set password").click()
    await sign_in_to_workspace(anne, {"workspace": {"username": "anne", "password": "battery staple"}})
    await connect_microsoft_account(anne, at_microsoft("anne"))
    await annes.close()
