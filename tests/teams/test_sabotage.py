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


@pytest.mark.timeout(450)
def test_each_story_ends_well_and_without_its_guarantee_badly() -> None:
    # One test, as all are told by one process: whatever shares the tests out, it is started once.
    ends = told()
    assert list(ends) == list(ALL)
    assert {name: well for name, (well, _) in ends.items() if well} == {}
    assert [name for name, (_, badly) in ends.items() if not badly] == []


def told() -> dict[str, list[str]]:
    """How each story ends, as the product is and spoiled."""
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-m", "teams.sabotage"]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=400, check=False)
    assert told.returncode == 0, told.stdout[-2000:] + told.stderr[-2000:]
    ends: dict[str, list[str]] = json.loads(told.stdout.splitlines()[-1])
    return ends
