"""Agents who write to each other, without browsers: raw WebSocket clients of one process, which cost little.

Reads `{"port", "pid", "version", "path", "writers": [[cookie, frame], …], "window", "seconds", "quiet_seconds"}` from
standard input and prints what it saw: how long 50 messages a second take from being sent to being received,
acknowledged messages a second with `window` of each agent under way, and 50 a second again, at once, while the server
still has to do what the burst left; and what each message of the first two cost the process of that id.
"""

import asyncio
import itertools
import json
import os
import re
import struct
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

QUIET_RATE = 50
_AT = re.compile(rb"at(\d+)\.")


def masked(text: bytes) -> bytes:
    """A text frame as clients have to send it; a mask of zeros leaves the text as it is."""
    size = len(text)
    head = bytes([0x81, 0x80 | size]) if size < 126 else b"\x81\xfe" + struct.pack("!H", size)
    return head + b"\0\0\0\0" + text


class Tally:
    """Of all clients."""

    def __init__(self) -> None:
        self.sent = self.acknowledged = self.received = self.refused = 0
        self.is_writing = False
        self.latencies: list[float] = []


class Client(asyncio.Protocol):
    """One agent."""

    def __init__(self, tally: Tally, cookie: str, hello: bytes, message: tuple[bytes, bytes], path: str) -> None:
        self.tally = tally
        self.request = (
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: http://localhost\r\nCookie: {cookie}\r\n\r\n"
        ).encode()
        self.hello = hello
        self.before, self.after = message
        self.data = bytearray()
        self.is_open = False
        self.welcomed = asyncio.get_running_loop().create_future()
        self.numbers = itertools.count()
        self.id = os.urandom(8).hex()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.transport.write(self.request)

    def write(self) -> None:
        """One message, with the moment in it."""
        number = f"{next(self.numbers):016x}{self.id}"
        client_id = f"{number[:8]}-{number[8:12]}-{number[12:16]}-{number[16:20]}-{number[20:32]}".encode()
        said = b"at%d. Your invoice of Tuesday is on its way." % (time.monotonic_ns() // 1000)
        self.transport.write(masked(self.before + client_id + b'","text":"' + said + self.after))
        self.tally.sent += 1

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
            self.transport.write(masked(self.hello))
        self._frames(now)

    def _frames(self, now: int) -> None:
        data, start, size = self.data, 0, len(self.data)
        while size - start >= 2:
            length, head = data[start + 1], 2
            if length == 126:
                length, head = int.from_bytes(data[start + 2 : start + 4]), 4
            elif length == 127:
                length, head = int.from_bytes(data[start + 2 : start + 10]), 10
            if size - start < head + length:
                break
            if data[start] == 0x89:
                said = bytes(data[start + head : start + head + length])
                self.transport.write(bytes([0x8A, 0x80 | length]) + b"\0\0\0\0" + said)
            else:
                self._hear(bytes(data[start + head : start + head + length]), now)
            start += head + length
        del data[:start]

    def _hear(self, text: bytes, now: int) -> None:
        if not self.welcomed.done() and b'"type":"welcome"' in text:
            self.welcomed.set_result(None)
        acknowledged = text.count(b'"type":"sent"')
        self.tally.acknowledged += acknowledged
        self.tally.refused += text.count(b'"type":"refused"')
        # One's own messages come back too: their ids begin with this client's.
        for told in text.split(b'"type":"message_changed"')[1:]:
            if self.id.encode()[4:] not in told[:600]:
                self.tally.received += 1
                if (at := _AT.search(told)) is not None:
                    self.tally.latencies.append((now - int(at[1])) / 1000)
        if self.tally.is_writing:
            for _ in range(acknowledged):
                self.write()


async def connect(given: dict[str, Any], tally: Tally) -> list[Client]:
    """Everybody, said hello to."""
    loop = asyncio.get_running_loop()
    hello = json.dumps({"type": "hello", "version": given["version"]}).encode()
    clients: list[Client] = []
    for cookie, to in given["writers"]:
        before = json.dumps(to | {"client_id": ""}, separators=(",", ":"))[:-2].encode()
        made = partial(Client, tally, cookie, hello, (before, b'"}'), given["path"])
        _, client = await loop.create_connection(made, "127.0.0.1", given["port"])
        clients.append(client)
    async with asyncio.timeout(60):
        await asyncio.gather(*(each.welcomed for each in clients))
    return clients


async def settle(tally: Tally) -> None:
    """Until everything that was sent is acknowledged and received."""
    async with asyncio.timeout(60):
        while tally.acknowledged + tally.refused < tally.sent or tally.received < tally.acknowledged:  # noqa: ASYNC110  # What is counted changes thousands of times a second.
            await asyncio.sleep(0.05)


async def write(given: dict[str, Any]) -> dict[str, Any]:
    """Few, then as many as go, then few again."""
    tally = Tally()
    clients = await connect(given, tally)
    for each in clients:
        each.write()
    await settle(tally)
    at_first = cpu_seconds(given["pid"])
    quiet = await write_few(clients, tally, given["quiet_seconds"])
    alone = (cpu_seconds(given["pid"]) - at_first) / (given["quiet_seconds"] * QUIET_RATE)
    tally.latencies.clear()
    before, started, used = tally.acknowledged, time.perf_counter(), cpu_seconds(given["pid"])
    tally.is_writing = True
    for each in clients:
        for _ in range(given["window"]):
            each.write()
    await asyncio.sleep(given["seconds"])
    rate = (tally.acknowledged - before) / (time.perf_counter() - started)
    full = sorted(tally.latencies)
    tally.is_writing = False
    await settle(tally)
    together = (cpu_seconds(given["pid"]) - used) / (tally.acknowledged - before)
    after = await write_few(clients, tally, given["quiet_seconds"])
    return {
        "rate": rate,
        "cores": [together * 1e6, alone * 1e6],
        "full": _shares(full),
        "quiet": quiet,
        "after": after,
        "acknowledged": tally.acknowledged,
        "received": tally.received,
        "refused": tally.refused,
    }


async def write_few(clients: list[Client], tally: Tally, seconds: int) -> list[float]:
    """50 a second, by one after the other; how long they took."""
    tally.latencies.clear()
    began = time.perf_counter()
    for number in range(seconds * QUIET_RATE):
        await asyncio.sleep(max(0.0, began + number / QUIET_RATE - time.perf_counter()))
        clients[number % len(clients)].write()
    await settle(tally)
    return _shares(sorted(tally.latencies))


def cpu_seconds(pid: int) -> float:
    """What a process has used so far; on a busy machine this is the fairer measure."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _shares(ordered: list[float]) -> list[float]:
    return [_share(ordered, 0.5), _share(ordered, 0.99)]


def _share(ordered: list[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2) if ordered else 0.0


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(write(json.loads(sys.stdin.readline())))), flush=True)
