"""What an agent costs who is connected and silent, and how soon all are back after a restart, with what they missed.

    bench/idle.py [--agents 2000]      (the figure that is claimed is taken with 10000; see `ulimit -n`)

`deskbridge serve` on SQLite, and raw WebSocket clients in this process. Memory: what the server has resident with all
connected and welcomed, less what it had before, for each; and of that what each of the second half added (limit
30 KiB), and what is made once however many there are, above all SQLite's page caches. Then it is killed with SIGKILL,
one event is written into the feed of each agent while nobody serves, it is started again, and all connect and resume:
the time from when it listens until the last has been welcomed and told (limit 30 s for 10,000), and whether each got
that event once.
"""

import argparse
import asyncio
import hashlib
import json
import os
import resource
import secrets
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from deskbridge.accounts import service as accounts
from deskbridge.accounts import session_store
from deskbridge.accounts.events import MeChanged
from deskbridge.accounts.model import License, Role, User
from deskbridge.accounts.service import NewUser
from deskbridge.app import open_desk
from deskbridge.settings import Settings
from deskbridge.storage.feed import user_topic
from deskbridge.storage.schema import new_id
from messages_load import Client, Tally, cpu_seconds

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from support.servers import free_port, running

MEMORY_KIB, SECONDS, CONNECTING_AT_ONCE, TOGETHER = 30.0, 30.0, 200, 200


class Silent(Client):
    """Says hello and listens."""

    told = 0

    def _hear(self, text: bytes, now: int) -> None:
        self.told += text.count(b'"type":"me_changed"')
        super()._hear(text, now)


async def furnish(settings: Settings, how_many: int) -> tuple[str, list[tuple[User, str]]]:
    """So many agents, signed in."""
    made: list[tuple[User, str]] = []
    async with open_desk(settings) as desk:
        now = desk.clock()
        async with desk.db.transaction() as tx:
            account = await accounts.create_account(tx, "Bench", None, now)
        while len(made) < how_many:
            async with desk.db.transaction() as tx:
                for number in range(len(made), min(how_many, len(made) + TOGETHER)):
                    new = NewUser(f"a{number}", f"Agent {number}", f"a{number}@desk.example", Role.AGENT,
                                  frozenset({License.CONTACT_CENTER}))  # fmt: skip
                    user, token = await accounts.create_user(tx, account.id, new, now), secrets.token_urlsafe(32)
                    ends = now + settings.session_lifetime
                    await session_store.insert_session(
                        tx.connection, id=new_id(), token_hash=hashlib.sha256(token.encode()).hexdigest(),
                        user_id=user.id, created_at=now, expires_at=ends, ends_at=ends, proved_at=now,
                        by_single_sign_on=False, origin="bench",
                    )  # fmt: skip
                    made.append((user, f"deskbridge={token}"))
        return f"{desk.db.epoch}.0", made


async def happen(settings: Settings, agents: list[tuple[User, str]]) -> None:
    """One event in the feed of each."""
    async with open_desk(settings) as desk:
        for start in range(0, len(agents), TOGETHER):
            async with desk.db.transaction() as tx:
                for user, _ in agents[start : start + TOGETHER]:
                    tx.emit(user_topic(user.id), MeChanged(me=user))


async def connect(port: int, version: str, agents: list[tuple[User, str]]) -> list[Silent]:
    """Everybody, welcomed."""
    tally, hello = Tally(), json.dumps({"type": "hello", "version": version}).encode()
    at_once = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def one(cookie: str) -> Silent:
        async with at_once:
            client = Silent(tally, cookie, hello, (b"", b""), "/api/v1/realtime")
            await asyncio.get_running_loop().create_connection(lambda: client, "127.0.0.1", port)
            await asyncio.wait_for(client.welcomed, 120)
            return client

    return list(await asyncio.gather(*(one(cookie) for _, cookie in agents)))


def resident_kib(pid: int) -> float:
    """Memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024


async def settled_kib(pid: int) -> float:
    """The same a moment later."""
    await asyncio.sleep(2)
    return resident_kib(pid)


async def measure(settings: Settings, version: str, agents: list[tuple[User, str]], command: list[str]) -> None:
    """Memory, then the restart."""
    port = settings.port
    with running(command, port) as product:
        # What is only made once is made before: the first of each kind.
        first = await connect(port, version, agents[:20])
        before = resident_kib(product.pid)
        half = len(agents) // 2
        clients, at_half = await connect(port, version, agents[20:half]), await settled_kib(product.pid)
        clients, at_all = clients + await connect(port, version, agents[half:]), await settled_kib(product.pid)
        each = (at_all - at_half) / (len(agents) - half)
        once = at_half - before - each * (half - 20)
        print(
            f"idle: {each:.1f} KiB for each connected agent (limit {MEMORY_KIB:.0f}), and {once / 1024:.1f} MiB once; "
            f"together {(at_all - before) / len(clients):.1f} KiB for each of {len(agents):,}",
            flush=True,
        )
        product.send_signal(signal.SIGKILL)
        product.wait()
    for client in (*first, *clients):
        client.transport.abort()
    await happen(settings, agents)
    with running(command, port) as product:
        started, used = time.perf_counter(), cpu_seconds(product.pid)
        clients = await connect(port, version, agents)
        took = time.perf_counter() - started
        used = (cpu_seconds(product.pid) - used) / len(agents) * 1e6
    told = [client.told for client in clients]
    right = sum(number == 1 for number in told)
    print(
        f"after a restart: all {len(agents):,} back in {took:.1f} s, {len(agents) / took:,.0f} a second "
        f"(limit {SECONDS:.0f} s for 10,000: {10_000 / SECONDS:,.0f} a second; {used:,.0f} µs of cores each); "
        f"{right:,} of {len(agents):,} were told once what they had missed"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=2_000)
    wanted = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        given: dict[str, Any] = {
            "data_dir": folder, "port": port, "public_url": f"http://localhost:{port}", "log_level": "WARNING",
            # One address stands for thousands.
            "rate_limit_address": 0,
        }  # fmt: skip
        os.environ.update({f"DESKBRIDGE_{name.upper()}": str(value) for name, value in given.items()})
        settings = Settings.load()
        version, agents = asyncio.run(furnish(settings, wanted.agents))
        command = [str(Path(sys.executable).parent / "deskbridge"), "serve"]
        asyncio.run(measure(settings, version, agents, command))


if __name__ == "__main__":
    main()
