"""Searching one's own conversations among very many messages, beside the bare statement.

    bench/history_search.py [--messages 1000000] [--searches 600] [--on sqlite] [--on postgres]

The messages are of 200 agents and their 20,000 conversations; the busiest agent has a tenth of them all. They are taken
into the index as the product does it. Then each kind of search is asked of the service, and the statement that it sent
to find is sent again by the bare driver in the same run: SQLite's own module, asyncpg. Limits, for all kinds together:
20 ms for the 99th percentile, and three times the bare driver's; the service also looks for what is due, for names, and
makes snippets.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import event, insert

from deskbridge import migrate
from deskbridge.accounts import service as accounts
from deskbridge.accounts.model import License, Role, User
from deskbridge.accounts.service import NewUser
from deskbridge.admin import users
from deskbridge.clock import system_clock
from deskbridge.conversations import search_store
from deskbridge.conversations.model import position_at
from deskbridge.conversations.searching import Wanted, search
from deskbridge.conversations.tables import conversations, messages, participants
from deskbridge.directory.model import PersonId, Platform
from deskbridge.directory.tables import persons
from deskbridge.events import LocalBus
from deskbridge.storage.database import Database
from deskbridge.storage.opening import open_database

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from support.servers import postgres_server

LIMIT_MS, LIMIT_RATIO = 20.0, 3.0
AGENTS, PEOPLE_EACH, BATCH = 200, 100, 2_000
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
RNG = random.Random(5)
# As in any language a few words are in half of all messages, and most in very few.
_SYLLABLES = [a + b for a in "bcdfghklmnprstvwz" for b in ("a", "e", "i", "o", "u", "an", "er", "ou")]
WORDS = ["".join(RNG.choices(_SYLLABLES, k=RNG.choice((1, 2, 2, 3, 3, 4)))) for _ in range(30_000)]
WEIGHTS = [1 / (rank + 3) for rank in range(len(WORDS))]
Sent = list[tuple[str, Any]]
Took = dict[str, list[tuple[float, float]]]


async def office(db: Database) -> list[User]:
    """Agents, and people whom each of them chats with."""
    async with db.transaction() as tx:
        account = await accounts.create_account(tx, "Contoso", None, system_clock())
    agents = []
    for number in range(AGENTS):
        new = NewUser(f"a{number}", f"Agent {number}", f"a{number}@contoso.example", Role.AGENT, _CC)
        async with db.transaction() as tx:
            agents.append(await users.create_user(tx, account.id, new, system_clock()))
    async with db.transaction() as tx:
        for agent in agents:
            theirs = [f"{agent.id[:8]}-person-{number:03}" for number in range(PEOPLE_EACH)]
            rows = [{"id": each, "account_id": account.id, "display_name": each} for each in theirs]
            await tx.connection.execute(insert(persons), rows)
            talks = [
                {"id": _talk(each), "account_id": account.id, "kind": "messenger", "pair": each, "person_id": each}
                | {"agent_user_id": agent.id, "started_at": BEGAN, "revision": 1, "last_position": 0}
                for each in theirs
            ]
            await tx.connection.execute(insert(conversations), talks)
            part = [
                {"conversation_id": _talk(each), "user_id": agent.id, "sees_person_id": each, "read_revision": 0}
                for each in theirs
            ]
            await tx.connection.execute(insert(participants), part)
    return agents


_CC = frozenset({License.CONTACT_CENTER})


def _talk(person_id: str) -> str:
    return f"talk-{person_id}"


def written(agents: list[User], how_many: int) -> Iterator[dict[str, Any]]:
    """Messages in the order in which they were said, one every ten seconds."""
    for number in range(how_many):
        agent = agents[0] if number % 10 == 0 else RNG.choice(agents)
        at = BEGAN + timedelta(seconds=10 * number)
        text = " ".join(RNG.choices(WORDS, WEIGHTS, k=RNG.randint(3, 18)))
        yield {
            "id": f"{number:012}-{RNG.getrandbits(64):016x}",
            "conversation_id": _talk(f"{agent.id[:8]}-person-{RNG.randrange(PEOPLE_EACH):03}"),
            "position": position_at(at) + number % 1_000,
            "revision": number,
            "arrived": number,
            "kind": "message",
            "author_user_id": agent.id,
            "author_name": agent.display_name,
            "author_platform": Platform.CONTACT_CENTER.value,
            "html": f"<p>{text}</p>",
            "text": text,
            "created_at": at,
        }


async def fill(db: Database, how_many: int) -> list[User]:
    """Put in and taken into the index, some thousands at a time."""
    agents, batch, storing, indexing = await office(db), [], 0.0, 0.0
    for number, each in enumerate(written(agents, how_many), 1):
        batch.append(each)
        if len(batch) == BATCH or number == how_many:
            began = time.process_time()
            async with db.transaction() as tx:
                await tx.connection.execute(insert(messages), batch)
            storing, batch, began = storing + time.process_time() - began, [], time.process_time()
            more = True
            while more:
                async with db.transaction() as tx:
                    some = await search_store.take_due(tx.connection, BATCH)
                    await search_store.replace(tx.connection, list(some), [each for each in some.values() if each])
                more = bool(some)
            indexing += time.process_time() - began
    each_us = 1e6 / how_many
    print(
        f"  {how_many:,} messages: {storing * each_us:.0f} us each to store, {indexing * each_us:.0f} us to index (CPU)"
    )
    return agents


def questions(agents: list[User], how_many: int, last: datetime) -> Iterator[tuple[str, User, Wanted]]:
    """Of each kind as many, by the busiest agent and by any."""
    kinds = ("one word", "one letter", "common word", "two words", "rare words", "person", "days", "no such word")
    for number in range(how_many):
        kind, agent = kinds[number % len(kinds)], agents[0] if number % 2 else RNG.choice(agents)
        some, common = RNG.choice(WORDS[:3_000]), RNG.choice(WORDS[:10])
        person = PersonId(f"{agent.id[:8]}-person-{RNG.randrange(PEOPLE_EACH):03}")
        since = BEGAN + (last - BEGAN) * RNG.random()
        wanted = {
            "one word": Wanted(some[: RNG.randint(3, 8)]),
            "one letter": Wanted(common[0]),
            "common word": Wanted(common),
            "two words": Wanted(f"{common} {some[:3]}"),
            "rare words": Wanted(f"{RNG.choice(WORDS)} {RNG.choice(WORDS)}"),
            "person": Wanted(common, person_id=person),
            "days": Wanted(some[:2], since=since, until=since + timedelta(days=3)),
            "no such word": Wanted("zzzz"),
        }[kind]
        yield f"{kind}, {'busiest' if agent is agents[0] else 'any'}", agent, wanted


async def measure(db: Database, some: list[tuple[str, User, Wanted]], bare: Callable[[Sent], Awaitable[None]]) -> Took:
    """Milliseconds of the service, and of the bare driver with the statement that found, by kind."""
    sent: Sent = []

    def note(_c: Any, _u: Any, statement: str, parameters: Any, _x: Any, _m: bool) -> None:
        sent.append((statement, parameters))

    engine = db._at_once if db.is_sqlite else db._read.sync_engine  # noqa: SLF001  # Only to hear what it sends.
    event.listen(engine, "before_cursor_execute", note)
    took: Took = defaultdict(list)
    for kind, agent, wanted in some:
        sent.clear()
        began = time.perf_counter()
        await db.read_together(lambda connection, who=agent, what=wanted: search(connection, who, what, None, 30))
        ours = (time.perf_counter() - began) * 1_000
        found = [each for each in sent if "message_search AS s" in each[0]]
        began = time.perf_counter()
        await bare(found)
        took[kind].append((ours, (time.perf_counter() - began) * 1_000))
    event.remove(engine, "before_cursor_execute", note)
    return took


@asynccontextmanager
async def bare_driver(url: str) -> AsyncIterator[Callable[[Sent], Awaitable[None]]]:
    """Sends statements and fetches their rows; nothing else."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("PRAGMA cache_size=-16000")

        async def on_sqlite(sent: Sent) -> None:
            for statement, parameters in sent:
                connection.execute(statement, parameters).fetchall()

        yield on_sqlite
        connection.close()
        return
    pool = await asyncpg.connect(url)

    async def on_postgres(sent: Sent) -> None:
        for statement, parameters in sent:
            await pool.fetch(statement, *parameters)

    yield on_postgres
    await pool.close()


