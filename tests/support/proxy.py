"""An outgoing proxy, as a company has one between its machines and the internet."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from support.tls import pour

Place = tuple[str, int]


@dataclass
class TestProxy:
    """Knows the way to some places by name, counts what it makes ways to, and can ask who somebody is."""

    __test__ = False

    ways: Mapping[str, int]
    """The port of this machine at which the host of that name is."""
    wants: str | None = None
    """`user:password`, without which nothing passes."""
    challenge: str = "Basic realm=desk"
    passed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    heads: list[str] = field(default_factory=list)
    url: str = ""
    _open: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = field(default_factory=dict)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: a way for CONNECT, and one request where the address is whole."""
        task = asyncio.current_task()
        self._open[task] = writer
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head)
            line, *headers = head.rstrip().split("\r\n")
            method, target, version = line.split(" ")
            parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
            host = parts.hostname or ""
            trouble = self._trouble(host, headers)
            if trouble:
                self.refused[host] += 1
                writer.write(f"HTTP/1.1 {trouble}\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
            else:
                self.passed[host] += 1
                there, back = await asyncio.open_connection("127.0.0.1", self.ways[host])
                if method == "CONNECT":
                    writer.write(b"HTTP/1.1 200 Here you are\r\n\r\n")
                else:
                    kept = [each for each in headers if not each.lower().startswith(("proxy-", "connection:"))]
                    asked = f"{parts.path}?{parts.query}" if parts.query else parts.path
                    lines = [f"{method} {asked} {version}", *kept, "Connection: close", "", ""]
                    back.write("\r\n".join(lines).encode())
                await asyncio.gather(pour(reader, back), pour(there, writer))
        writer.close()
        del self._open[task]

    async def cut(self) -> None:
        """End every way that was made."""
        for writer in self._open.values():
            writer.close()
        if self._open:
            await asyncio.wait([task for task in self._open if task])

    def _trouble(self, host: str, headers: list[str]) -> str | None:
        shown = [each.partition(": ")[2] for each in headers if each.lower().startswith("proxy-authorization:")]
        if self.wants and shown != [f"Basic {base64.b64encode(self.wants.encode()).decode()}"]:
            return f"407 Who are you\r\nProxy-Authenticate: {self.challenge}\r\nVia: 1.1 desk"
        return None if host in self.ways else "403 Not there"


@contextlib.asynccontextmanager
async def outgoing_proxy(ways: Mapping[str, int], wants: str | None = None) -> AsyncIterator[TestProxy]:
    """A proxy for the time of the block."""
    proxy = TestProxy(ways, wants)
    async with await asyncio.start_server(proxy.carry, "127.0.0.1", 0) as server:
        proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield proxy
        await proxy.cut()
