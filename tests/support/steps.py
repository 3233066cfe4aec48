"""What people do in their browsers, step by step."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Locator, Page, expect


def person(facts: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in facts["people"] if each["name"].startswith(name))


async def sign_in_to_workspace(page: Page, who: dict[str, Any]) -> None:
    await page.get_by_label("Username").fill(who["workspace"]["username"])
    await page.get_by_label("Password", exact=True).fill(who["workspace"]["password"])
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def sign_in_to_microsoft(page: Page, who: dict[str, Any]) -> None:
    """Microsoft's page asks for the username and then for the password, or for both at once."""
    username = page.get_by_label(re.compile("email|username|sign in as", re.IGNORECASE)).first
    await username.fill(who["microsoft"]["username"])
    password = page.get_by_label(re.compile("^password", re.IGNORECASE)).first
    if not await password.is_visible():
        await page.get_by_role("button", name=re.compile("^next$", re.IGNORECASE)).click()
    await password.fill(who["microsoft"]["password"])
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def connect_microsoft_account(anne: Page, who: dict[str, Any]) -> None:
    async with anne.context.expect_page() as opened:
        await anne.get_by_role("button", name="Authenticate now", exact=True).click()
    microsoft = await opened.value
    await sign_in_to_microsoft(microsoft, who)
    await expect(microsoft.get_by_text("Your Microsoft Teams account is connected").first).to_be_visible()
    await expect(anne.get_by_text("Your Microsoft Teams account is connected").first).to_be_visible()
    await microsoft.close()


async def start_teams_chat_with_robin(anne: Page) -> None:
    await (
        anne.get_by_role("link", name=re.compile("^Contacts"))
        .or_(anne.get_by_role("button", name=re.compile("^Contacts")))
        .first.click()
    )
    await anne.get_by_role("searchbox", name="Search contacts").fill("rob")
    robin = anne.get_by_role("listitem").filter(has_text="Robin Hale").first
    await expect(robin).to_contain_text("Billing Specialist")
    await robin.get_by_role("button", name="Show more").click()
    await robin.get_by_role("button", name="Start Teams chat").click()


def messages_in(page: Page) -> Locator:
    """Where the messages are, in the workspace and in the simulated Teams."""
    workspace = page.get_by_role("region", name=re.compile("^Messages with"))
    return workspace.or_(page.get_by_role("log", name="Messages"))


def said(page: Page, text: str) -> Locator:
    """What somebody said, word for word."""
    return messages_in(page).get_by_text(text, exact=True)


def message(page: Page, text: str) -> Locator:
    """The message that holds that text, with its buttons."""
    return messages_in(page).get_by_role("listitem").filter(has_text=text).last


async def write(page: Page, text: str) -> None:
    await page.get_by_role("textbox", name="Type a message").fill(text)
    await page.get_by_role("button", name="Send", exact=True).click()
