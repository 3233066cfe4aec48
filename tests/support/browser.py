"""The Chromium that tests drive: the system's where there is one, else one that is installed on the way.

Run as a program (`make test` does) it sees to it that there is one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def system_chromium() -> str | None:
    """A Chromium or Chrome of the system, or the one that DESKBRIDGE_TEST_BROWSER names."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    named = os.environ.get("DESKBRIDGE_TEST_BROWSER")
    return named or next((found for name in names if (found := shutil.which(name))), None)


def playwrights_own() -> str | None:
    """The one that playwright downloaded, if it did."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def ensure() -> str:
    """The path of a browser; installs one when there is none."""
    found = system_chromium() or playwrights_own()
    if found:
        return found
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        # Debian's own comes with everything that it needs, so it is tried first where it may be installed.
        packages = "chromium fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji"
        script = f"apt-get update -q && apt-get install -q -y --no-install-recommends {packages}"
        attempts.insert(0, ["sh", "-c", script])
    for command in attempts:
        print("Installing a browser for the tests …", file=sys.stderr, flush=True)
        if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0:
            found = system_chromium() or playwrights_own()
            if found:
                return found
    sys.exit("No browser could be installed. Install Chromium, or set DESKBRIDGE_TEST_BROWSER to the path of one.")


if __name__ == "__main__":
    print(f"Browser: {ensure()}", file=sys.stderr)
