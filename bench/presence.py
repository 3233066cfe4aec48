"""Presence for 5,000 watching agents with 100 people on screen each, while 2,000 people a second change.

Everything is real but the browsers: m365sim tells each change in an encrypted notification, `deskbridge serve` on
SQLite proves, opens or reads it and hands it on, and WebSocket clients in a process of their own say when it arrived.
`--agents 200 --changes 100` is the small form. A delivery is one change that reaches one of those who look: 2,000
changes a second of 65,000 people, of whom each of 5,000 agents sees 100, are 15,400 deliveries a second. On one machine
the load takes its share of the cores: what each part used is printed, for each change and each delivery. Clients are
cheap: they count frames and look for the moment of the change, without parsing JSON. Beside it a bare WebSocket server
tells the same clients as many presences, one in each frame.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from agents_load import sign_in
from deskbridge.accounts import service as accounts
from deskbridge.admin import users
from deskbridge.api.desk import Desk
from deskbridge.app import open_desk
from deskbridge.directory.tables import identities
from deskbridge.settings import Settings
from deskbridge.teams.store.people import users as teams_users
from m365sim_load import Simulator
from presence_load import bare, listen, say, watchers

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from support.agents import Agent
from support.servers import free_port, running

ON_SCREEN = 100
IN_ONE_SUBSCRIPTION = 650
WITHIN_MS = 250.0
TOGETHER = 100
"""Agents who are signed in with the same commits."""
PRESENCE_LIMIT, SUBSCRIPTION_LIMIT = 10_000, 500
"""Requests in 30 seconds, and creating, renewing and deleting in 20 (facts.md 8)."""


def carriers_for(people: int) -> int:
    """How many agents can carry the subscriptions to all of them, and to themselves."""
    return -(-people // (IN_ONE_SUBSCRIPTION - 1))


@dataclass
class Office:
    """What was made before the clock starts: sessions, and whom Microsoft calls what."""

    version: str
    sessions: list[str]
    carriers: list[tuple[str, str]]
    people: list[tuple[str, str]]
    """Person here, user at Microsoft; in the order of the list."""
    watched: list[str]
    """Each as often as somebody looks."""


async def furnish(settings: Settings, simulator: Simulator, wanted: argparse.Namespace) -> Office:
    """Import everybody, and sign agents in without asking for 5,000 passwords."""
    async with open_desk(settings) as desk:
        async with desk.db.transaction() as tx:
            account = await accounts.create_account(tx, "Bench", simulator.info["tenant_id"], desk.clock())
            await users.set_teams_chat(tx, account.id, desk.clock(), enabled=True)
        started = time.perf_counter()
        await desk.connector.importer.run_once(account.id)
        print(f"imported {wanted.people:,} people in {time.perf_counter() - started:.1f} s", flush=True)
        sessions: list[str] = []
        for first in range(0, wanted.agents, TOGETHER):
            names = [f"agent{number}" for number in range(first, min(first + TOGETHER, wanted.agents))]
            sessions += await asyncio.gather(*(_cookie(desk, account.id, name) for name in names))
        carriers = [(await _cookie(desk, account.id, f"carrier{n}"), f"carrier{n}@contoso.example")
                    for n in range(carriers_for(wanted.people))]  # fmt: skip
        async with desk.db.read() as connection:
            query = identities.select().join(teams_users, teams_users.c.identity_id == identities.c.id)
            rows = await connection.execute(
                query.with_only_columns(identities.c.person_id, teams_users.c.microsoft_user_id)
            )
            people = [(row.person_id, row.microsoft_user_id) for row in rows]
        return Office(f"{desk.db.epoch}.0", sessions, carriers, sorted(people), [])


async def _cookie(desk: Desk, account_id: Any, name: str) -> str:
    return f"deskbridge={await sign_in(desk.db, account_id, name)}"


async def connect_carriers(base: str, office: Office) -> None:
    """The agents whose Microsoft accounts carry the subscriptions sign in at Microsoft, as in a browser."""
    for cookie, username in office.carriers:
        agent = Agent(base)
        agent.http.cookies.set(*cookie.split("="))
        page = await agent.connect_teams(username)
        assert page.is_success, page.text
        connection = (await agent.snapshot())["connection"]
        assert connection["state"] == "connected", connection
        await agent.http.aclose()


def windows(office: Office) -> list[tuple[str, list[str]]]:
    """Each agent's session, and whom they have on screen: some who stand together in the list."""
    chance = random.Random(1)  # Nothing is secret here.
    firsts = [chance.randrange(len(office.people)) for _ in office.sessions]
    return [
        (cookie, [office.people[(first + place) % len(office.people)][0] for place in range(ON_SCREEN)])
        for cookie, first in zip(office.sessions, firsts, strict=True)
    ]


