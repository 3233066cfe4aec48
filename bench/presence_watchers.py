"""Agents who watch, without browsers: raw WebSocket clients of one process, which cost little and say what they saw.

Reads `{"port", "version", "ping_every", "agents": [[cookie, [person ids]], …]}` from standard input. Says `ready` when
everybody has been answered; after `stop` on standard input prints what arrived. When a change was made is in its
activity (`t` and the microseconds of this machine's monotonic clock), so that it is measured where it arrives.
"""

import asyncio
import json
import os
import re
import struct
import sys
import time
from functools import partial
from typing import Any

import uvloop

READY_WITHIN = 120
"""Seconds after the last has connected."""
_SAID = re.compile(rb'"activity":"t(\d+)"')
_ANSWERED = re.compile(rb'"type":"presence"')


def masked(frame: object) -> bytes:
    """A text frame as clients have to send it; a mask of zeros leaves the text as it is."""
    text = json.dumps(frame).encode()
    head = bytes([0x81, 0x80 | len(text)]) if len(text) < 126 else b"\x81\xfe" + struct.pack("!H", len(text))
    return head + b"\0\0\0\0" + text


class Watchers:
    """All of this process."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.waiting = 0
        self.frames = 0
        self.lost = 0
        self.ready = asyncio.Event()


class Watcher(asyncio.Protocol):
    """One agent: hello, watch, and then whatever comes."""

    def __init__(self, all_of_them: Watchers, cookie: str, version: str, person_ids: list[str]) -> None:
        self.all_of_them = all_of_them
        self.request = (
            f"GET /api/v1/realtime HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: http://localhost\r\nCookie: {cookie}\r\n\r\n"
        ).encode()
        self.version = version
        self.first = masked({"type": "hello", "version": version}) + masked({"type": "watch", "person_ids": person_ids})
        self.data = bytearray()
        self.is_open = False
        self.is_answered = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.transport.write(self.request)

    def connection_lost(self, exc: Exception | None) -> None:
        self.all_of_them.lost += 1

    def ping(self) -> None:
        """As the workspace does every 20 seconds."""
        self.transport.write(masked({"type": "ping", "version": self.version}))

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns() // 1000
        self.data += data
        if not self.is_open:
            end = self.data.find(b"\r\n\r\n")
            if end < 0:
                return
            assert self.data.startswith(b"HTTP/1.1 101"), bytes(self.data[:200])
            del self.data[: end + 4]
            self.is_open = True
            self.transport.write(self.first)
        self._frames(now)

    def _frames(self, now: int) -> None:
        data, start, size = self.data, 0, len(self.data)
        while size - start >= 2:
            length, head = data[start + 1], 2
            if length == 126:
                if size - start < 4:
                    break
                length, head = int.from_bytes(data[start + 2 : start + 4]), 4
            elif length == 127:
                if size - start < 10:
                    break
                length, head = int.from_bytes(data[start + 2 : start + 10]), 10
            if size - start < head + length:
                break
            if data[start] == 0x89:
                # The server only believes a pong that says what its ping said.
                said = bytes(data[start + head : start + head + length])
                self.transport.write(bytes([0x8A, 0x80 | length]) + b"\0\0\0\0" + said)
            start += head + length
            self.all_of_them.frames += 1
        seen = bytes(data[:start])
        del data[:start]
        self.all_of_them.latencies += [(now - int(at)) / 1000 for at in _SAID.findall(seen)]
        if not self.is_answered and _ANSWERED.search(seen):
            self.is_answered = True
            self.all_of_them.waiting -= 1
            if not self.all_of_them.waiting:
                self.all_of_them.ready.set()


async def watch(given: dict[str, Any]) -> None:
    """From the first connection until told to stop."""
    loop = asyncio.get_running_loop()
    all_of_them = Watchers()
    all_of_them.waiting = len(given["agents"])
    agents: list[Watcher] = []
    for number, (cookie, person_ids) in enumerate(given["agents"]):
        made = partial(Watcher, all_of_them, cookie, given["version"], person_ids)
        _, agent = await loop.create_connection(made, "127.0.0.1", given["port"])
        agents.append(agent)
        if number % 10 == 9:
            await asyncio.sleep(0.1)
    async with asyncio.timeout(READY_WITHIN):
        await all_of_them.ready.wait()
    for number, agent in enumerate(agents):
        # Spread over the time between two pings, as people's are.
        loop.call_later(given["ping_every"] * number / len(agents), _keep_pinging, agent, given["ping_every"])
    print("ready", flush=True)
    while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
        if line == "begin":
            all_of_them.latencies, all_of_them.frames = [], 0
            used = _cpu_seconds()
        if line == "stop":
            break
    said = {
        "latencies": [round(each, 1) for each in all_of_them.latencies],
        "frames": all_of_them.frames,
        "lost": all_of_them.lost,
        "cpu": _cpu_seconds() - used,
    }
    print(json.dumps(said), flush=True)


def _keep_pinging(agent: Watcher, every: float) -> None:
    agent.ping()
    asyncio.get_running_loop().call_later(every, _keep_pinging, agent, every)


def _cpu_seconds() -> float:
    used = os.times()
    return used.user + used.system


if __name__ == "__main__":
    uvloop.run(watch(json.loads(sys.stdin.readline())))
