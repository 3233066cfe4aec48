"""The demo, and a real Chromium to use it with."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from support.browser import FLAGS, ensure
from support.demo import RunningDemo
from support.servers import free_port


@pytest.fixture
def demo() -> Iterator[RunningDemo]:
    """A demo of its own, on free ports and a fresh folder."""
    with tempfile.TemporaryDirectory(prefix="demo") as folder:
        running = RunningDemo(Path(folder), free_port(), free_port())
        try:
            running.wait_until_ready()
            yield running
        finally:
            running.end()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A real Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=ensure(), args=FLAGS)
        yield browser
        await browser.close()
