"""Importing a million people, then 30,000 changes, while an agent works: people a second, memory, and the agent's wait.

m365sim and `deskbridge serve` run in processes of their own, on SQLite or on PostgreSQL. `--people 50000` is the small
form; `--database postgresql` the other database. The limits are those of a million: ten minutes, 500 MiB, and 20 s for
the changes. The agent's requests are measured before and meanwhile, so that the two can be compared.
"""

import argparse
import asyncio
import contextlib
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from deskbridge.accounts import service as accounts
from deskbridge.accounts.model import License, Role
from deskbridge.accounts.service import NewUser
from deskbridge.admin import users
from deskbridge.app import open_desk
from deskbridge.settings import Settings
from m365sim_load import Simulator

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from support.agents import Agent
from support.servers import free_port, postgres_server, running

APP = {"name": "Bench", "app_roles": ["User.Read.All"]}
SECONDS_FOR_A_MILLION, MEMORY_MIB, SECONDS_FOR_CHANGES, AGENT_P99_MS = 600, 500, 20, 100


@contextlib.contextmanager
def database(kind: str) -> Iterator[dict[str, Any]]:
    """The settings of that kind of database."""
    if kind == "sqlite":
        yield {}
        return
    with postgres_server() as server:
        yield {"database_url": asyncio.run(server.new_database())}


async def furnish(settings: Settings, tenant_id: str) -> None:
    """An Account with an admin and an agent."""
    async with open_desk(settings) as desk, desk.db.transaction() as tx:
        account = await accounts.create_account(tx, "Bench", tenant_id, desk.clock())
        await users.set_teams_chat(tx, account.id, enabled=True, now=desk.clock())
        for name, role in (("admin", Role.ADMIN), ("agent", Role.AGENT)):
            licenses = frozenset({License.CONTACT_CENTER})
            new = NewUser(name, name.title(), f"{name}@desk.example", role, licenses, "correct horse")
            await users.create_user(tx, account.id, new, desk.clock())


class AtWork:
    """The agent changes her Status, looks at her workspace, and searches, again and again."""

    def __init__(self, agent: Agent, pause: float) -> None:
        self._agent, self._pause = agent, pause
        self.waits: list[tuple[str, float]] = []

    async def work(self) -> None:
        """Until cancelled."""
        for number in itertools.count():
            what = ("status", "snapshot", "search")[number % 3]
            started = time.perf_counter()
            if what == "status":
                await self._agent.call("PUT", "/me/status", json={"status": "Busy" if number % 2 else "Available"})
            elif what == "snapshot":
                await self._agent.snapshot()
            else:
                await self._agent.call("GET", "/people", params={"q": "robin", "limit": 50})
            self.waits.append((what, (time.perf_counter() - started) * 1000))
            await asyncio.sleep(self._pause)

    def take(self) -> str:
        """The median and the 99th percentile since the last time."""
        taken, self.waits = self.waits, []
        if len(taken) < 6:
            return "not measured"
        kinds = {"all": [wait for _, wait in taken]}
        kinds |= {kind: [wait for what, wait in taken if what == kind] for kind in dict(taken)}
        return "; ".join(f"{kind} {_spread(waits)}" for kind, waits in kinds.items())


def _spread(waits: list[float]) -> str:
    waits = sorted(waits)
    p99 = waits[int(len(waits) * 0.99)]
    return f"median {statistics.median(waits):.0f} ms, p99 {p99:.0f} ms, longest {waits[-1]:.0f} ms"


