"""The stories that prove our guarantees can fail: each guarantee is broken on purpose, and its story notices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from teams.sabotage import ALL

TESTS = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def ends() -> dict[str, list[str]]:
    """How each story ends, as the product is and spoiled; told by a process of its own, all of them at once."""
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-m", "teams.sabotage"]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=400, check=False)
    assert told.returncode == 0, told.stdout[-2000:] + told.stderr[-2000:]
    ends: dict[str, list[str]] = json.loads(told.stdout.splitlines()[-1])
    return ends


@pytest.mark.timeout(450)
@pytest.mark.xdist_group("sabotage")
@pytest.mark.parametrize("guarantee", ALL)
def test_its_story_ends_well_and_without_it_badly(ends: dict[str, list[str]], guarantee: str) -> None:
    well, badly = ends[guarantee]
    assert well == ""
    assert badly != ""
