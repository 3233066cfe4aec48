"""A million users: time to load, memory, and /users/delta in pages of 999 (goals: 60 s, 2 GiB, 100 pages a second)."""

import asyncio
import json
import sys
import time

from m365sim_load import Connection, Simulator, prepare

PEOPLE = 1_000_000
SCENARIO = {"apps": [{"name": "Bench", "app_roles": ["User.Read.All"]}], "generate": {"people": PEOPLE}}
PAGES = 400


async def read_pages(simulator: Simulator, select: str) -> tuple[float, float]:
    """Pages a second and a second of the core, one after another as a client has to."""
    token = simulator.token(grant_type="client_credentials", scope="https://graph.microsoft.com/.default")
    connection = await Connection().open(simulator.port)
    path = f"/v1.0/users/delta?{select}$top=999"
    started, used = time.perf_counter(), simulator.cpu_seconds()
    for _ in range(PAGES):
        status, body = await connection.ask(prepare("GET", path, token))
        assert status == 200, body[:200]
        link = body[: body.index(b'"value"')].decode()
        path = json.loads(link.rstrip(",") + "}")["@odata.nextLink"].split("localhost", 1)[1]
    connection.close()
    return PAGES / (time.perf_counter() - started), PAGES / (simulator.cpu_seconds() - used)


def main() -> None:
    """Print the figures."""
    started = time.perf_counter()
    with Simulator(scenario=SCENARIO) as simulator:
        loaded = time.perf_counter() - started
        print(f"a million users loaded:  {loaded:8.1f} s (goal 60)")
        print(f"memory:                  {simulator.memory_mib():8,.0f} MiB (goal 2,048)")
        for name, select in (("default", ""), ("import", "$select=displayName,mail,jobTitle,assignedPlans&")):
            rate, per_core = asyncio.run(read_pages(simulator, select))
            print(
                f"/users/delta, {name:8}: {rate:8,.0f} pages of 999 a second,"
                f" {per_core:.0f} a second of the core (goal 100)"
            )


if __name__ == "__main__":
    sys.exit(main())
