"""Takes docs/workspace.png: the running demo, with a conversation in it, at 1280 × 800."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from playwright.async_api import async_playwright, expect

from support.browser import FLAGS, ensure
from support.demo import RunningDemo, open_page
from support.servers import free_port
from support.steps import (
    connect_microsoft_account,
    message,
    person,
    sign_in_to_microsoft,
    sign_in_to_workspace,
    start_teams_chat_with_robin,
    write,
)


async def take(demo: RunningDemo, path: Path) -> None:
    """Sign in, connect, talk a little, look."""
    facts, problems = demo.facts, list[str]()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=ensure(), args=FLAGS)
        anne = await open_page(
            await browser.new_context(viewport={"width": 1280, "height": 800}), facts["workspace_url"], problems
        )
        robin = await open_page(await browser.new_context(), facts["teams_url"], problems)
        await sign_in_to_workspace(anne, person(facts, "Anne"))
        await connect_microsoft_account(anne, person(facts, "Anne"))
        await start_teams_chat_with_robin(anne)
        await write(anne, "Hi Robin, I have Contoso Travel on the line. Can invoice 4711 be paid in two parts?")
        await sign_in_to_microsoft(robin, person(facts, "Robin"))
        await robin.get_by_text("Anne Baker").first.click()
        await write(robin, "Yes, half now and half by the 30th. I have just noted it on their account.")
        await expect(anne.get_by_text(re.compile("half now"))).not_to_have_count(0)
        hers = message(robin, "invoice 4711")
        await hers.hover()
        await hers.get_by_role("button", name="React 👍").click()
        await expect(anne.get_by_text(re.compile("Robin Hale reacted"))).not_to_have_count(0)
        await write(anne, "Wonderful, they are happy. Thank you!")
        await expect(anne.get_by_text("Queued")).to_have_count(0)
        # The toast that says how connecting went has gone by then.
        await expect(anne.get_by_text("Your Microsoft Teams account is connected")).to_have_count(0, timeout=30_000)
        await anne.screenshot(path=path)
        await browser.close()


def main() -> None:
    """Start a demo of its own, and end it."""
    with tempfile.TemporaryDirectory() as folder:
        demo = RunningDemo(Path(folder), free_port(), free_port())
        try:
            demo.wait_until_ready()
            asyncio.run(take(demo, ROOT / "docs" / "workspace.png"))
        finally:
            demo.end()


if __name__ == "__main__":
    main()
