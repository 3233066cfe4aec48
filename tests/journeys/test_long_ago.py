"""An agent finds what was said long ago, reads on from there both ways, and nothing moves under their eyes."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from deskbridge.accounts.model import Account, Role
from deskbridge.api.desk import Desk
from support.agents import Agent
from support.builders import make_account, make_user
from support.demo import open_page
from support.looks import axe_violations
from support.steps import sign_in_to_workspace

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

NEEDLE = "the Café invoice 4711 <b>was</b> paid"


@pytest.fixture
def machines() -> str:
    """What is on screen is the same on both."""
    return "one machine"


@pytest.fixture
async def talk(desk: Desk, browser_of: Callable[[], Agent]) -> str:
    """Anne and Ben have talked for long."""
    account: Account = await make_account(desk)
    for name in ("Anne Baker", "Ben Carter"):
        await make_user(desk, account, name)
    await make_user(desk, account, "Sue Pervisor", role=Role.SUPERVISOR)
    anne = browser_of()
    await anne.sign_in("anne")
    conversation = (await anne.start((await anne.find("ben"))["id"]))["id"]
    for number in range(300):
        await anne.send(conversation, NEEDLE if number == 60 else f"message number {number}")
    last = (await anne.messages(conversation))[-1]
    path = f"/conversations/{conversation}/messages/{(await anne.send(conversation, 'first words'))['id']}"
    await anne.call("PATCH", path, json={"text": "other words"})
    await anne.call("DELETE", path)
    assert last["text"] == "message number 299"
    return str(conversation)


async def places(page: Page) -> dict[str, float]:
    """Where on screen each message is that can be seen."""
    found: dict[str, float] = await page.evaluate(
        """() => {
            const box = document.querySelector('[role=region][aria-label^="Messages with"]').getBoundingClientRect();
            const all = [...document.querySelectorAll('[data-message-id]')];
            return Object.fromEntries(all
                .map((each) => [each.dataset.messageId, each.getBoundingClientRect()])
                .filter(([, at]) => at.top >= box.top && at.bottom <= box.bottom)
                .map(([id, at]) => [id, at.top]));
        }"""
    )
    return found


async def scroll(page: Page, to: str) -> None:
    await page.evaluate(
        f"""() => {{
            const box = document.querySelector('[role=region][aria-label^="Messages with"]');
            box.scrollTop = {to};
        }}"""
    )


async def stays_put(page: Page, scroll_to: str, appears: str) -> None:
    """More is loaded when one nears an end; whatever is on screen then is still where it was."""
    await scroll(page, scroll_to)
    before = await places(page)
    await expect(page.get_by_text(appears, exact=True)).to_be_attached()
    after = await places(page)
    same = before.keys() & after.keys()
    assert same
    # Less than a quarter of a message: the line above it says that more is loading, and then no longer.
    assert all(abs(before[each] - after[each]) < 10 for each in same), (before, after)


@asynccontextmanager
async def slowly(page: Page, rate: float) -> AsyncIterator[None]:
    """As on a computer so many times slower."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    yield
    await devtools.detach()  # What was set goes with the session.


async def shot(page: Page, name: str) -> None:
    """For who looks at how it looks."""
    if folder := os.environ.get("LOOK"):
        await page.screenshot(path=f"{folder}/{name}.png")


async def test_what_was_said_long_ago(desk: Desk, talk: str, chromium: Browser) -> None:
    problems = list[str]()
    context = await chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = await open_page(context, desk.settings.public_url, problems)
    await sign_in_to_workspace(page, {"workspace": {"username": "anne", "password": "correct horse"}})
    box = page.get_by_role("searchbox", name="Search messages")

    await box.fill("cafe inv")
    hit = page.get_by_role("list", name="Messages found").get_by_role("link")
    await expect(hit).to_have_count(1)
    assert await hit.locator("mark").all_inner_texts() == ["Café", "inv"]
    await shot(page, "search-light")
    assert await axe_violations(page) == []
    await box.press("ArrowDown")
    await page.keyboard.press("Enter")

    needle = page.get_by_text(NEEDLE, exact=True).last
    await expect(needle).to_be_in_viewport()
    await expect(page.get_by_text("message number 299", exact=True)).to_have_count(0)
    await shot(page, "jumped")
    await stays_put(page, "100", "message number 0")
    await stays_put(page, "box.scrollHeight", "message number 130")
    async with slowly(page, 8):  # The address is the last to change, long after the newest messages have come.
        await page.get_by_role("button", name="To the newest messages").click()
        await expect(page.get_by_text("message number 299", exact=True).last).to_be_in_viewport()
    await expect(page.get_by_text("message number 249", exact=True)).to_have_count(0)
    await stays_put(page, "100", "message number 220")

    await box.fill("nothing like this")
    await expect(page.get_by_text(re.compile("No messages found"))).to_be_visible()
    await page.get_by_role("button", name="Filters").click()
    await shot(page, "nothing-found")
    assert problems == []


async def test_a_supervisor_reads_the_record(desk: Desk, talk: str, chromium: Browser) -> None:
    problems = list[str]()
    context = await chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = await open_page(context, desk.settings.public_url, problems)
    await sign_in_to_workspace(page, {"workspace": {"username": "sue", "password": "correct horse"}})
    await page.get_by_role("link", name="Record").click()
    row = page.get_by_role("list", name="Conversations").get_by_role("link")
    await expect(row).to_have_count(1)
    await shot(page, "record")
    assert await axe_violations(page) == []
    await row.click()

    last = page.get_by_role("list", name="Messages").get_by_role("listitem").last
    await expect(last).to_contain_text("first words")
    await expect(last).to_contain_text("Version 2 by Anne Baker")
    await last.scroll_into_view_if_needed()
    await shot(page, "record-open")
    assert await axe_violations(page) == []
    async with page.expect_download() as exported:
        await page.get_by_role("link", name="Export to print").click()
    assert (await exported.value).suggested_filename == f"conversation-{talk}.html"
    await page.get_by_role("button", name="Earlier messages").click()
    await expect(page.get_by_text("message number 220", exact=True)).to_be_attached()
    assert problems == []
