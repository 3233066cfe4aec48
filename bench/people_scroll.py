"""The Contacts list in a real Chromium: 100,000 people scrolled from the first to the last.

    bench/people_scroll.py [--people 100000] [--rows-a-second 600] [--seconds 0]

The product runs on SQLite with made-up people; an agent opens Contacts and the list is scrolled a little with each
frame, as a finger on a scrollbar does, until the last row (or for so many seconds). Each frame is timed with
requestAnimationFrame and looked at: a point in the list where no row is painted is blank. Before it the same Chromium
scrolls a page of plain rows in the same way, which shows what this machine lets any page have.
Limits: no blank row, no frame over 50 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Page, async_playwright

from agents_load import let_them_use_teams, sign_in
from deskbridge import migrate
from deskbridge.clock import system_clock
from deskbridge.events import LocalBus
from deskbridge.settings import Settings
from deskbridge.storage.opening import open_database
from people_search import fill

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from support.browser import FLAGS, ensure
from support.servers import free_port, running

LIMIT_MS = 50.0
PLAIN = "<div style='height:100vh;overflow:auto' id='list'>" + "<p style='height:46px'>Somebody</p>" * 3_000 + "</div>"

SCROLL = """async ([selector, perSecond, seconds, rowHeight]) => {
  const scroller = document.querySelector(selector);
  const frames = [], blanks = [];
  const box = scroller.getBoundingClientRect();
  const points = [0.1, 0.3, 0.5, 0.7, 0.9].map((share) => box.top + share * box.height);
  const looksBlank = () => points.some((y) => {
    const there = document.elementFromPoint(box.left + 100, y);
    return there !== null && there.closest("li, p") === null;
  });
  const began = performance.now();
  let before = began, last = 0, seen = 0, stuck = 0;
  for (;;) {
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - before);
    const total = Number(document.querySelector("[aria-setsize]")?.ariaSetSize ?? 0);
    last = Math.max(last, ...[...scroller.querySelectorAll("[aria-posinset]")].map((row) => Number(row.ariaPosInSet)));
    const isAtEnd = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1;
    if (isAtEnd && (total === 0 || last >= total)) break;
    // Where the next page is still on its way there is nothing to scroll to, and the list says so.
    if (isAtEnd) stuck += now - before;
    else if (looksBlank()) blanks.push(last);
    if (seconds > 0 && now - began > seconds * 1000) break;
    scroller.scrollTop += perSecond * rowHeight * Math.min(now - before, 100) / 1000;
    before = now;
  }
  return { frames: frames.slice(2), blanks: blanks.length, last, stuck, took: performance.now() - began };
}"""


async def furnish(settings: Settings, how_many: int) -> str:
    """The people, and the cookie of somebody who is signed in."""
    db = open_database(settings.resolved_database_url, LocalBus(), system_clock)
    await db.start()
    try:
        account_id = await fill(db, how_many)
        await let_them_use_teams(db, account_id)
        return await sign_in(db, account_id, "anne")
    finally:
        await db.close()


def renderers_core_ms() -> float:
    """What all processes that draw pages have used of the core: the fairer measure on a busy machine."""
    total = 0
    for each in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if b"--type=renderer" in (each / "cmdline").read_bytes():
                fields = (each / "stat").read_text().rsplit(")", 1)[1].split()
                total += int(fields[11]) + int(fields[12])
    return total * 1000 / os.sysconf("SC_CLK_TCK")


async def scrolled(page: Page, script: str, asked: list[Any]) -> dict[str, Any]:
    """What the script found, and what it took of the core."""
    before = renderers_core_ms()
    found: dict[str, Any] = await page.evaluate(script, asked)
    return found | {"core": renderers_core_ms() - before}


async def scroll(context: BrowserContext, base: str, wanted: argparse.Namespace) -> None:
    """A plain page, then Contacts."""
    page = await context.new_page()
    await page.set_content(PLAIN)
    plain = await scrolled(page, SCROLL, ["#list", wanted.rows_a_second, 5, 62])
    report("a page of plain rows", plain)
    await page.goto(f"{base}/contacts")
    # Who has not connected Microsoft yet is asked to, over everything else.
    await page.get_by_role("button", name="Not now").click()
    await page.get_by_role("listitem").first.wait_for()
    await page.wait_for_timeout(2_000)
    asked = ["ul[aria-label=Contacts]", wanted.rows_a_second, wanted.seconds, 62]
    script = SCROLL.replace("document.querySelector(selector)", "document.querySelector(selector).parentElement")
    contacts = await scrolled(page, script, asked)
    report("Contacts", contacts)
    print(f"  on a busy machine: p99 is {p99(contacts) / p99(plain):.1f} times that of the plain page")


def p99(found: dict[str, Any]) -> float:
    """Milliseconds from one frame to the next."""
    frames: list[float] = sorted(found["frames"])
    return frames[int(len(frames) * 0.99)]


def report(what: str, found: dict[str, Any]) -> None:
    """The figures beside their limits."""
    frames = sorted(found["frames"])
    long = sum(each > LIMIT_MS for each in frames)
    print(
        f"{what}: {len(frames):,} frames in {found['took'] / 1000:.0f} s, p50 {frames[len(frames) // 2]:.0f} ms, "
        f"p99 {p99(found):.0f} ms, slowest {frames[-1]:.0f} ms, over {LIMIT_MS:.0f} ms: {long} (limit 0); "
        f"{found['core'] / len(frames):.1f} ms of the core a frame"
    )
    if found["last"]:
        print(
            f"  rows reached: {found['last']:,}; frames with a blank row: {found['blanks']} (limit 0); "
            f"waited for pages: {found['stuck'] / 1000:.1f} s; {found['core'] / found['last']:.2f} ms of the core a row"
        )


async def measure(wanted: argparse.Namespace, settings: Settings) -> None:
    """Furnish, serve, scroll."""
    token = await furnish(settings, wanted.people)
    os.environ |= {f"DESKBRIDGE_{name.upper()}": str(value)
                   for name, value in settings.model_dump(exclude_defaults=True).items()}  # fmt: skip
    # Faster than any hand.
    os.environ["DESKBRIDGE_RATE_LIMIT_USER"] = "0"
    base = f"http://localhost:{settings.port}"
    with running([str(Path(sys.executable).parent / "deskbridge"), "serve"], settings.port):
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=ensure(), args=FLAGS)
            context = await browser.new_context(viewport={"width": 1280, "height": 900})
            await context.add_cookies([{"name": "deskbridge", "value": token, "url": base}])
            await scroll(context, base, wanted)
            await browser.close()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--rows-a-second", type=int, default=600)
    parser.add_argument("--seconds", type=int, default=0, help="0: until the last row")
    wanted = parser.parse_args()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data_dir=Path(folder), port=port, public_url=f"http://localhost:{port}", log_level="WARNING"
        )
        migrate.upgrade(settings.resolved_database_url)
        asyncio.run(measure(wanted, settings))


if __name__ == "__main__":
    main()
