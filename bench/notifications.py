"""Encrypted notifications from the webhook to the agents' WebSockets, beside bare decryption of the same items.

    bench/notifications.py [--items 3000] [--agents 20] [--chats 10] [--together 25] [--runs 3] [--strangers 20000]

`deskbridge serve` on SQLite takes real HTTP posts of items that are encrypted for its own certificate, proves them with
real validation tokens (m365sim issues them), stores, answers 202, decrypts, applies, and tells the agents, whose
WebSockets are counted. In the same run, on the same cores: how many of these items a second are decrypted and nothing
else (limit: at least half of that); how long a 202 takes when items come at half of that rate (99th percentile under
50 ms); what happens when far more come than can be taken (no 202 after 3 s, 503 for the rest, sent again as Graph does,
and all arrive); and how many a second are dropped that belong to no conversation here (10,000).
"""

import argparse
import asyncio
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from deskbridge.settings import Settings
from m365sim_load import Connection, Simulator
from messages_load import Client, Tally, cpu_seconds
from notifications_office import Office, decrypt, furnish, item, posts, prove

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from support.servers import free_port, running

SHARE, P99_MS, LATEST_MS, DROPPED = 0.5, 50.0, 3_000.0, 10_000


@dataclass
class Posted:
    """How requests were answered, in milliseconds each."""

    accepted: list[float] = field(default_factory=list)
    shed: int = 0

    def p99(self) -> float:
        ordered = sorted(self.accepted)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


async def post(port: int, requests: Sequence[bytes], lanes: int, every: float = 0.0) -> Posted:
    """All of them, over so many connections, `every` so many seconds; what is shed comes again, as from Graph."""
    posted, waiting = Posted(), list(reversed(requests))
    began, number = time.perf_counter(), 0

    async def lane() -> None:
        nonlocal number
        connection = await Connection().open(port)
        while waiting:
            request, mine = waiting.pop(), number
            number += 1
            if every:
                await asyncio.sleep(max(0.0, began + mine * every - time.perf_counter()))
            started = time.perf_counter()
            status, _ = await connection.ask(request)
            if status == 202:
                posted.accepted.append((time.perf_counter() - started) * 1000)
            else:
                assert status == 503, status
                posted.shed += 1
                await asyncio.sleep(0.1)
                waiting.insert(0, request)
        connection.close()

    await asyncio.gather(*(lane() for _ in range(lanes)))
    return posted


async def listen(port: int, office: Office) -> Tally:
    """Every agent's WebSocket, from now on: the feed keeps too little for all that an earlier run told."""
    tally = Tally()
    for cookie in office.cookies:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"Cookie": cookie}) as browser:
            version = (await browser.get("/api/v1/workspace")).raise_for_status().json()["version"]
        hello = json.dumps({"type": "hello", "version": version}).encode()
        made = partial(Client, tally, cookie, hello, (b"", b""), "/api/v1/realtime")
        _, client = await asyncio.get_running_loop().create_connection(made, "127.0.0.1", port)
        await asyncio.wait_for(client.welcomed, 60)
    return tally


async def arrived(tally: Tally, expected: int) -> None:
    """Until the agents have heard of so many."""
    async with asyncio.timeout(240):
        while tally.received < expected:  # noqa: ASYNC110  # What is counted changes thousands of times a second.
            await asyncio.sleep(0.01)
    assert tally.received == expected, (tally.received, expected)


