"""The agent's own browser, at the chat that a story is about."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from teams.office import Office


async def open_chat(office: Office, page: Page, name: str = "Robin Hale") -> None:
    """Anne signs in and opens the chat."""
    await page.goto(office.desk.settings.public_url)
    await page.get_by_label("Username").fill("anne")
    await page.get_by_label("Password", exact=True).fill("correct horse")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("link", name=re.compile(name)).click()
    await expect(page.locator("[data-message-id]").last).to_be_visible()
