"""In a real browser: each agent's connection on the Health page, also of those with the longest names."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from deskbridge.accounts.model import Role
from deskbridge.api.desk import Desk
from deskbridge.teams.store import connections
from support.builders import WORK, make_account, make_user
from support.looks import axe_violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(300),
    pytest.mark.parametrize("machines", ["one machine"], indirect=True),
]
LONG = "Maximiliane Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh"


async def sign_in(page: Page, desk: Desk, name: str) -> None:
    """At the sign-in page."""
    await page.goto(desk.settings.public_url)
    await page.get_by_label("Username").fill(name)
    await page.get_by_label("Password", exact=True).fill("correct horse")
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def test_an_admin_finds_the_agent_who_needs_help(desk: Desk, chromium: Browser) -> None:
    account = await make_account(desk, teams_chat=True, tenant_id="11111111-2222-4333-8444-555555555555")
    long = await make_user(desk, account, LONG, username="long")
    await make_user(desk, account, "Anne Baker")
    await make_user(desk, account, "Dana Ortiz", WORK, Role.ADMIN)
    now = desk.clock()
    async with desk.db.transaction() as tx:
        lost = {"state": "lost", "reason": "teams_expired", "connected_at": now, "changed_at": now}
        await connections.put(tx.connection, long.id, account.id, **lost)
    context = await chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = await context.new_page()
    await sign_in(page, desk, "dana")
    await page.get_by_role("link", name="Admin").or_(page.get_by_role("button", name="Admin")).first.click()
    health = page.get_by_role("region", name="Health")
    agents = health.get_by_role("region", name="Agents’ connections").get_by_role("row")
    await expect(agents.nth(1)).to_contain_text(LONG)
    await expect(agents.nth(1)).to_contain_text("Connection lost")
    await expect(health.get_by_text("Anne Baker")).to_be_visible()
    assert await axe_violations(page) == []

    await health.get_by_label("Which agents").select_option("To look at")
    await expect(health.get_by_text("Anne Baker")).to_have_count(0)
    await health.get_by_label("Search agents").fill("nobody like that")
    await expect(health.get_by_text("No such agents.")).to_be_visible()
    await context.close()