async def run_once(
    serving: tuple[int, int], office: Office, wanted: argparse.Namespace, first: int
) -> dict[str, float]:
    """All figures once, with items whose numbers begin there."""
    (port, pid), count = serving, wanted.items
    made = [item(office, first + number, office.places[number % len(office.places)]) for number in range(3 * count)]
    seen: dict[str, float] = {"bare": await decrypt(office, made[:count])}
    tally = await listen(port, office)
    started, heard, used = time.perf_counter(), tally.received, cpu_seconds(pid)
    await post(port, posts(office, made[:count], wanted.together), 4)
    await arrived(tally, heard + count)
    seen["all the way"] = count / (time.perf_counter() - started)
    seen["its cores"] = (cpu_seconds(pid) - used) / count * 1e6
    pace = wanted.together / (seen["bare"] * SHARE)
    paced = await post(port, posts(office, made[count : 2 * count], wanted.together), 16, pace)
    await arrived(tally, heard + 2 * count)
    flooded = await post(port, posts(office, made[2 * count :], wanted.together), 256)
    await arrived(tally, heard + 3 * count)
    strange = [
        {**each, "resource": f"chats('19:{uuid.uuid4()}@thread.v2')/messages('{number}')"}
        for number, each in enumerate((made * (wanted.strangers // len(made) + 1))[: wanted.strangers])
    ]
    bodies = posts(office, strange, 100)
    started, used = time.perf_counter(), cpu_seconds(pid)
    await post(port, bodies, 4)
    seen |= {
        "cores of a drop": (cpu_seconds(pid) - used) / len(strange) * 1e6,
        "p99": paced.p99(), "latest": max(flooded.accepted), "shed": flooded.shed,
        "dropped": len(strange) / (time.perf_counter() - started),
    }  # fmt: skip
    return seen


def report(runs: Sequence[dict[str, float]]) -> None:
    """Medians, beside their limits."""
    told = {name: statistics.median(each[name] for each in runs) for name in runs[0]}
    share = statistics.median(each["all the way"] / each["bare"] for each in runs)
    print(f"bare decryption on all cores:        {told['bare']:8,.0f} items a second")
    print(f"from the webhook to the WebSockets:  {told['all the way']:8,.0f} items a second, {share:.0%} of bare "
          f"decryption (limit {SHARE:.0%}); {told['its cores']:,.0f} µs of cores each")  # fmt: skip
    print(f"202 while half of bare comes: p99    {told['p99']:8,.1f} ms (limit {P99_MS:.0f})")
    print(f"202 under overload: latest           {told['latest']:8,.0f} ms (limit {LATEST_MS:,.0f}); "
          f"{told['shed']:,.0f} requests were shed and sent again, all arrived")  # fmt: skip
    print(f"of no conversation here, dropped:    {told['dropped']:8,.0f} items a second (limit {DROPPED:,}); "
          f"{told['cores of a drop']:,.0f} µs of cores each")  # fmt: skip


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=3_000, help="of each part of a run")
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--chats", type=int, default=10, help="of each agent")
    parser.add_argument("--together", type=int, default=25, help="items in a post")
    parser.add_argument("--strangers", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Simulator(pinned=False) as simulator:
        port = free_port()
        info = simulator.info
        given = {
            "port": port, "public_url": f"http://localhost:{port}", "data_dir": folder, "log_level": "ERROR",
            "microsoft_client_id": info["client_id"], "microsoft_client_secret": info["client_secret"],
            "microsoft_login_url": info["authority_https_url"].rpartition("/")[0],
            "microsoft_graph_url": info["graph_url"], "microsoft_ca_file": info["ca_file"],
        }  # fmt: skip
        os.environ.update({f"DESKBRIDGE_{name.upper()}": str(value) for name, value in given.items()})
        office = Office(info["tenant_id"], proofs=asyncio.run(prove(simulator)))
        asyncio.run(furnish(Settings.load(), office, wanted))
        with running([str(Path(sys.executable).parent / "deskbridge"), "serve"], port) as product:
            serving = (port, product.pid)
            runs = [
                asyncio.run(run_once(serving, office, wanted, 4 * run * wanted.items)) for run in range(wanted.runs)
            ]
        database = sqlite3.connect(Path(folder) / "deskbridge.sqlite3")
        waiting = database.execute("SELECT count(*) FROM teams_inbox").fetchone()[0]
        stored = database.execute("SELECT count(*) FROM messages").fetchone()[0]
        assert (waiting, stored) == (0, 3 * wanted.items * wanted.runs), (waiting, stored)
    report(runs)


if __name__ == "__main__":
    main()
