"""The systemd units: systemd takes them, and they start what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deskbridge.settings import ProcessRole
from support.pages import ROOT, read

UNITS = ["deskbridge.service", "deskbridge-worker.service"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="There is no systemd to ask.")
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_takes_it(unit: str, tmp_path: Path) -> None:
    written = (ROOT / "ops" / unit).read_text("utf-8")
    # Where it is installed to is the operator's; systemd wants a program to be there.
    (tmp_path / unit).write_text(written.replace("/opt/deskbridge/.venv/bin/deskbridge", "/bin/true"), "utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert unit not in done.stderr, done.stderr


@pytest.mark.parametrize("unit", UNITS)
def test_it_starts_a_role_that_there_is(unit: str) -> None:
    start = r"^ExecStart=/opt/deskbridge/\.venv/bin/deskbridge serve(?: --role (\w+))?$"
    (started,) = re.findall(start, read(f"ops/{unit}"), re.MULTILINE)
    assert not started or ProcessRole(started)
