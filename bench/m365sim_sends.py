"""Messages sent through Graph each second, in memory and with a durable state (goal: 2,000)."""

import asyncio
import sys
import time
from urllib.parse import quote

from m365sim_load import Connection, Simulator, prepare

SECONDS = 5.0
CONNECTIONS = 32


async def send(simulator: Simulator) -> tuple[float, float]:
    """Sends a second, and a second of the core, over several connections with a chat each."""
    token = simulator.person_token("anne@contoso.example")
    others = [person["username"] for person in simulator.info["people"] if person["has_teams_license"]]
    requests = []
    for username in [name for name in others if not name.startswith("anne@")][:CONNECTIONS]:
        body = {"to": username, "text": "Hello"}
        chat = simulator.call("POST", "/_sim/users/anne@contoso.example/messages", body)["chat_id"]
        content = b'{"body":{"content":"The invoice of Tuesday is on its way."}}'
        requests.append(prepare("POST", f"/v1.0/chats/{quote(chat)}/messages", token, content))
    until = time.perf_counter() + SECONDS
    started, used = time.perf_counter(), simulator.cpu_seconds()

    async def work(request: bytes) -> int:
        connection = await Connection().open(simulator.port)
        count = 0
        while time.perf_counter() < until:
            status, body = await connection.ask(request)
            assert status == 201, body
            count += 1
        connection.close()
        return count

    counts = await asyncio.gather(*map(work, requests))
    total = sum(counts)
    return total / (time.perf_counter() - started), total / (simulator.cpu_seconds() - used)


def main() -> None:
    """Print both figures."""
    with Simulator() as simulator:
        show("memory", *asyncio.run(send(simulator)))
    durable = Simulator()
    durable.options += ["--state", str(durable.folder / "state.sqlite")]
    with durable as simulator:
        show("a file", *asyncio.run(send(simulator)))


def show(where: str, rate: float, per_core: float) -> None:
    """One line."""
    print(f"sends, state in {where}: {rate:8,.0f} a second, {per_core:8,.0f} a second of the core (goal 2,000)")


if __name__ == "__main__":
    sys.exit(main())
