"""Durable messages from agent to agent over the WebSocket, beside a bare relay with group commit, in the same run.

    bench/messages.py [--pairs 100] [--window 8] [--seconds 5] [--quiet 10] [--runs 3]

Everything is real but the browsers: `deskbridge serve` takes each message over a WebSocket, has it on disk, then
acknowledges it and tells both agents; raw clients in a process of their own write, count and take the time. First 50 a
second; then as many as go, with so many of each agent under way; then 50 a second again, right after that burst, while
what it said is still being taken into the search. The relay is the least that could do this: uvicorn, one table, one
writer that commits whatever has gathered, no accounts, no checks, no events to catch up with. Limits: 10,000 a second
on two cores; at 50 a second a median of 1.5 ms and a 99th percentile of 3 ms from sent to received. On the same load
and kind of machine ejabberd on PostgreSQL did 2,300 a second, 3.0 and 5.8 ms; Prosody 1,500 without waiting for the
disk, 1.2 and 11.3 ms.
"""

import argparse
import asyncio
import json
import os
import secrets
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send

from deskbridge.accounts import service as accounts
from deskbridge.accounts import sessions
from deskbridge.accounts.model import License, Role, User
from deskbridge.accounts.service import NewUser
from deskbridge.admin import users
from deskbridge.api.desk import Desk
from deskbridge.app import open_desk
from deskbridge.conversations import service
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import Platform
from deskbridge.settings import Settings

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from support.servers import free_port, running

LASTING = sessions.Lasting(timedelta(hours=8), timedelta(hours=8))
RATE_LIMIT, P50_MS, P99_MS = 10_000, 1.5, 3.0


async def furnish(settings: Settings, pairs: int) -> dict[str, Any]:
    """Agents in pairs, each pair with a conversation, signed in."""
    writers: list[tuple[str, dict[str, str]]] = []
    async with open_desk(settings) as desk:
        async with desk.db.transaction() as tx:
            account = await accounts.create_account(tx, "Bench", None, desk.clock())
        for number in range(pairs):
            one = await _agent(desk, account.id, f"one{number}")
            two = await _agent(desk, account.id, f"two{number}")
            async with desk.db.transaction() as tx:
                person = await directory_store.find_person_of_user(tx.connection, account.id, two[0].id)
                assert person is not None
                talk = await service.start(tx, one[0], person.id, Platform.CONTACT_CENTER, desk.clock())
            to = {"type": "send", "conversation_id": talk.id}
            writers += [(one[1], to), (two[1], to)]
        # Beyond what happened when they were made: nobody has anything to catch up with.
        return {"version": f"{desk.db.epoch}.0", "writers": writers, "path": "/api/v1/realtime"}


async def _agent(desk: Desk, account_id: Any, name: str) -> tuple[User, str]:
    new = NewUser(name, f"Agent {name}", f"{name}@desk.example", Role.AGENT, frozenset({License.CONTACT_CENTER}))
    async with desk.db.transaction() as tx:
        user = await users.create_user(tx, account_id, new, desk.clock())
    user, token = await sessions.open_session(desk.db, user, desk.clock(), LASTING, "bench")
    return user, f"deskbridge={token}"


