"""A road between the product and m365sim on which accidents can be arranged: HTTP, one request a connection."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Accident:
    """What happens to the next requests that match."""

    method: str
    path: str
    kind: str
    """`lost answer`: it has its effect; `lost request`: it has none; `late answer`: it has its effect, and the answer
    never comes while the connection stays open; `pass`: nothing happens, for once; `held`: it
    waits to be released; else a status to answer with."""
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    met: int = 0
    happened: asyncio.Event = field(default_factory=asyncio.Event)


class Road:
    """Listens; what passes is remembered."""

    def __init__(self, graph_url: str) -> None:
        self._target = urlsplit(graph_url)
        self.passed: list[tuple[str, str]] = []
        self.request_ids: dict[str, tuple[str, str]] = {}
        """What passed, by the id that its sender gave it."""
        self.accidents: list[Accident] = []
        self.url = ""
        self.never = asyncio.Event()
        self.released = asyncio.Event()
        self.rewrite = (b"", b"")
        """What is written differently on its way there, so that a small tenant has several pages."""

    def plan(self, method: str, path: str, kind: str, **more: Any) -> Accident:
        """Arrange an accident."""
        accident = Accident(method, path, kind, **more)
        self.accidents.append(accident)
        return accident

    def count(self, method: str, path: str) -> int:
        """How many such requests came, accidents included."""
        return sum(1 for each in self.passed if each[0] == method and re.search(path, each[1]))

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """For the time of the block."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}{self._target.path}"
        async with server:
            yield
            self.never.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            body = await reader.readexactly(int(length[1])) if length else b""
            method, path, _ = head.decode().split(" ", 2)
            self.passed.append((method, path))
            if named := re.search(rb"client-request-id: (\S+)", head, re.IGNORECASE):
                self.request_ids[named[1].decode()] = (method, path)
            answer = await self._travel(method, path, head, body)
            if answer:
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _travel(self, method: str, path: str, head: bytes, body: bytes) -> bytes | None:
        accident = next((each for each in self.accidents if _is_met(each, method, path)), None)
        if accident is None:
            return await self._forward(head, body)
        accident.met += 1
        accident.happened.set()
        if accident.kind == "held":
            await self.released.wait()
        if accident.kind in {"pass", "held"}:
            return await self._forward(head, body)
        if accident.kind == "lost request":
            return None
        if accident.kind in {"lost answer", "late answer"}:
            await self._forward(head, body)
            if accident.kind == "late answer":
                await self.never.wait()
            return None
        lines = [f"HTTP/1.1 {accident.kind} Accident", f"Content-Length: {len(accident.body)}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in accident.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + accident.body

    async def _forward(self, head: bytes, body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(self._target.hostname, self._target.port)
        first, *lines = head.rstrip().split(b"\r\n")
        first = first.replace(*self.rewrite) if self.rewrite[0] else first
        kept = [line for line in lines if not line.lower().startswith((b"connection:", b"accept-encoding:"))]
        writer.write(b"\r\n".join([first, *kept, b"Connection: close", b"", b""]) + body)
        await writer.drain()
        answer = await reader.read()
        writer.close()
        top, _, rest = answer.partition(b"\r\n\r\n")
        # Links in answers lead along this road too.
        here, there = self.url.removesuffix(self._target.path).encode(), f"http://{self._target.netloc}".encode()
        changed = rest if b"chunked" in top.lower() else rest.replace(there, here)
        lines = [line for line in top.split(b"\r\n") if not line.lower().startswith((b"content-length", b"connection"))]
        length = [] if b"chunked" in top.lower() else [f"Content-Length: {len(changed)}".encode()]
        return b"\r\n".join([*lines, *length, b"Connection: close", b"", b""]) + changed


def _is_met(accident: Accident, method: str, path: str) -> bool:
    return accident.met < accident.times and method == accident.method and bool(re.search(accident.path, path))
