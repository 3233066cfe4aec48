"""In a real browser: an admin deletes somebody, and whoever chatted with them sees that they have left."""

from __future__ import annotations

import re
from collections.abc import Callable

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


async def test_an_erased_name_goes_from_every_open_workspace(
    desk: Desk, chromium: Browser, browser_of: Callable[[], Agent]
) -> None:
    account = await make_account(desk)
    users = {name: await make_user(desk, account, name) for name in ("Anne Baker", "Ben Okafor")}
    await make_user(desk, account, "Dana Ortiz", WORK, Role.ADMIN)
    anne, bens, admin = (browser_of() for _ in range(3))
    for agent, name in ((anne, "anne"), (bens, "ben"), (admin, "dana")):
        await agent.sign_in(name)
    talk = (await anne.start((await anne.find("ben"))["id"]))["id"]
    said = await anne.send(talk, "Hello Ben")
    answer = await bens.send(talk, "Hello you", reply_to=said["id"])
    where = f"/conversations/{talk}/messages/{answer['id']}/reaction"
    await anne.call("PUT", where, json={"reaction": "👍"})

    ben = await at_work(chromium, desk, "ben")
    searching = await ben.context.new_page()
    await ben.get_by_role("link", name=re.compile("Anne Baker")).first.click()
    first = ben.locator(f"[data-message-id='{said['id']}']")
    await first.hover()
    await first.get_by_role("button", name="Answer with a quote").click()
    await ben.get_by_label("Type a message").fill("Not sent yet")
    await searching.goto(desk.settings.public_url)
    await searching.get_by_label("Search messages").fill("Hello")
    for page in (ben, searching):
        await expect(page.get_by_text("Anne Baker").first).to_be_visible()

    await admin.call("DELETE", f"/admin/users/{users['Anne Baker'].id}", params={"erase_name": "true"})

    for page in (ben, searching):
        await expect(page.get_by_text("Anne Baker")).to_have_count(0)
        await expect(page.get_by_text("Former user").first).to_be_visible()
    assert "Anne Baker" not in await ben.content() + await searching.content()
    # Nothing of what Ben was doing is lost with it.
    await expect(ben.get_by_label("Type a message")).to_have_text("Not sent yet")
    await expect(ben.get_by_text("Hello Ben").last).to_be_visible()
    await ben.context.close()