def load(given: dict[str, Any], port: int, wanted: argparse.Namespace) -> dict[str, Any]:
    """What the clients saw."""
    told = given | {
        "port": port,
        "window": wanted.window,
        "seconds": wanted.seconds,
        "quiet_seconds": wanted.quiet,
    }
    command = [sys.executable, str(Path(__file__).with_name("messages_load.py"))]
    done = subprocess.run(command, input=json.dumps(told) + "\n", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def of_product(wanted: argparse.Namespace) -> dict[str, Any]:
    """A fresh product."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        settings = Settings(data_dir=Path(folder), port=port, public_url=f"http://localhost:{port}")
        given = asyncio.run(furnish(settings, wanted.pairs))
        given_to_it = {"DESKBRIDGE_DATA_DIR": folder, "DESKBRIDGE_PORT": str(port), "DESKBRIDGE_LOG_LEVEL": "WARNING",
                       # One client stands for hundreds.
                       "DESKBRIDGE_RATE_LIMIT_USER": "0", "DESKBRIDGE_RATE_LIMIT_ADDRESS": "0",
                       "DESKBRIDGE_PUBLIC_URL": settings.public_url}  # fmt: skip
        os.environ.update(given_to_it)
        with running([str(Path(sys.executable).parent / "deskbridge"), "serve"], port) as product:
            seen = load(given | {"pid": product.pid}, port, wanted)
        stored = sqlite3.connect(Path(folder) / "deskbridge.sqlite3").execute("SELECT count(*) FROM messages")
        assert seen["acknowledged"] == seen["received"] == stored.fetchone()[0], seen
        return seen


class Relay:
    """Takes a message for somebody, stores it, acknowledges it and hands it on."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.here: dict[str, Send] = {}
        self.waiting: list[tuple[str, str, str]] = []
        self.some = asyncio.Event()

    def open(self) -> None:
        self.db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        self.db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
        self.db.execute("CREATE TABLE messages (id TEXT PRIMARY KEY, sender TEXT, recipient TEXT, text TEXT)")

    async def carry(self) -> None:
        while True:
            await self.some.wait()
            self.some.clear()
            some, self.waiting = self.waiting, []
            said = [(each, json.loads(text)) for each, _, text in some]
            rows = [(text["client_id"], one, text["to"], text["text"]) for one, text in said]
            await asyncio.to_thread(self.store, rows)
            for client_id, one, to, text in rows:
                told = {"type": "message_changed", "client_id": client_id, "from": one, "text": text}
                sent = {"type": "sent", "client_id": client_id}
                await self.here[to]({"type": "websocket.send", "text": json.dumps(told, separators=(",", ":"))})
                await self.here[one]({"type": "websocket.send", "text": json.dumps(sent, separators=(",", ":"))})

    def store(self, rows: list[tuple[str, str, str, str]]) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        self.db.executemany("INSERT INTO messages VALUES (?, ?, ?, ?)", rows)
        self.db.execute("COMMIT")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            self.open()
            self.carrier = asyncio.create_task(self.carry())
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        if scope["type"] != "websocket":
            return
        me = dict(scope["headers"])[b"cookie"].decode()
        await receive()
        await send({"type": "websocket.accept"})
        self.here[me] = send
        while (message := await receive())["type"] == "websocket.receive":
            text = message["text"]
            if '"hello"' in text:
                await send({"type": "websocket.send", "text": '{"type":"welcome"}'})
            else:
                self.waiting.append((me, "", text))
                self.some.set()


def relay(port: int, path: str) -> None:
    """Serve it."""
    options: Any = {"ws": "websockets-sansio", "ws_per_message_deflate": False, "log_level": "warning"}
    uvicorn.run(Relay(path), host="127.0.0.1", port=port, **options)


def of_relay(wanted: argparse.Namespace) -> dict[str, Any]:
    """The same load on it."""
    port = free_port()
    names = [secrets.token_hex(8) for _ in range(2 * wanted.pairs)]
    writers = [(each, {"to": names[number ^ 1]}) for number, each in enumerate(names)]
    given = {"version": "", "writers": writers, "path": "/"}
    with (
        tempfile.TemporaryDirectory() as folder,
        running([sys.executable, __file__, "--relay", str(port), f"{folder}/relay.sqlite3"], port) as process,
    ):
        seen = load(given | {"pid": process.pid}, port, wanted)
    assert seen["acknowledged"] == seen["received"], seen
    return seen


def report(name: str, runs: list[dict[str, Any]], limits: str) -> float:
    """One line; the median rate."""
    rate = statistics.median(each["rate"] for each in runs)
    p50, p99 = (statistics.median(each["quiet"][at] for each in runs) for at in (0, 1))
    after50, after99 = (statistics.median(each["after"][at] for each in runs) for at in (0, 1))
    together, alone = (statistics.median(each["cores"][at] for each in runs) for at in (0, 1))
    busy = statistics.median(each["full"][1] for each in runs)
    print(
        f"{name:10} {rate:8,.0f} durable messages a second "
        f"(p99 then {busy:,.0f} ms; {together:,.0f} µs of cores each), "
        f"at 50 a second p50 {p50:.2f} ms, p99 {p99:.2f} ms{limits}, {alone:,.0f} µs of cores each, "
        f"right after the burst {after50:.2f} and {after99:.2f} ms",
        flush=True,
    )
    return rate


def main() -> None:
    """Print the figures beside their limits."""
    if sys.argv[1:2] == ["--relay"]:
        relay(int(sys.argv[2]), sys.argv[3])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=100, help="of agents who write to each other")
    parser.add_argument("--window", type=int, default=8, help="messages of each agent under way")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--quiet", type=int, default=10, help="seconds at 50 a second, before and after")
    parser.add_argument("--runs", type=int, default=3)
    wanted = parser.parse_args()
    started = time.perf_counter()
    seen = [(of_relay(wanted), of_product(wanted)) for _ in range(wanted.runs)]
    relayed = report("bare relay", [each for each, _ in seen], "")
    limits = f" (limits {RATE_LIMIT:,}; {P50_MS} ms, {P99_MS} ms)"
    rate = report("deskbridge", [each for _, each in seen], limits)
    print(f"deskbridge / bare relay: {rate / relayed:.0%}; {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