def at(fraction: float, some: list[float]) -> float:
    """That percentile."""
    return sorted(some)[min(len(some) - 1, int(len(some) * fraction))]


def report(took: Took) -> bool:
    """A line for each kind, and one for all."""
    good = True
    every = [each for kind in took.values() for each in kind]
    for kind, times in [*sorted(took.items()), ("ALL", every)]:
        ours, theirs = [each[0] for each in times], [each[1] for each in times]
        is_good = at(0.99, ours) < LIMIT_MS and at(0.99, ours) <= max(LIMIT_RATIO * at(0.99, theirs), 5.0)
        good &= is_good or kind != "ALL"
        print(
            f"  {kind:24} service p50 {at(0.5, ours):6.2f} p99 {at(0.99, ours):6.2f} ms; "
            f"bare p50 {at(0.5, theirs):6.2f} p99 {at(0.99, theirs):6.2f} ms {'' if is_good else 'MISSED'}"
        )
    return good


async def run(url: str, how_many: int, searches: int) -> bool:
    """Fill, warm up, measure."""
    db = open_database(url, LocalBus(), system_clock)
    await db.start()
    agents = await fill(db, how_many)
    asked = list(questions(agents, searches, BEGAN + timedelta(seconds=10 * how_many)))
    async with bare_driver(url) as bare:
        await measure(db, asked[: searches // 3], bare)
        good = report(await measure(db, asked, bare))
    await db.close()
    return good


def main() -> int:
    """Both databases, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--searches", type=int, default=600)
    parser.add_argument("--on", choices=["sqlite", "postgres"], action="append")
    options = parser.parse_args()
    good = []
    for name in options.on or ["sqlite", "postgres"]:
        print(f"{name}, limits {LIMIT_MS:.0f} ms and {LIMIT_RATIO:.0f} times the bare:")
        if name == "sqlite":
            folder = Path(tempfile.mkdtemp(prefix="bench"))
            try:
                url = f"sqlite:///{folder / 'deskbridge.sqlite3'}"
                migrate.upgrade(url)
                good.append(asyncio.run(run(url, options.messages, options.searches)))
                print(f"  {sum(each.stat().st_size for each in folder.iterdir()) / 1e6:,.0f} MB in all")
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        else:
            with postgres_server() as server:
                url = asyncio.run(server.new_database())
                good.append(asyncio.run(run(url, options.messages, options.searches)))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
