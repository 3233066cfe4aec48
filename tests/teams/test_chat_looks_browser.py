"""What a chat looks like in a real Chromium: links in what is said (M4), and nothing covered by what can be done."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from support.looks import axe_violations
from support.workplace import open_chat
from teams.office import ROBIN, Office

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.parametrize("machines", ["one machine"], indirect=True),
]

# The toolbar, measured against every word of the page that is not its own.
COVERED = """bar => {
    const box = bar.getBoundingClientRect();
    const words = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    const covered = [];
    while (words.nextNode()) {
        const range = document.createRange();
        range.selectNodeContents(words.currentNode);
        for (const each of range.getClientRects()) {
            const isBeside = each.right <= box.left || each.left >= box.right;
            const apart = isBeside || each.bottom <= box.top || each.top >= box.bottom;
            const isSeen = getComputedStyle(words.currentNode.parentElement).clipPath === "none";
            if (!apart && isSeen && !bar.contains(words.currentNode)) covered.push(words.currentNode.data);
        }
    }
    const isOnPage = box.left >= 0 && box.right <= document.documentElement.clientWidth && box.width > 40;
    return isOnPage ? covered : ["not on the page", JSON.stringify(box)];
}"""


HAS_THE_LINE = """chat => {
    const [preview, time] = ["[class*=preview]", "time"].map(each => chat.querySelector(each).getBoundingClientRect());
    return Math.abs(preview.right - time.right) < 1;
}"""


async def covered(page: Page, text: str) -> list[str]:
    """What the toolbar of that message covers."""
    message = page.locator("[data-message-id]", has_text=text)
    await message.hover()
    bar = message.get_by_role("toolbar", name="Message actions")
    await expect(bar).to_have_css("opacity", "1")
    found: list[str] = await bar.evaluate(COVERED)
    return found


async def test_a_link_can_be_followed_and_a_toolbar_covers_nothing(office: Office, chromium: Browser) -> None:
    await office.said_and_answered()
    await office.in_teams(ROBIN, "It is at https://wiki.example/a?b=1&c=2, and " + "explained at length there. " * 9)
    long = "Thank you! " * 40
    await office.write(long)
    await office.write("Second")
    await office.work()
    page = await (await chromium.new_context(reduced_motion="reduce")).new_page()
    await open_chat(office, page)
    link = page.get_by_role("link", name="https://wiki.example/a?b=1&c=2", exact=True)
    await expect(link).to_have_attribute("href", "https://wiki.example/a?b=1&c=2")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")

    # With nothing unread beside it, what was said last has the whole line.
    assert await page.get_by_role("link", name="Robin Hale").evaluate(HAS_THE_LINE)
    for width in (1280, 640, 400):
        await page.set_viewport_size({"width": width, "height": 800})
        for text in ("It is at", "Thank you!", "Second"):
            assert await covered(page, text) == [], (width, text)

    # The list alone is the whole page then.
    await page.set_viewport_size({"width": 640, "height": 400})
    await page.get_by_role("button", name="Back").click()
    await expect(page.get_by_role("heading", name="Chats", level=1)).to_be_visible()
    assert await axe_violations(page) == []
