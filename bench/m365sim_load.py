"""A simulator in a process of its own, and a raw client that costs little: shared by the m365sim benches."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Simulator:
    """`m365sim serve` on free ports, on one core where the system lets us choose (unless not `pinned`)."""

    def __init__(
        self, *options: str, scenario: dict[str, Any] | None = None, pinned: bool = True, throttling: bool = False
    ) -> None:
        self.pinned = pinned
        self.folder = Path(tempfile.mkdtemp(prefix="m365sim-bench-"))
        self.options = [*options, *([] if throttling else ["--no-throttling"])]
        if scenario is not None:
            path = self.folder / "scenario.json"
            path.write_text(json.dumps(scenario))
            self.options += ["--scenario", str(path)]

    def __enter__(self) -> Self:
        ready = self.folder / "ready.json"
        command = [
            sys.executable, "-m", "m365sim", "serve", "--port", "0", "--https-port", "0",
            "--ca-file", str(self.folder / "ca.pem"), "--ready-file", str(ready), *self.options,
        ]  # fmt: skip
        environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        if self.pinned and hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
            os.sched_setaffinity(self.process.pid, {0})
            os.sched_setaffinity(0, {1})
        assert self.process.stdout is not None
        assert "is ready" in self.process.stdout.readline()
        self.info = json.loads(ready.read_text())
        self.port = int(self.info["graph_url"].split(":")[2].split("/")[0])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, trouble: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()

    def memory_mib(self) -> float:
        """Resident memory of the simulator."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def cpu_seconds(self) -> float:
        """What the simulator has used of its core; on a busy machine this is the fairer measure."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def call(self, method: str, path: str, body: Any = None, token: str = "") -> Any:
        """One request, unhurried."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            json.dumps(body).encode() if body is not None else None,
            {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def token(self, **form: str) -> str:
        """An access token."""
        known = {"client_id": self.info["client_id"], "client_secret": self.info["client_secret"]}
        data = urllib.parse.urlencode(known | form).encode()
        address = f"http://127.0.0.1:{self.port}/{self.info['tenant_id']}/oauth2/v2.0/token"
        with urllib.request.urlopen(address, data, timeout=60) as answer:
            return str(json.loads(answer.read())["access_token"])

    def person_token(self, username: str) -> str:
        """The token of a person."""
        return self.token(
            grant_type="password", username=username, password="Teams-demo-1",
            scope="openid User.Read Chat.ReadWrite ChatMessage.Send",
        )  # fmt: skip


class Connection:
    """One kept-alive connection that speaks prepared bytes."""

    async def open(self, port: int) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        return self

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        at = head.lower().index(b"content-length:")
        length = int(head[at + 15 : head.index(b"\r\n", at)])
        return status, await self.reader.readexactly(length) if length else b""

    def close(self) -> None:
        self.writer.close()


def prepare(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    """A request as bytes."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
