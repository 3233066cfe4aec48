"""What a browser loads of the built workspace, and when: little for signing in, the rest before it is needed."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

import deskbridge
from deskbridge.api.desk import Desk
from support.agents import Agent
from support.builders import make_account, make_user
from support.demo import open_page
from support.steps import said, sign_in_to_workspace, write

WORKSPACE = Path(deskbridge.__file__).parent / "workspace"
MOST_AT_FIRST = 290 * 1024
"""Bytes, packed: what there is before one can sign in. It was 414 KiB before the editor came later."""
MOST_OF_ALL = 640 * 1024


@pytest.fixture
def machines() -> str:
    """What is loaded is the same on both."""
    return "one machine"


def packed(name: str) -> int:
    """How many bytes go over the wire."""
    return len(gzip.compress((WORKSPACE / name.lstrip("/")).read_bytes()))


def test_little_is_loaded_before_one_signs_in() -> None:
    page = (WORKSPACE / "index.html").read_text()
    named = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page)
    sizes = {name: packed(name) for name in named}
    assert sum(sizes.values()) < MOST_AT_FIRST, sizes
    everything = {each.name: packed(f"assets/{each.name}") for each in (WORKSPACE / "assets").iterdir()}
    assert sum(everything.values()) < MOST_OF_ALL, everything


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
@pytest.mark.timeout(300)
async def test_a_chat_opens_in_the_built_workspace(
    desk: Desk, browser_of: Callable[[], Agent], chromium: Browser
) -> None:
    account = await make_account(desk)
    for name in ("Anne Baker", "Ben Carter"):
        await make_user(desk, account, name)
    anne = browser_of()
    await anne.sign_in("anne")
    conversation = (await anne.start((await anne.find("ben"))["id"]))["id"]
    await anne.send(conversation, "Hello Ben")
    problems, loaded = list[str](), list[str]()
    context = await chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = await open_page(context, desk.settings.public_url, problems)
    page.on("request", lambda asked: loaded.append(asked.url.rpartition("/")[2]))
    await page.reload()
    await expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    assert not [each for each in loaded if each.startswith(("editor", "chat-panel", "emoji"))], loaded

    await sign_in_to_workspace(page, {"workspace": {"username": "anne", "password": "correct horse"}})
    await page.get_by_role("link", name=re.compile("Ben Carter")).first.click()
    await expect(said(page, "Hello Ben")).to_be_visible()
    await write(page, "From the built one")
    await expect(said(page, "From the built one")).to_be_visible()
    # Also where the address leads straight into the chat.
    await page.reload()
    await expect(said(page, "From the built one")).to_be_visible()
    assert problems == []
