"""`deskbridge demo` as a newcomer starts it, and pages of a real Chromium."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import BrowserContext, Page

from support.servers import BIN


class RunningDemo:
    """`deskbridge demo` in the foreground of its own process."""

    def __init__(self, folder: Path, port: int, m365_port: int) -> None:
        self.folder = folder
        self.port, self.m365_port = port, m365_port
        command = [str(BIN / "deskbridge"), "demo", "--port", str(port), "--m365-port", str(m365_port)]
        self._output = (folder / "console.log").open("wb")
        self.process = subprocess.Popen(
            [*command, "--data-dir", str(folder / "data")], stdout=self._output, stderr=subprocess.STDOUT
        )

    @property
    def facts(self) -> dict[str, Any]:
        """demo.json as it is now."""
        found: dict[str, Any] = json.loads((self.folder / "data" / "demo.json").read_text())
        return found

    @property
    def console(self) -> str:
        """What the terminal shows."""
        return (self.folder / "console.log").read_text()

    def wait_until_ready(self, but_not: int | None = None) -> int:
        """The product's process id, once it answers (a new one, when `but_not` was killed)."""
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.console
            with contextlib.suppress(OSError, ValueError, httpx.HTTPError):
                pid = int(self.facts["product_pid"])
                if pid != but_not and httpx.get(f"http://localhost:{self.port}/healthz").status_code == 200:
                    return pid
            time.sleep(0.1)
        raise TimeoutError(self.console)

    def end(self) -> int:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(30)
        self._output.close()
        return status


async def open_page(context: BrowserContext, url: str, problems: list[str]) -> Page:
    """A page whose uncaught errors and refused scripts or styles fail the test."""
    page = await context.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: problems.append(f"uncaught: {error}"))
    page.on(
        "console",
        lambda said: problems.append(said.text) if "Content Security Policy" in said.text else None,
    )
    await page.goto(url)
    return page