def cpu_seconds(pid: int) -> float:
    """What the product has used of its core; on a busy machine this is the fairer measure."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def run_import(admin: Agent, pid: int, steps_of: int = 0) -> tuple[Any, float]:
    """One import from its start to its end, and how long it took; told after each so many people."""
    started = before_at = time.perf_counter()
    before, used = 0, cpu_seconds(pid)
    told = await admin.call("POST", "/admin/imports")
    while told["state"] == "running":
        await asyncio.sleep(0.25)
        told = await admin.call("GET", f"/admin/imports/{told['id']}")
        if steps_of and told["read"] >= before + steps_of:
            now, now_at, more = cpu_seconds(pid), time.perf_counter(), told["read"] - before
            print(
                f"  {told['read']:,}: {more / (now_at - before_at):,.0f} people/s, "
                f"{(now - used) / more * 10_000:.2f} s of the core for 10,000",
                flush=True,
            )
            before, before_at, used = told["read"], now_at, now
    assert told["state"] == "done", told
    return told, time.perf_counter() - started


async def change(simulator: Simulator, how_many: int) -> None:
    """So many people get another job title."""
    ids = [f"u{number:07d}@contoso.example" for number in range(how_many)]
    limits = httpx.Limits(max_connections=8)
    async with httpx.AsyncClient(base_url=simulator.info["control_url"], timeout=60, limits=limits) as control:

        async def one(lane: int) -> None:
            for each in ids[lane::8]:
                answer = await control.patch(f"/users/{each}", json={"job_title": "Changed"})
                answer.raise_for_status()

        await asyncio.gather(*(one(lane) for lane in range(8)))


def memory_mib(pid: int) -> tuple[float, float]:
    """Resident now and at its peak."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.startswith(("VmRSS", "VmHWM"))}
    return found["VmRSS"], found["VmHWM"]


async def measure(base: str, pid: int, simulator: Simulator, wanted: argparse.Namespace) -> None:
    """The agent alone, a full import, the changes, the same again."""
    admin, agent = Agent(base), Agent(base)
    await admin.sign_in("admin")
    await agent.sign_in("agent")
    at_work = AtWork(agent, wanted.pause)
    working = asyncio.create_task(at_work.work())
    await asyncio.sleep(5)
    print(f"the agent, nothing else going on: {at_work.take()}", flush=True)

    used = cpu_seconds(pid)
    told, took = await run_import(admin, pid, wanted.people // 10)
    used = cpu_seconds(pid) - used
    share = wanted.people / 1_000_000
    print(
        f"full import of {told['read']:,}: {took:.1f} s (limit {SECONDS_FOR_A_MILLION * share:.0f}), "
        f"{told['read'] / took:,.0f} people/s, {told['read'] / used:,.0f} a second of the core; added {told['added']:,}"
    )
    print(f"memory: {memory_mib(pid)[1]:.0f} MiB at its peak (limit {MEMORY_MIB})")
    print(f"the agent meanwhile: {at_work.take()} (limit for p99 {AGENT_P99_MS})", flush=True)

    await change(simulator, wanted.changes)
    at_work.take()
    used = cpu_seconds(pid)
    told, took = await run_import(admin, pid, wanted.changes // 4)
    used = cpu_seconds(pid) - used
    print(
        f"incremental import: read {told['read']:,}, changed {told['changed']:,} in {took:.1f} s "
        f"(limit {SECONDS_FOR_CHANGES} for 30,000), {told['read'] / took:,.0f} people/s, "
        f"{told['read'] / used:,.0f} a second of the core"
    )
    print(f"the agent meanwhile: {at_work.take()} (limit for p99 {AGENT_P99_MS})", flush=True)
    told, took = await run_import(admin, pid)
    print(f"again: read {told['read']:,}, changed {told['changed']:,} in {took:.1f} s", flush=True)
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--changes", type=int, default=30_000)
    parser.add_argument("--pause", type=float, default=0.05, help="seconds between two requests of the agent")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    wanted = parser.parse_args()
    scenario = {"apps": [APP], "generate": {"people": wanted.people}}
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator(scenario=scenario) as simulator,
        database(wanted.database) as stores,
    ):
        port = free_port()
        given = {
            "port": port,
            "public_url": f"http://localhost:{port}",
            "data_dir": Path(folder) / "data",
            "microsoft_client_id": simulator.info["client_id"],
            "microsoft_client_secret": simulator.info["client_secret"],
            "microsoft_login_url": simulator.info["authority_https_url"].rpartition("/")[0],
            "microsoft_graph_url": simulator.info["graph_url"],
            "microsoft_ca_file": simulator.info["ca_file"],
            "log_level": "WARNING",
            **stores,
        }
        os.environ.update({f"DESKBRIDGE_{name.upper()}": str(value) for name, value in given.items()})
        asyncio.run(furnish(Settings.load(), simulator.info["tenant_id"]))
        print(f"{wanted.people:,} people, {wanted.database}", flush=True)
        with running([str(Path(sys.executable).parent / "deskbridge"), "serve"], port) as product:
            asyncio.run(measure(f"http://localhost:{port}", product.pid, simulator, wanted))


if __name__ == "__main__":
    main()
