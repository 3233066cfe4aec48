"""The long storm, with files and pictures: tools/soak.py [--pairs 20] [--messages 50] [--kills 30] [--seed 1] [--many].

Prints a report. `make test` has the short form (tests/journeys/test_storm.py).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from deskbridge.settings import Settings
from support.product import Product
from support.servers import Nats, Postgres, Sim, free_port, m365sim_server, nats_server, postgres_server
from support.storm import Storm


@dataclass
class Stores:
    """What the product stands on, and the settings that lead there."""

    servers: list[Postgres | Nats] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)


async def open_stores(options: argparse.Namespace, stack: contextlib.ExitStack) -> Stores:
    """SQLite, or PostgreSQL and NATS, which are killed as well."""
    if not options.many:
        return Stores()
    postgres, nats = stack.enter_context(postgres_server()), stack.enter_context(nats_server())
    return Stores([postgres, nats], {"database_url": await postgres.new_database(), "events_url": nats.url})


async def soak(options: argparse.Namespace, sim: Sim, folder: Path, stack: contextlib.ExitStack) -> list[str]:
    """One storm; the answer is what was wrong afterwards."""
    port = free_port()
    info = sim.info
    stores = await open_stores(options, stack)
    settings = Settings.load(
        **stores.settings,
        data_dir=folder / "data",
        public_url=f"http://localhost:{port}",
        webhook_url=f"http://127.0.0.1:{port}",
        microsoft_client_id=info["client_id"],
        microsoft_client_secret=SecretStr(info["client_secret"]),
        microsoft_login_url=info["authority_https_url"].rpartition("/")[0],
        microsoft_graph_url=info["graph_url"],
        microsoft_ca_file=Path(info["ca_file"]),
    )
    callback = f"{settings.public_url}/api/v1/teams/callback"
    await sim.post(f"/apps/{info['client_id']}/redirect-uris", {"redirect_uris": [callback]})
    product = Product(settings, port, folder / "product.log", stores.servers)
    storm = Storm(settings, sim, product, options.seed)
    try:
        await storm.prepare(options.pairs)
        await storm.rage(options.messages, options.kills)
        return await storm.settle()
    finally:
        product.end()
        await storm.close()
        await sim.client.aclose()


def main() -> int:
    """Run and report; the exit status is 0 only when nothing was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--messages", type=int, default=50)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--many", action="store_true", help="on PostgreSQL and NATS, which are killed as well")
    options = parser.parse_args()
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak")))
        info = stack.enter_context(m365sim_server())
        wrong = asyncio.run(soak(options, Sim(info), folder, stack))
    print("\n".join(wrong))
    said = options.pairs * options.messages * 2
    took = time.monotonic() - began
    print(
        f"soak: {options.pairs} agents, about {said} messages both ways, {options.kills + 1} kills, "
        f"seed {options.seed}, {took:.0f} s: {'nothing' if not wrong else f'{len(wrong)} things'} wrong"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
