"""A real m365sim in a process of its own, on loopback, that can be killed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx


class Process:
    """`m365sim serve` on free ports; `folder` holds its state."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.options = options
        self.ports = ("0", "0")
        self.clients: list[httpx.Client] = []

    def start(self) -> "Process":
        """Start, or start again on the same ports and the same state."""
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        command = [
            sys.executable, "-m", "m365sim", "serve", "--port", self.ports[0], "--https-port", self.ports[1],
            "--state", str(self.folder / "state.sqlite"), "--ready-file", str(ready), *self.options,
        ]  # fmt: skip
        environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "is ready" in line, line + self.process.stdout.read()
        self.info: dict[str, Any] = json.loads(ready.read_text())
        said = (httpx.URL(self.info["graph_url"]).port, httpx.URL(self.info["graph_https_url"]).port)
        self.ports = (str(said[0] or self.ports[0]), str(said[1] or self.ports[1]))
        return self

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait."""
        self.process.send_signal(number)
        code = self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, self.info["control_url"] + path, json=body, trust_env=False, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def token(self, alias: str, scope: str) -> dict[str, Any]:
        form = {
            "client_id": self.info["client_id"], "client_secret": self.info["client_secret"],
            "grant_type": "password", "username": f"{alias}@contoso.example", "password": "Teams-demo-1",
            "scope": f"openid offline_access {scope}",
        }  # fmt: skip
        return httpx.post(self.info["authority_url"] + "/oauth2/v2.0/token", data=form, trust_env=False).json()

    def graph(self, alias: str) -> httpx.Client:
        token = self.token(alias, "User.Read Chat.ReadWrite ChatMessage.Send Presence.Read.All")["access_token"]
        client = httpx.Client(
            base_url=self.info["graph_url"], headers={"Authorization": f"Bearer {token}"}, trust_env=False
        )
        self.clients.append(client)
        return client

    def close(self) -> None:
        """After the test."""
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.end()
