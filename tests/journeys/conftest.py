"""The demo."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

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
