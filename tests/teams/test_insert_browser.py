"""A link, an emoji and a mention by button and by keyboard alone, in a real Chromium; nothing is fetched elsewhere."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from support.looks import axe_violations
from support.workplace import open_chat
from teams.office import Office

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.parametrize("machines", ["one machine"], indirect=True),
]


async def put_caret(page: Page, words: Locator) -> None:
    """By a click; the editor hears of the caret's place only after it."""
    await words.click()
    await page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


async def test_link_emoji_and_mention_by_button(office: Office, chromium: Browser) -> None:
    await office.said_and_answered()
    page = await (await chromium.new_context(reduced_motion="reduce")).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await open_chat(office, page)
    box = page.get_by_role("textbox", name="Type a message")

    await box.press_sequentially("Hi")
    await page.get_by_role("button", name="Mention").click()
    await expect(page.get_by_role("option", name="Robin Hale")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(box).to_be_focused()

    # By the keyboard alone: the shortcut, the words, the address.
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("textbox", name="Words to show")).to_be_focused()
    await page.keyboard.type("your bill")
    await page.keyboard.press("Tab")
    await page.keyboard.type("not one")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Give an address on the web")).to_be_visible()
    await page.get_by_role("textbox", name="Address").fill("contoso.example/bills?id=1&x=2")
    await page.keyboard.press("Enter")
    await expect(box).to_be_focused()

    await page.get_by_role("button", name="Emoji").click()
    search = page.get_by_role("searchbox", name="Search emoji")
    await expect(search).to_be_focused()
    await expect(page.get_by_role("button", name="grinning face", exact=True)).to_be_visible()
    assert await axe_violations(page) == []
    await page.keyboard.type("party pop")
    await page.keyboard.press("Enter")
    await expect(box).to_be_focused()
    await page.keyboard.type("!")
    await page.keyboard.press("Enter")

    sent = page.locator("[data-message-id]").last
    await expect(sent.get_by_role("link", name="your bill")).to_be_visible()
    await office.pass_time(3)
    there = (await office.there())[-1]
    assert there["body"]["content"].startswith(
        '<p>Hi <at id="0">Robin Hale</at> <a href="https://contoso.example/bills?'
    )
    assert there["body"]["content"].endswith("your bill</a> 🎉!</p>")
    assert [each for each in asked if not each.startswith((office.desk.settings.public_url, "data:"))] == []

    # A link can be changed and taken off, its words stay.
    await sent.hover()
    await sent.get_by_role("button", name="Edit").click()
    editing = page.get_by_role("textbox", name="Edit the message")
    await put_caret(page, editing.get_by_text("your bill"))
    await page.keyboard.press("Control+k")
    await page.get_by_role("button", name="Remove link").click()
    await expect(editing).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(editing).to_have_count(0)
    await expect(sent.get_by_role("link", name="your bill")).to_have_count(0)
    await office.pass_time(3)
    assert "<a " not in (await office.there())[-1]["body"]["content"]
