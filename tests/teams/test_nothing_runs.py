"""Whatever HTML arrives, nothing of it runs here, shown in a real Chromium (M4)."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, Page, expect

from support.payloads import payloads
from support.workplace import open_chat
from teams.office import ROBIN, Office

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.parametrize("machines", ["one machine"], indirect=True),
]

FOUND = """() => {
  const shown = [...document.querySelectorAll("[data-message-id]")];
  const inside = shown.flatMap((each) => [...each.querySelectorAll("[class*=html] *")]);
  return {
    messages: new Set(shown.map((each) => each.dataset.messageId)).size,
    ran: globalThis.__ran ?? null,
    handlers: inside.filter((e) => e.getAttributeNames().some((name) => name.startsWith("on"))).map((e) => e.outerHTML),
    styles: inside.filter((e) => e.hasAttribute("style") || e.hasAttribute("id")).map((e) => e.outerHTML),
    addresses: inside
      .flatMap((e) => ["src", "href", "srcset", "action", "data", "poster", "ping", "xlink:href"].map((n) => [n, e]))
      .filter(([name, e]) => e.hasAttribute(name) && !(name === "src" && e.getAttribute(name).startsWith("/api/v1/")))
      .map(([name, e]) => e.getAttribute(name))
      .filter((address) => !/^(https?:|mailto:|tel:)/.test(address)),
    elements: [...new Set(inside.map((e) => e.localName))],
  };
}"""
KNOWN = {
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "div",
    "h1",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "span",
    "table",
    "tbody",
}
KNOWN |= {"td", "tr"}


async def test_nothing_that_arrives_runs(office: Office, chromium: Browser) -> None:
    await office.said_and_answered()
    sent = payloads()
    path = f"/users/{ROBIN}/chats/{await office.chat_id()}/messages"
    await asyncio.gather(*(office.sim.post(path, {"html": f"{each}<p>after</p>"}) for each in sent))
    await office.work()

    context = await chromium.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    asked, said = list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda line: said.append(line.text) if "Content Security Policy" in line.text else None)
    # The proxy has tests of its own, and here nothing moves the clock by which it takes its turns.
    await page.route("**/images/*", lambda route: route.fulfill(status=404))
    await open_chat(office, page)
    await load_all(page, len(sent) + 1)

    found = await page.evaluate(FOUND)
    assert found["messages"] == len(sent) + 1
    assert (found["ran"], found["handlers"], found["styles"], found["addresses"]) == (None, [], [], [])
    assert set(found["elements"]) <= KNOWN
    # Not even the policy had anything to refuse.
    assert said == []
    ours = office.desk.settings.public_url
    assert [each for each in asked if not each.startswith((ours, "data:", ours.replace("http", "ws")))] == []
    # It hides nothing and covers nothing: what can be clicked is where it was.
    await expect(page.get_by_role("textbox", name="Type a message")).to_be_visible()
    await context.close()


async def load_all(page: Page, count: int) -> None:
    """Scroll to the beginning."""
    messages = page.locator("[data-message-id]")
    region = page.get_by_role("region", name="Messages with Robin Hale")
    while (before := await messages.count()) < count:
        await region.evaluate("each => { each.scrollTop = 0; each.dispatchEvent(new Event('scroll')); }")
        await expect(messages).not_to_have_count(before)
