"""The whole road: an agent chats with a Teams user, in two browsers, over the real wire, and the product is killed."""

from __future__ import annotations

import os
import re
import signal

import pytest
from playwright.async_api import Browser, Page, expect

from support.demo import RunningDemo, open_page
from support.steps import (
    connect_microsoft_account,
    message,
    messages_in,
    person,
    said,
    sign_in_to_microsoft,
    sign_in_to_workspace,
    start_teams_chat_with_robin,
    write,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

TO_ROBIN = "Can Contoso invoice 4711 be split?"


async def test_an_agent_and_a_teams_user_talk_and_the_product_is_killed(demo: RunningDemo, chromium: Browser) -> None:
    facts, problems = demo.facts, list[str]()
    agents_browser, robins_browser = await chromium.new_context(), await chromium.new_context()
    anne = await open_page(agents_browser, facts["workspace_url"], problems)
    await sign_in_to_workspace(anne, person(facts, "Anne"))
    await connect_microsoft_account(anne, person(facts, "Anne"))

    await start_teams_chat_with_robin(anne)
    await write(anne, TO_ROBIN)
    await expect(said(anne, TO_ROBIN)).to_be_visible()
    await expect(messages_in(anne).get_by_text(re.compile("Sent")).last).to_be_visible()

    robin = await open_page(robins_browser, facts["teams_url"], problems)
    await sign_in_to_microsoft(robin, person(facts, "Robin"))
    await robin.get_by_text("Anne Baker").first.click()
    await expect(said(robin, TO_ROBIN)).to_be_visible()
    await write(robin, "Yes, in two parts.")
    await expect(said(anne, "Yes, in two parts.")).to_be_visible()

    await robin_changes_things(robin, anne)
    await kill_while_messages_are_on_their_way(demo, anne, robin)
    assert problems == []


async def robin_changes_things(robin: Page, anne: Page) -> None:
    """Robin edits the answer, reacts to Anne's question and deletes another message (M1, M2)."""
    mine = message(robin, "Yes, in two parts.")
    await mine.hover()
    await mine.get_by_role("button", name="Edit", exact=True).click()
    await robin.get_by_role("textbox", name=re.compile("^Edit")).fill("Yes, in three parts.")
    await robin.get_by_role("button", name="Save").click()
    await expect(said(anne, "Yes, in three parts.")).to_be_visible()
    await expect(messages_in(anne).get_by_text(re.compile(r"^Edited .*\d")).first).to_be_visible()

    hers = message(robin, TO_ROBIN)
    await hers.hover()
    await hers.get_by_role("button", name="React 👍").click()
    await expect(messages_in(anne).get_by_text(re.compile("Robin Hale reacted 👍 to")).first).to_be_visible()

    await write(robin, "Forget this.")
    await expect(said(anne, "Forget this.")).to_be_visible()
    gone = message(robin, "Forget this.")
    await gone.hover()
    await gone.get_by_role("button", name="Delete", exact=True).click()
    await expect(messages_in(anne).get_by_text(re.compile(r"^Deleted .*\d")).first).to_be_visible()
    await expect(said(anne, "Forget this.")).to_have_count(0)


async def kill_while_messages_are_on_their_way(demo: RunningDemo, anne: Page, robin: Page) -> None:
    """SIGKILL, twice; Anne's tab carries on by itself and every message is there once, on both sides."""
    texts: list[str] = []
    for round_ in range(2):
        for number in range(3):
            texts.append(f"Message {round_}.{number} on its way")
            await write(anne, texts[-1])
        pid = demo.wait_until_ready()
        os.kill(pid, signal.SIGKILL)
        texts.append(f"Round {round_}: written while nobody serves")
        await write(anne, texts[-1])
        texts.append(f"Round {round_}: Robin meanwhile")
        await write(robin, texts[-1])
        demo.wait_until_ready(but_not=pid)
    for text in texts:
        await expect(said(robin, text)).to_have_count(1, timeout=90_000)
        await expect(said(anne, text)).to_have_count(1, timeout=90_000)
    await expect(messages_in(anne).get_by_text("Queued")).to_have_count(0, timeout=60_000)
    assert "starting it again" in demo.console
