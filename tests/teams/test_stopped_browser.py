"""What an agent sees when Teams does not take a message, and when the other one's accounts change (H1, H2, H6)."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

from support.looks import axe_violations
from support.steps import write
from support.workplace import open_chat
from teams.office import Office
from teams.test_gained_and_lost import NO_TEAMS, at_microsoft
from teams.test_stopped import changes

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.parametrize("machines", ["one machine"], indirect=True),
]


async def test_the_reason_try_again_and_where_messages_go_from_here_on(office: Office, chromium: Browser) -> None:
    await office.said_and_answered()
    page = await (await chromium.new_context(reduced_motion="reduce")).new_page()
    await open_chat(office, page)

    await changes(chat_blocked=True)(office)
    await write(page, "Are you there?")
    # Not what its writer sees while it is on its way here: time goes by once it is.
    failed = page.locator("[data-message-id]", has_text="Are you there?")
    await expect(failed).to_contain_text("Queued")
    await office.pass_time(3)
    await expect(failed).to_contain_text("the chat is blocked or you are not in it. Ask your administrator")
    await changes(chat_blocked=False)(office)
    await failed.get_by_role("button", name="Try again").click()
    await expect(failed).to_contain_text("Queued")
    await office.pass_time(3)
    await expect(failed).to_contain_text("Sent to Microsoft Teams")
    await expect(failed.get_by_role("button", name="Try again")).to_have_count(0)

    robin = {"username": "robin", "display_name": "Robin Hale", "email": "robin@contoso.example", "role": "none"}
    await office.dana.call("POST", "/admin/users", json=robin | {"licenses": ["work"]})
    header = page.get_by_role("banner").or_(page.locator("header"))
    await expect(header.first).to_contain_text("Reaches Microsoft Teams and Work")
    await write(page, "To both")
    await expect(page.locator("[data-message-id]", has_text="To both")).to_be_visible()
    await office.pass_time(3)
    await expect(page.get_by_text("From here on to Microsoft Teams and Work", exact=True)).to_be_visible()

    await at_microsoft(office, **NO_TEAMS)
    await expect(header.first).to_contain_text(re.compile("Reaches Work"))
    await expect(page.get_by_text("Goes to Work ·")).to_be_visible()
    await write(page, "To Work")
    await expect(page.get_by_text("From here on to Work, no longer to Microsoft Teams")).to_be_visible()
    assert await axe_violations(page) == []
