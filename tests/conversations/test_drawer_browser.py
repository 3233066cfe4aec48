"""What a browser keeps of a user, and what a stranger finds who sits down at it afterwards (decision 0035)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from deskbridge.api.desk import Desk
from support.agents import Agent
from support.builders import make_account, make_user
from support.looks import axe_violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(300),
    pytest.mark.parametrize("machines", ["one machine"], indirect=True),
]
UNSENT, DRAFT = "Canary that waits", "Canary half writ"
KEPT = """async () => {
  const found = [...Object.entries(localStorage), ...Object.entries(sessionStorage), document.cookie];
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((resolve, reject) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    for (const store of db.objectStoreNames) {
      found.push(await new Promise((resolve, reject) => {
        const asked = db.transaction(store).objectStore(store).getAll();
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(asked.error);
      }));
    }
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const asked of await cache.keys()) found.push(asked.url, await (await cache.match(asked)).text());
  }
  return JSON.stringify(found);
}"""


PAINTED = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
  .then(() => Promise.allSettled(document.getAnimations().map(each => each.finished)))"""


class Desktop:
    """One browser that people use one after the other."""

    def __init__(self, page: Page, url: str, conversation: str) -> None:
        self.page, self.url = page, url
        self.secrets = ["Canary", "Ben Carter", conversation]
        """What no stranger finds here."""
        self.box = page.get_by_role("textbox", name="Type a message")
        self.queued = page.locator("[data-client-id]", has_text=UNSENT)

    async def sign_in(self, username: str) -> None:
        await self.page.get_by_label("Username").fill(username)
        await self.page.get_by_label("Password", exact=True).fill("correct horse")
        await self.page.get_by_role("button", name="Sign in", exact=True).click()
        await expect(self.page.get_by_role("navigation", name="Control Panel")).to_be_visible()

    async def open_chat(self) -> None:
        await self.page.get_by_role("link", name=re.compile("Ben Carter")).first.click()
        await expect(self.box).to_be_visible()

    async def log_out(self) -> None:
        await self.page.get_by_role("button", name="Change status").click()
        await self.page.get_by_role("menuitem", name="Log out").click()

    async def is_out(self) -> None:
        await expect(self.page.get_by_label("Username")).to_be_visible()
        assert not [each for each in self.secrets if each in await self.page.content()]
        await self.keeps_nothing_readable()

    async def keeps_nothing_readable(self) -> str:
        """In any storage that a page has."""
        kept = str(await self.page.evaluate(KEPT))
        assert not [each for each in self.secrets if each in kept], kept
        return kept


async def look(page: Page, name: str) -> None:
    """A picture of the page for whoever wants to look at it: LOOKS names a folder."""
    if folder := os.environ.get("LOOKS"):
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            for zoom, size in (("100", (1280, 800)), ("200", (640, 400))):
                await page.set_viewport_size({"width": size[0], "height": size[1]})
                await page.evaluate(PAINTED)
                await page.screenshot(path=Path(folder) / f"{name}-{scheme}-{zoom}.png")
            await page.set_viewport_size({"width": 1280, "height": 800})
        await page.emulate_media(color_scheme="light")


async def nothing_gets_through(route: Route) -> None:
    """As where the network is away for that."""
    await (route.abort() if route.request.method in {"POST", "DELETE"} else route.fallback())


@pytest.fixture
async def desktop(desk: Desk, browser_of: Callable[[], Agent], chromium: Browser) -> Desktop:
    account = await make_account(desk)
    for name in ("Anne Baker", "Ben Carter", "Cleo Curious"):
        await make_user(desk, account, name)
    anne = browser_of()
    await anne.sign_in("anne")
    conversation = (await anne.start((await anne.find("ben"))["id"]))["id"]
    await anne.send(conversation, "Hello Ben")
    context = await chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(desk.settings.public_url)
    there = Desktop(page, desk.settings.public_url, str(conversation))
    await there.sign_in("anne")
    await there.open_chat()
    return there


async def test_what_was_written_is_there_again_for_its_writer_and_for_nobody_else(desktop: Desktop) -> None:
    page = desktop.page
    await page.route("**/api/v1/conversations/*/messages", nothing_gets_through)
    await desktop.box.press_sequentially(UNSENT)
    await desktop.box.press("Enter")
    await expect(desktop.queued).to_contain_text("Queued")
    await desktop.box.press_sequentially(DRAFT)
    kept = await desktop.keeps_nothing_readable()
    assert kept.count("deskbridge.sealed.") == 2

    await page.reload()
    await expect(desktop.box).to_have_text(DRAFT)
    await expect(desktop.queued).to_contain_text("Queued")

    await desktop.log_out()
    asked = page.get_by_role("alertdialog", name="Log out now?")
    await expect(asked).to_contain_text("1 message is not sent yet, and 1 draft is not finished.")
    await look(page, "log-out")
    assert await axe_violations(page) == []
    await asked.get_by_role("button", name="Stay").click()
    await expect(desktop.box).to_have_text(DRAFT)
    await desktop.log_out()
    await asked.get_by_role("button", name="Log out anyway").click()
    await desktop.is_out()

    await desktop.sign_in("cleo")
    await expect(page.get_by_text("cannot be opened")).to_have_count(0)
    assert "Canary" not in await page.content()
    await desktop.log_out()
    await desktop.is_out()

    await page.unroute("**/api/v1/conversations/*/messages")
    await desktop.sign_in("anne")
    await desktop.open_chat()
    await expect(desktop.box).to_have_text(DRAFT)
    await expect(page.locator("[data-message-id]", has_text=UNSENT)).to_have_count(1)
    await expect(desktop.queued).to_have_count(0)


async def test_a_session_that_ends_by_itself_leaves_nothing_readable_and_loses_nothing(
    desktop: Desktop, browser_of: Callable[[], Agent]
) -> None:
    await desktop.box.press_sequentially(DRAFT)
    phone = browser_of()
    await phone.sign_in("anne")
    await phone.call("POST", "/me/sessions/end", json={"password": "correct horse"})

    await desktop.is_out()
    await desktop.sign_in("anne")
    await desktop.open_chat()
    await expect(desktop.box).to_have_text(DRAFT)


async def test_logging_out_while_the_server_is_away_forgets_all_and_lets_nobody_go_on(desktop: Desktop) -> None:
    page = desktop.page
    await page.context.route("**/api/v1/session", nothing_gets_through)
    other = await page.context.new_page()
    await other.goto(desktop.url)
    await expect(other.get_by_role("navigation", name="Control Panel")).to_be_visible()
    await desktop.log_out()

    logged_out = "You are logged out of this page, not yet of Deskbridge"
    await expect(page.get_by_text(logged_out)).to_be_visible()
    await desktop.keeps_nothing_readable()
    assert not [each for each in desktop.secrets if each in await page.content()]
    await look(page, "logging-out")
    assert await axe_violations(page) == []
    await expect(other.get_by_role("navigation", name="Control Panel")).to_have_count(0)
    await other.close()
    await page.context.unroute("**/api/v1/session")
    # The page asks again by itself.
    await expect(page.get_by_label("Username")).to_be_visible(timeout=30_000)
    await desktop.is_out()
    await page.reload()
    await desktop.is_out()
