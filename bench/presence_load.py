"""The processes of clients that watch, and the bare server that they watch for comparison."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from support.servers import free_port, wait_until_listening

HERE = Path(__file__).parent
Agents = Sequence[tuple[str, list[str]]]
"""The cookie of each, and the ids of whom they have on screen."""


@contextlib.contextmanager
def watchers(port: int, version: str, agents: Agents, processes: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes of clients, each ready when all of its agents see whom they watch."""
    clients = []
    for number in range(processes):
        client = subprocess.Popen([sys.executable, str(HERE / "presence_watchers.py")],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
        given = {"port": port, "version": version, "ping_every": 20, "agents": agents[number::processes]}
        say(client, json.dumps(given))
        clients.append(client)
    try:
        for client in clients:
            assert client.stdout is not None
            assert client.stdout.readline().strip() == "ready"
        yield clients
    finally:
        for client in clients:
            client.kill()
            client.wait()


def say(client: subprocess.Popen[str], word: str) -> None:
    """A line to a process of clients."""
    assert client.stdin is not None
    client.stdin.write(word + "\n")
    client.stdin.flush()


def listen(client: subprocess.Popen[str]) -> dict[str, Any]:
    """What arrived there."""
    say(client, "stop")
    assert client.stdout is not None
    heard: dict[str, Any] = json.loads(client.stdout.readline())
    return heard


def bare(agents: Agents, a_second: int, seconds: int, processes: int) -> tuple[list[dict[str, Any]], float]:
    """As many presences from a server that does nothing else; what arrived, and the cores that the server used."""
    port = free_port()
    command = [sys.executable, str(HERE / "fan_out_load.py"), *map(str, (port, len(agents), a_second, seconds))]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        wait_until_listening(server, port)
        with watchers(port, "bare.0", agents, processes) as clients:
            for client in clients:
                say(client, "begin")
            assert server.stdout is not None
            core = float(server.stdout.readline())
            time.sleep(1)
            return [listen(client) for client in clients], core
    finally:
        server.kill()
        server.wait()
