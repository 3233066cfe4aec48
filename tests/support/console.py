"""An operator at the console, who runs `deskbridge` through its entry point."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from deskbridge import cli

COMMAND = Path(sys.executable).with_name("deskbridge")
Done = subprocess.CompletedProcess[str]
Says = Callable[..., Awaitable[Done]]
TENANT = "99999999-8888-7777-6666-555555555555"


class Operator:
    """At a console in a folder of their own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._monkeypatch, self._capsys = folder, monkeypatch, capsys

    def set(self, **settings: str) -> None:
        """Settings, in the environment."""
        for name, value in settings.items():
            self._monkeypatch.setenv(f"DESKBRIDGE_{name.upper()}", value)

    def serve(self) -> Done:
        """The service, as a program of its own; it is not meant to start."""
        return subprocess.run(
            [str(COMMAND), "serve"], cwd=self.folder, capture_output=True, text=True, timeout=100, check=False
        )

    def run(self, *words: str, given: str = "") -> Done:
        """Any other command, through its entry point."""
        self._monkeypatch.setattr(sys, "argv", ["deskbridge", *words])
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        status: int | str | None = 0
        try:
            cli.main()
        except SystemExit as ended:
            status = ended.code
        said = self._capsys.readouterr()
        return subprocess.CompletedProcess(words, int(status or 0), said.out, said.err)


def assert_sentence(done: Done, *said: str) -> None:
    """It ended badly, and in words."""
    assert done.returncode in {1, 2}
    assert "Traceback" not in done.stderr
    for words in said:
        assert words in done.stderr