async def settle(simulator: Simulator, wanted: int) -> int:
    """Until so many people, all who are on a screen, are subscribed to; how many are."""
    before = -1
    async with httpx.AsyncClient(base_url=simulator.info["control_url"], timeout=60) as control:
        for _ in range(100):
            await asyncio.sleep(3)
            said = (await control.get("/subscriptions")).json()["value"]
            told = sum(each["resource"].count("'") // 2 for each in said if "presences" in each["resource"])
            # Until the last of them stays, as some are subscribed to again with others.
            if wanted <= told == before:
                return told
            before = told
            print(f"  subscribed to {told:,}", flush=True)
    raise TimeoutError("not everybody is subscribed to after five minutes")


def change(simulator: Simulator, office: Office, wanted: argparse.Namespace) -> list[str]:
    """So many a second at an even pace, each of another person; whose presence changed. Nothing else goes on here."""
    chance = random.Random(2)
    order = list(office.people)
    chance.shuffle(order)
    changed: list[str] = []
    words = ("Available", "Busy", "Away", "DoNotDisturb")
    a_tick = max(1, wanted.changes // 50)
    control = urlsplit(simulator.info["control_url"])
    with contextlib.closing(HTTPConnection(control.netloc, timeout=60)) as connection:

        def post(what: str, body: str) -> None:
            connection.request("POST", f"{control.path}/{what}", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = answer.read()
            assert answer.status < 300, said

        started = time.perf_counter()
        for tick in range(wanted.seconds * wanted.changes // a_tick):
            time.sleep(max(0.0, started + tick * a_tick / wanted.changes - time.perf_counter()))
            mine = [order[(tick * a_tick + place) % len(order)] for place in range(a_tick)]
            at = time.monotonic_ns() // 1000
            body = [{"user": user, "availability": words[(tick + place) % 4], "activity": f"t{at}"}
                    for place, (_, user) in enumerate(mine)]  # fmt: skip
            post("presence", json.dumps({"value": body}))
            changed += [person for person, _ in mine]
        took = time.perf_counter() - started
        print(f"made {len(changed):,} changes in {took:.1f} s: {len(changed) / took:,.0f} a second", flush=True)
        post("settle", "")
    return changed


def cpu_seconds(pid: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(simulator: Simulator, wanted: argparse.Namespace, settings: Settings, port: int) -> None:
    """Furnish, connect, watch, change; then the figures."""
    base = f"http://localhost:{port}"
    office = await furnish(settings, simulator, wanted)
    environment = {f"DESKBRIDGE_{name.upper()}": str(value) for name, value in given_settings(settings).items()}
    os.environ.update(environment)
    command = [str(Path(sys.executable).parent / "deskbridge"), "serve"]
    with running(command, port) as product:
        await connect_carriers(base, office)
        print(f"{len(office.carriers)} agents connected to Microsoft", flush=True)
        agents = windows(office)
        office.watched = [person for _, window in agents for person in window]
        began = time.perf_counter()
        with watchers(port, office.version, agents, wanted.clients) as clients:
            print(f"all {wanted.agents:,} agents watch after {time.perf_counter() - began:.1f} s", flush=True)
            told = await settle(simulator, len(set(office.watched)))
            print(f"all {told:,} people are subscribed to after {time.perf_counter() - began:.1f} s", flush=True)
            async with httpx.AsyncClient(base_url=simulator.info["control_url"], timeout=60) as control:
                coming = (await control.get("/calls")).json()
                await control.delete("/calls")
                for client in clients:
                    say(client, "begin")
                parts = {"product": product.pid, "m365sim": simulator.process.pid, "bench": os.getpid()}
                before = {name: cpu_seconds(pid) for name, pid in parts.items()}
                print("clock begins", flush=True)
                started = time.perf_counter()
                changed = change(simulator, office, wanted)
                took = time.perf_counter() - started
                await asyncio.sleep(3)
                used = {name: cpu_seconds(pid) - before[name] for name, pid in parts.items()}
                meanwhile = (await control.get("/calls")).json()
                conduct = (await control.get("/conduct")).json()["violations"]
            heard = [listen(client) for client in clients]
    report_calls(coming, meanwhile, conduct, told)
    looking = Counter(office.watched)
    deliveries = sum(looking[person] for person in changed)
    report_arrivals("from the change in Teams to the agent", deliveries, heard)
    used["clients"] = sum(each["cpu"] for each in heard)
    report_cores(used, took, len(changed), deliveries)
    a_second = wanted.changes * wanted.agents * ON_SCREEN // wanted.people
    heard, core = bare(agents, a_second, wanted.seconds, wanted.clients)
    report_arrivals("a bare WebSocket server, which knows only sockets", a_second * wanted.seconds, heard)
    print(f"  cores used: server {core:.2f}, clients {sum(each['cpu'] for each in heard) / wanted.seconds:.2f}")


def given_settings(settings: Settings) -> dict[str, Any]:
    """What the product's own process is to be told."""
    given = settings.model_dump(exclude_defaults=True)
    # One address stands for thousands.
    given["rate_limit_address"] = 0
    if settings.microsoft_client_secret:
        given["microsoft_client_secret"] = settings.microsoft_client_secret.get_secret_value()
    return given


def report_calls(coming: Any, meanwhile: Any, conduct: Any, told: int) -> None:
    """What it cost at Microsoft."""
    for when, calls in (("until all were watched", coming), ("while they changed", meanwhile)):
        made = {name: count for name, count in calls["made"].items() if "presence" in name.lower() or "subscr" in name}
        print(f"Graph calls {when}: " + (", ".join(f"{count} {name}" for name, count in made.items()) or "none")
              + f"; throttled {sum(calls['throttled'].values())}")  # fmt: skip
    fewest = -(-told // IN_ONE_SUBSCRIPTION)
    print(f"  (at the least {fewest} subscriptions of {told:,} people; limits: {PRESENCE_LIMIT:,} readings in 30 s,"
          f" {SUBSCRIPTION_LIMIT} subscriptions in 20 s); violations: {len(conduct)}")  # fmt: skip


def report_arrivals(what: str, expected: int, heard: list[dict[str, Any]]) -> None:
    """How many arrived, and when."""
    took = sorted(each for one in heard for each in one["latencies"])
    if not took:
        print(f"{what}: nothing arrived")
        return
    p50, p99 = (took[min(len(took) - 1, int(len(took) * share))] for share in (0.5, 0.99))
    frames = sum(each["frames"] for each in heard)
    lost = sum(each["lost"] for each in heard)
    print(f"{what}: p50 {p50:,.0f} ms, p99 {p99:,.0f} ms (limit {WITHIN_MS:,.0f}), slowest {took[-1]:,.0f} ms")
    print(f"  arrived {len(took):,} of {expected:,} in {frames:,} frames; connections lost: {lost}")


def report_cores(used: dict[str, float], took: float, changes: int, deliveries: int) -> None:
    """What each part used of the cores that they share; together they cannot use more than there are."""
    print(f"  {changes / took:,.0f} changes a second, each to {deliveries / changes:.1f} agents:"
          f" {deliveries / took:,.0f} deliveries a second")  # fmt: skip
    for name, seconds in used.items():
        print(f"  {name:8} {seconds / took:.2f} cores; {seconds / changes * 1e6:4,.0f} µs a change,"
              f" {seconds / deliveries * 1e6:3,.0f} µs a delivery")  # fmt: skip
    print(f"  together {sum(used.values()) / took:.2f} of {os.cpu_count()} cores")


def main() -> None:
    """Print the figures beside their limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=5_000)
    parser.add_argument("--changes", type=int, default=2_000, help="people a second")
    parser.add_argument("--people", type=int, help="on all screens together; 13 for each agent unless told")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--clients", type=int, default=1, help="processes")
    wanted = parser.parse_args()
    wanted.people = wanted.people or wanted.agents * 13
    port = free_port()
    callback = f"http://localhost:{port}/api/v1/teams/callback"
    scenario = {
        "apps": [{"name": "Deskbridge", "app_roles": ["User.Read.All"], "redirect_uris": [callback],
                  "admin_scopes": ["User.Read", "Chat.ReadWrite", "ChatMessage.Send", "Presence.Read.All"]}],
        "people": [{"alias": f"carrier{number}", "name": f"Carrier {number}"}
                   for number in range(carriers_for(wanted.people))],
        "generate": {"people": wanted.people},
    }  # fmt: skip
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator(scenario=scenario, pinned=False, throttling=True) as simulator,
    ):
        settings = Settings(
            data_dir=Path(folder), port=port, public_url=f"http://localhost:{port}", log_level="WARNING",
            microsoft_client_id=simulator.info["client_id"], microsoft_client_secret=simulator.info["client_secret"],
            microsoft_login_url=simulator.info["authority_https_url"].rpartition("/")[0],
            microsoft_graph_url=simulator.info["graph_url"], microsoft_ca_file=simulator.info["ca_file"],
        )  # fmt: skip
        asyncio.run(measure(simulator, wanted, settings, port))


if __name__ == "__main__":
    main()
