"""In a real browser: the second factor that everybody needs, and the dialog that asks who is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.async_api import Browser, Page, expect

from deskbridge.accounts.model import Role
from deskbridge.api.desk import Desk
from support.agents import Agent
from support.builders import make_account, make_user
from support.clock import Clock
from support.looks import axe_violations
from support.phone import Phone

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(300),
    pytest.mark.parametrize("machines", ["one machine"], indirect=True),
]
LONG = "Maximiliane Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh"


@pytest.fixture
def product_clock(clock: Clock) -> Callable[[], datetime]:
    """A quarter of an hour goes by when the story says so."""
    return clock


async def sign_in(page: Page, desk: Desk, name: str) -> None:
    """At the sign-in page."""
    await page.goto(desk.settings.public_url)
    await page.get_by_label("Username").fill(name)
    await page.get_by_label("Password", exact=True).fill("correct horse")
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def test_an_admin_is_asked_once_more_and_demands_a_second_factor(
    desk: Desk, chromium: Browser, clock: Clock, browser_of: Callable[[], Agent]
) -> None:
    account = await make_account(desk)
    await make_user(desk, account, LONG, username="long")
    await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN)
    context = await chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = await context.new_page()
    await sign_in(page, desk, "dana")
    await page.get_by_role("link", name="Admin").or_(page.get_by_role("button", name="Admin")).first.click()
    await expect(page.get_by_role("region", name="Audit log").get_by_role("row").nth(1)).to_be_visible()
    assert await axe_violations(page) == []

    # A while later, somebody at the open page.
    clock.move(minutes=20)
    await page.get_by_role("button", name=f"Actions for {LONG}").click()
    await page.get_by_role("menuitem", name="Sign out everywhere …").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Sign out everywhere").click()
    asked = page.get_by_role("alertdialog", name="Is it still you?")
    await expect(asked.get_by_label("Your password")).to_be_focused()
    assert await axe_violations(page) == []
    await page.keyboard.type("guessed")
    await page.keyboard.press("Enter")
    await expect(asked.get_by_text("That is not your password. Try again.")).to_be_visible()
    assert await axe_violations(page) == []
    await asked.get_by_label("Your password").fill("correct horse")
    await asked.get_by_role("button", name="Go on").click()
    await expect(page.get_by_text("is signed out everywhere.").first).to_be_visible()
    await expect(page.get_by_role("alertdialog")).to_have_count(0)

    # A file, after another while.
    clock.move(minutes=20)
    await page.get_by_role("region", name="Users").get_by_role("link", name="Export CSV").click()
    await asked.get_by_label("Your password").fill("correct horse")
    async with page.expect_download() as users:
        await page.keyboard.press("Enter")
    assert (await users.value).suggested_filename == "users.csv"

    await demand(page, Phone, clock)


async def demand(page: Page, phone: type[Phone], clock: Clock) -> None:
    """From everybody, and so from herself: at once."""
    section = page.get_by_role("region", name="Second factor")
    await section.get_by_role("switch", name="Required").click()
    dialog = page.get_by_role("alertdialog", name="Ask everybody for a second factor?")
    await expect(dialog.get_by_text("2 users have none yet.")).to_be_visible()
    assert await axe_violations(page) == []
    await dialog.get_by_role("button", name="Require it").click()
    await expect(page.get_by_role("heading", name="Set up a second factor")).to_be_visible()
    assert await axe_violations(page) == []
    await page.get_by_label("Your password, to begin").fill("correct horse")
    await page.keyboard.press("Enter")
    secret = await page.locator("code").inner_text()
    assert await axe_violations(page) == []
    await page.get_by_label("The code that the app shows").fill(phone(secret, clock).code())
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Keep these recovery codes")).to_be_visible()
    assert await axe_violations(page) == []
    await page.get_by_role("button", name="I have kept them").click()
    await expect(section.get_by_text("1 user has none yet.")).to_be_visible()
