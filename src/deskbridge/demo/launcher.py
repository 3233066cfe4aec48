"""The demo's launcher: starts m365sim and the product with nothing but settings, fills them once, and watches both.

It knows m365sim only by its command line and its control API, as anybody would.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import typer

from deskbridge import logs
from deskbridge.accounts import service as accounts
from deskbridge.accounts import store as accounts_store
from deskbridge.admin import users
from deskbridge.app import open_desk
from deskbridge.demo.people import PASSWORD, PEOPLE, describe
from deskbridge.errors import WrongSetting
from deskbridge.settings import Settings

_TOLD = (
    "graph_url",
    "graph_https_url",
    "authority_url",
    "authority_https_url",
    "ca_file",
    "teams_url",
    "control_url",
    "tenant_id",
    "client_id",
    "client_secret",
)

START_WITHIN = 60
"""Seconds that a program may take until it answers."""


class Demo:
    """Both programs, while they run."""

    def __init__(self, port: int, m365_port: int, folder: Path) -> None:
        self._port = port
        self._m365_port = m365_port
        self._folder = folder
        self._bin = Path(sys.executable).parent
        self._m365: subprocess.Popen[bytes] | None = None
        self._product: subprocess.Popen[bytes] | None = None
        self._info: dict[str, Any] = {}
        self._stopping = False

    @property
    def workspace_url(self) -> str:
        """Where to click."""
        return f"http://localhost:{self._port}"

    def run(self) -> int:
        """Until Ctrl-C; 0 when both ended cleanly."""
        _check_folder(self._folder)
        for port, option in ((self._port, "--port (PORT=…)"), (self._m365_port, "--m365-port (M365_PORT=…)")):
            _check_port(port, option)
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        try:
            typer.echo("Starting m365sim, a Microsoft 365 tenant in a box …")
            self._start_m365()
            typer.echo("Filling the demo organisation …")
            asyncio.run(self._fill())
            typer.echo("Starting Deskbridge …")
            self._start_product()
            self._say_where()
            self._watch()
        finally:
            self._end()
        return 0

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _start_m365(self) -> None:
        ready = self._folder / "m365.json"
        ready.unlink(missing_ok=True)
        command = [str(self._bin / "m365sim"), "serve", "--port", str(self._m365_port), "--scenario", "demo"]
        command += ["--https-port", str(_free_port(self._folder / "m365-https-port"))]
        command += ["--state", str(self._folder / "m365.sqlite"), "--ca-file", str(self._folder / "m365-ca.pem")]
        self._m365 = self._start([*command, "--ready-file", str(ready)], dict(os.environ), "m365sim.log")
        self._wait(self._m365, f"http://localhost:{self._m365_port}/healthz", "m365sim.log")
        self._info = httpx.get(f"http://localhost:{self._m365_port}/_sim/info", trust_env=False).json()
        uris = f"{self._info['control_url']}/apps/{self._info['client_id']}/redirect-uris"
        callback = f"{self.workspace_url}/api/v1/teams/callback"
        httpx.post(uris, json={"redirect_uris": [callback]}, trust_env=False).raise_for_status()

    def _environment(self) -> dict[str, str]:
        """All that the product is told: settings, as for a real tenant."""
        mine = {
            "PORT": str(self._port),
            "PUBLIC_URL": self.workspace_url,
            "DATA_DIR": str(self._folder / "deskbridge"),
            "MICROSOFT_CLIENT_ID": self._info["client_id"],
            "MICROSOFT_CLIENT_SECRET": self._info["client_secret"],
            "MICROSOFT_LOGIN_URL": self._info["authority_https_url"].rpartition("/")[0],
            "MICROSOFT_GRAPH_URL": self._info["graph_url"],
            "MICROSOFT_CA_FILE": str(self._info["ca_file"]),
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DESKBRIDGE_")}
        return inherited | {f"DESKBRIDGE_{name}": value for name, value in mine.items()}

    async def _fill(self) -> None:
        """Once: an Account, its Users, and the import of the tenant, by the code that admins use."""
        os.environ.update(self._environment())
        logs.configure("WARNING", "console")
        async with open_desk(Settings.load()) as desk:
            async with desk.db.read() as connection:
                found = await accounts_store.list_accounts(connection)
            if found:
                return
            async with desk.db.transaction() as tx:
                account = await accounts.create_account(tx, "Contoso", self._info["tenant_id"], desk.clock())
                await users.set_teams_chat(tx, account.id, desk.clock(), enabled=True)
                for each in PEOPLE:
                    await users.create_user(tx, account.id, each.as_new_user(), desk.clock())
            await desk.connector.importer.run_once(account.id)

    def _start_product(self) -> None:
        command = [str(self._bin / "deskbridge"), "serve"]
        self._product = self._start(command, self._environment(), "deskbridge.log")
        self._wait(self._product, f"{self.workspace_url}/healthz", "deskbridge.log")
        self._write_demo_json(self._product.pid)

    def _start(self, command: list[str], environment: dict[str, str], log: str) -> subprocess.Popen[bytes]:
        # A group of its own: Ctrl-C reaches only the launcher, which ends both in order.
        with (self._folder / log).open("ab") as output:
            return subprocess.Popen(  # noqa: S603  # Our own programs beside this interpreter.
                command, env=environment, stdout=output, stderr=output, start_new_session=True
            )

    def _wait(self, process: subprocess.Popen[bytes], url: str, log: str) -> None:
        deadline = time.monotonic() + START_WITHIN
        while time.monotonic() < deadline and process.poll() is None and not self._stopping:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(url, timeout=1, trust_env=False).status_code == 200:
                    return
            time.sleep(0.1)
        if not self._stopping:
            tail = (self._folder / log).read_text(errors="replace").splitlines()[-5:]
            raise WrongSetting(f"{log.removesuffix('.log')} did not start. The end of {log} says:\n" + "\n".join(tail))

    def _watch(self) -> None:
        while not self._stopping:
            time.sleep(0.2)
            if self._m365 is not None and self._m365.poll() is not None and not self._stopping:
                typer.echo("m365sim has died; starting it again.")
                self._start_m365()
            if self._product is not None and self._product.poll() is not None and not self._stopping:
                typer.echo("Deskbridge has died; starting it again.")
                self._start_product()

    def _end(self) -> None:
        for process in (self._product, self._m365):
            if process is not None and process.poll() is None:
                process.terminate()
        for process in (self._product, self._m365):
            if process is not None:
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def _write_demo_json(self, product_pid: int) -> None:
        content = {name: self._info[name] for name in _TOLD}
        content |= {
            "workspace_url": self.workspace_url,
            "product_pid": product_pid,
            "people": describe(self._info["people"]),
        }
        path = self._folder / "demo.json"
        new = path.with_suffix(".new")
        new.write_text(json.dumps(content, indent=2, ensure_ascii=False), encoding="utf-8")
        new.replace(path)

    def _say_where(self) -> None:
        passwords = f"Workspace (password {PASSWORD})", f"Microsoft (password {self._teams_password()})"
        lines = [
            "",
            f"  The workspace:        {self.workspace_url}",
            f"  The simulated Teams:  {self._info['teams_url']}",
            "",
            f"  {'Who':<14} {'Is':<11} {passwords[0]:<34} {passwords[1]}",
        ]
        for each in describe(self._info["people"]):
            here = each["workspace"]["username"] if each["workspace"] else "–"
            there = each["microsoft"]["username"] if each["microsoft"] else "–"
            lines.append(f"  {each['name']:<14} {each['role']:<11} {here:<34} {there}")
        lines += [
            "",
            "  Sign in as anne, connect Microsoft Teams, search “rob”, Start Teams chat.",
            "  Ctrl-C ends both.",
            "",
        ]
        typer.echo("\n".join(lines))

    def _teams_password(self) -> str:
        return str(self._info["people"][0]["password"])


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".can-write"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise WrongSetting(
            f"The data directory {folder} cannot be written ({error.strerror}). Choose another, "
            "for example: make demo DATA_DIR=$HOME/deskbridge-demo"
        ) from error


def _check_port(port: int, option: str) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except (OSError, OverflowError) as error:
        used = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        reason = "is in use by another program" if used else f"cannot be used ({error})"
        raise WrongSetting(
            f"The port {port} {reason}. Stop that program, or choose another port with {option}."
        ) from None


def _free_port(remembered: Path) -> int:
    """A port for https that stays the same on the same data directory: tokens name it as their issuer."""
    with contextlib.suppress(OSError, ValueError):
        port = int(remembered.read_text())
        socket.create_server(("127.0.0.1", port)).close()
        return port
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    remembered.write_text(str(port))
    return int(port)


def run_demo(port: int, m365_port: int, data_dir: Path) -> int:
    """Run the demo in the foreground; the answer is the exit status."""
    return Demo(port, m365_port, data_dir.resolve()).run()
