"""In a real browser: an admin deletes somebody, and whoever chatted with them sees that they have left."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, expect

from deskbridge.accounts.model import Role
from deskbridge.api.desk import Desk
from support.agents import Agent
from support.builders import WORK, make_account, make_user
from support.looks import axe_violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(300),
    pytest.mark.parametrize("machines", ["one machine"], indirect=True),
]


async def at_work(chromium: Browser, desk: Desk, name: str) -> Page:
    """Signed in, in a browser of their own."""
    context = await chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(desk.settings.public_url)
    await page.get_by_label("Username").fill(name)
    await page.get_by_label("Password", exact=True).fill("correct horse")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    return page


async def test_an_admin_deletes_somebody_and_others_see_it(desk: Desk, chromium: Browser) -> None:
    account = await make_account(desk)
    await make_user(desk, account, "Anne Baker")
    await make_user(desk, account, "Ben Okafor")
    await make_user(desk, account, "Dana Ortiz", WORK, Role.ADMIN)
    anne = Agent(desk.settings.public_url)
    await anne.sign_in("anne")
    talk = await anne.start((await anne.find("ben"))["id"])
    await anne.send(talk["id"], "Hello Ben")
    await anne.http.aclose()

    ben = await at_work(chromium, desk, "ben")
    await (
        ben.get_by_role("link", name=re.compile("Anne Baker"))
        .or_(ben.get_by_role("button", name=re.compile("Anne Baker")))
        .first.click()
    )
    await expect(ben.get_by_text("Hello Ben").last).to_be_visible()

    dana = await at_work(chromium, desk, "dana")
    await dana.get_by_role("link", name="Admin").or_(dana.get_by_role("button", name="Admin")).first.click()
    await dana.get_by_role("button", name="Actions for Anne Baker").click()
    await dana.get_by_role("menuitem", name="Delete …", exact=True).click()
    asked = dana.get_by_role("alertdialog").or_(dana.get_by_role("dialog"))
    await expect(asked).to_contain_text("This cannot be undone")
    await expect(asked).to_contain_text("The audit log is never changed and goes on naming them")
    assert await axe_violations(dana) == []
    await asked.get_by_role("button", name="Delete", exact=True).click()
    await expect(dana.get_by_text("Anne Baker is deleted.").first).to_be_visible()
    await expect(dana.get_by_role("button", name="Actions for Anne Baker")).to_have_count(0)

    await expect(ben.get_by_text("Anne Baker has left: nothing can be sent here any more.")).to_be_visible()
    await expect(ben.get_by_text("Hello Ben").last).to_be_visible()
    await ben.get_by_label("Type a message").fill("Are you there?")
    await expect(ben.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    await dana.context.close()
    await ben.context.close()
