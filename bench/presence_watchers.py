"""Agents who watch, without browsers: raw WebSocket clients of one process, which cost little and say what they saw.

Reads `{"port", "version", "ping_every", "agents": [[cookie, [person ids]], …]}` from standard input. Says `ready` when
everybody has been answered; after `stop` on standard input prints what arrived. When a change was made is in its
activity (`t` and the microseconds of this machine's monotonic clock), so that it is measured where it arrives.

It looks two hundred times a second at what has come, instead of being woken by each frame: that costs each delivery up
to 5 ms, which are in the figures, and leaves the cores to those who are measured.
"""

import json
import os
import re
import select
import socket
import struct
import sys
import time
from typing import Any

READY_WITHIN = 120
"""Seconds after the last has connected."""
LOOK_EVERY = 0.005
IN_ONE_LOOK = 65_536
"""Bytes of one agent."""
_SAID = re.compile(rb'"activity":"t(\d+)"')


def masked(frame: object) -> bytes:
    """A text frame as clients have to send it; a mask of zeros leaves the text as it is."""
    text = json.dumps(frame).encode()
    head = bytes([0x81, 0x80 | len(text)]) if len(text) < 126 else b"\x81\xfe" + struct.pack("!H", len(text))
    return head + b"\0\0\0\0" + text


class Watcher:
    """One agent: hello, watch, and then whatever comes."""

    def __init__(self, port: int, cookie: str, version: str, person_ids: list[str]) -> None:
        self.latencies: list[float] = []
        self.frames = 0
        self.is_answered = False
        self._ping = masked({"type": "ping", "version": version})
        self._rest = b""
        self._first = masked({"type": "hello", "version": version}) + masked(
            {"type": "watch", "person_ids": person_ids}
        )
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(
            f"GET /api/v1/realtime HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: http://localhost\r\nCookie: {cookie}\r\n\r\n".encode()
        )

    def ping(self) -> None:
        """As the workspace does every 20 seconds."""
        self.socket.sendall(self._ping)

    def look(self) -> bool:
        """Take what has come; False when the other side has gone."""
        try:
            data = self.socket.recv(IN_ONE_LOOK)
        except ConnectionError:
            return False
        now = time.monotonic_ns() // 1000
        if not data:
            return False
        data = self._rest + data
        if self._first:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._rest = data
                return True
            assert data.startswith(b"HTTP/1.1 101"), data[:200]
            data = data[end + 4 :]
            self.socket.sendall(self._first)
            self._first = b""
        end = self._frames(data)
        self._rest = data[end:]
        self.latencies += [(now - int(at)) / 1000 for at in _SAID.findall(data, 0, end)]
        self.is_answered = self.is_answered or data.find(b'"type":"presence"', 0, end) >= 0
        return True

    def _frames(self, data: bytes) -> int:
        """Count them, and answer pings; where the last whole one ends."""
        start, size = 0, len(data)
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
                said = data[start + head : start + head + length]
                self.socket.sendall(bytes([0x8A, 0x80 | length]) + b"\0\0\0\0" + said)
            start += head + length
            self.frames += 1
        return start


class Watchers:
    """All of this process."""

    def __init__(self, ping_every: float) -> None:
        self.agents: list[Watcher] = []
        self.lost = 0
        self._ping_every = ping_every
        self._by_file: dict[int, Watcher] = {}
        self._epoll = select.epoll()
        self._epoll.register(sys.stdin.fileno(), select.EPOLLIN)

    def add(self, agent: Watcher) -> None:
        """Another."""
        self.agents.append(agent)
        self._by_file[agent.socket.fileno()] = agent
        self._epoll.register(agent.socket.fileno(), select.EPOLLIN)

    def look(self) -> bool:
        """Rest, then take whatever has come; whether something was said on standard input."""
        time.sleep(LOOK_EVERY)
        is_spoken_to = False
        for file, _ in self._epoll.poll(0, len(self.agents) + 1):
            agent = self._by_file.get(file)
            if agent is None:
                is_spoken_to = True
            elif not agent.look():
                self.lost += 1
                self._epoll.unregister(file)
                del self._by_file[file]
        return is_spoken_to

    def hear(self) -> str:
        """The next line of standard input; until then everybody watches and pings, spread over the time between two."""
        began, pinged = time.monotonic(), 0
        while not self.look():
            due = int((time.monotonic() - began) / self._ping_every * len(self.agents))
            for number in range(pinged, due):
                agent = self.agents[number % len(self.agents)]
                if agent.socket.fileno() in self._by_file:
                    agent.ping()
            pinged = due
        return sys.stdin.readline().strip()


def watch(given: dict[str, Any]) -> None:
    """From the first connection until told to stop."""
    everybody = Watchers(given["ping_every"])
    for number, (cookie, person_ids) in enumerate(given["agents"]):
        everybody.add(Watcher(given["port"], cookie, given["version"], person_ids))
        if number % 10 == 9:
            rest_until = time.monotonic() + 0.05
            while time.monotonic() < rest_until:
                everybody.look()
    give_up_at = time.monotonic() + READY_WITHIN
    while not all(each.is_answered for each in everybody.agents):
        everybody.look()
        if time.monotonic() > give_up_at:
            raise TimeoutError("not everybody is answered")
    print("ready", flush=True)
    used = _cpu_seconds()
    while (line := everybody.hear()) != "stop":
        if line == "begin":
            used = _cpu_seconds()
            for each in everybody.agents:
                each.latencies, each.frames = [], 0
    said = {
        "latencies": [round(each, 1) for agent in everybody.agents for each in agent.latencies],
        "frames": sum(each.frames for each in everybody.agents),
        "lost": everybody.lost,
        "cpu": _cpu_seconds() - used,
    }
    print(json.dumps(said), flush=True)


def _cpu_seconds() -> float:
    used = os.times()
    return used.user + used.system


if __name__ == "__main__":
    watch(json.loads(sys.stdin.readline()))
