"""Contacts and the Control Panel in a real Chromium: identities (D5); presence that changes, stays or is lost (P)."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from support.builders import WORK, make_user
from teams.office import ROBIN, Office
from teams.screen import pass_time, set_in_teams, settle

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.parametrize("machines", ["one machine"], indirect=True),
]


async def contacts(office: Office, chromium: Browser, username: str = "anne") -> Page:
    """Signed in, with Contacts open."""
    page = await (await chromium.new_context(reduced_motion="reduce")).new_page()
    await page.goto(f"{office.desk.settings.public_url}/contacts")
    await page.get_by_label("Username").fill(username)
    await page.get_by_label("Password", exact=True).fill("correct horse")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(row(page, "Robin Hale")).to_be_visible()
    return page


def row(page: Page, name: str) -> Locator:
    """An entry of the list."""
    return page.get_by_role("list", name="Contacts").get_by_role("listitem", name=name, exact=True)


# Each measured in one go: rows move while the list finds its places.
ROWS_APART = """list => {
    const boxes = [...list.children].map(each => each.getBoundingClientRect());
    boxes.sort((one, other) => one.top - other.top);
    return boxes.length > 2 && boxes.every((each, at) => at === 0 || boxes[at - 1].bottom <= each.top);
}"""
HOLDS_ITS_BUTTONS = """entry => {
    const frame = entry.getBoundingClientRect();
    const buttons = [...entry.querySelectorAll("button")].map(each => each.getBoundingClientRect());
    return buttons.length > 0 && buttons.every(each => each.left >= frame.left && each.right <= frame.right);
}"""


async def shows(office: Office, entry: Locator, words: str) -> None:
    """The entry comes to say it, while everything that is due is done."""
    async with asyncio.timeout(20):
        while await entry.get_by_text(words, exact=True).count() == 0:
            await settle(office)
    await expect(entry.get_by_text(words, exact=True).first).to_be_visible()


async def test_each_identity_has_its_address_presence_and_button(office: Office, chromium: Browser) -> None:
    await office.connect()
    await make_user(office.desk, office.account, "Robin Hale", WORK, email=ROBIN)
    page = await contacts(office, chromium)
    robin = row(page, "Robin Hale")
    await shows(office, robin, "In a meeting")

    await robin.get_by_role("button", name="Show more").click()
    theirs = robin.get_by_role("list", name="Identities of Robin Hale")
    teams, work = (theirs.get_by_role("listitem", name=name) for name in ("Microsoft Teams", "Work"))
    for identity, presence, button in (
        (teams, "In a meeting", "Start Teams chat"),
        (work, "Offline", "Start user chat"),
    ):
        await expect(identity.get_by_text(ROBIN)).to_be_visible()
        await expect(identity.get_by_text(presence)).to_be_visible()
        await expect(identity.get_by_role("button", name=button)).to_be_visible()
    # The others make room.
    async with asyncio.timeout(20):
        while not await page.get_by_role("list", name="Contacts").evaluate(ROWS_APART):
            await settle(office)

    await theirs.get_by_role("button", name="Start user chat").click()
    await expect(page.get_by_role("textbox", name="Type a message")).to_be_visible()


async def test_presence_changes_on_screen_and_is_unknown_when_its_source_is_lost(
    office: Office, chromium: Browser
) -> None:
    await office.connect()
    page = await contacts(office, chromium)
    robin = row(page, "Robin Hale")
    await shows(office, robin, "In a meeting")
    await pass_time(office, 3)

    await set_in_teams(office, ROBIN, "Available")
    await expect(robin.get_by_text("Available", exact=True)).to_be_visible()

    await office.dana.call("POST", f"/admin/users/{office.user.id}/disconnect")
    await shows(office, robin, "Unknown")
    await expect(robin.get_by_text("Offline")).to_have_count(0)


async def test_the_control_panel_says_how_long_and_a_reload_changes_nothing(office: Office, chromium: Browser) -> None:
    await office.connect()
    sam = await make_user(office.desk, office.account, "Sam Porter", WORK)
    annes = await contacts(office, chromium)
    sams = await contacts(office, chromium, "sam")
    await shows(office, row(annes, sam.display_name), "Available")

    await annes.get_by_role("button", name="Change status").click()
    await annes.get_by_role("menuitemradio", name="On Break").click()
    await expect(annes.get_by_text(re.compile(r"^On Break · 0 min$"))).to_be_visible()
    await shows(office, row(sams, "Anne Baker"), "On Break")

    await sams.reload()
    await expect(row(sams, "Robin Hale")).to_be_visible()
    await settle(office)
    await expect(row(annes, sam.display_name).get_by_text("Available", exact=True)).to_be_visible()

    office.clock.move(minutes=12)
    await annes.reload()
    # By the server's clock as soon as that is known, not this machine's.
    await expect(annes.get_by_text("On Break · 12 min")).to_be_visible(timeout=4_000)
    await shows(office, row(sams, "Anne Baker"), "On Break")

    await sams.close()
    async with asyncio.timeout(20):
        while await row(annes, sam.display_name).get_by_text("Offline", exact=True).count() == 0:
            office.clock.move(seconds=2)
            await settle(office)


@pytest.mark.parametrize(
    ("width", "height", "theme"), [(1280, 800, "light"), (1920, 1080, "dark"), (640, 400, "light")]
)
async def test_long_names_stay_in_their_places(
    office: Office, chromium: Browser, width: int, height: int, theme: str, tmp_path: Path
) -> None:
    """640 by 400 is 1280 by 800 at 200 %."""
    await office.connect()
    name = "Wolfeschlegelsteinhausenbergerdorff-Papadopoulos, Hubert Blaine Maximilian (Contractor)"
    title = "Senior Vice President of International Customer Relations and Complaint Management"
    await make_user(office.desk, office.account, name, WORK, username="hubert", job_title=title)
    page = await contacts(office, chromium)
    await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    await page.set_viewport_size({"width": width, "height": height})
    entry = row(page, name)
    await entry.get_by_role("button", name="Show more").click()
    await expect(entry.get_by_role("list", name=re.compile("Identities of"))).to_be_visible()
    await page.screenshot(path=tmp_path / "contacts.png")

    async with asyncio.timeout(20):
        while not await entry.evaluate(HOLDS_ITS_BUTTONS):
            await settle(office)
    assert not await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
