"""Each agent's connection on the Health page: what is to be looked at first, some at a time."""

from __future__ import annotations

import csv
from typing import Any

from deskbridge.teams.store import connections, subscriptions
from support.builders import make_user
from teams.office import Office

AGENTS = "/admin/health/agents"


async def names(office: Office, **asked: Any) -> list[str]:
    """Whom the page lists."""
    seen = await office.dana.call("GET", AGENTS, params=asked)
    assert seen["total"] == len(seen["agents"])
    return [each["display_name"] for each in seen["agents"]]


async def change(office: Office, statement: Any) -> None:
    async with office.desk.db.transaction() as tx:
        await tx.connection.execute(statement)


async def test_each_agent_is_seen_with_what_helps(office: Office) -> None:
    await office.connect()
    await make_user(office.desk, office.account, "Zoe 100% Zimmer")
    gone = await make_user(office.desk, office.account, "Gus Gone")
    await office.dana.call("POST", f"/admin/users/{gone.id}/suspend")

    assert await names(office) == ["Anne Baker", "Zoe 100% Zimmer"]
    assert await names(office, show="connected") == ["Anne Baker"]
    assert await names(office, show="not_connected") == ["Zoe 100% Zimmer"]
    assert await names(office, show="to_look_at") == []
    assert await names(office, search="0% z") == ["Zoe 100% Zimmer"]
    assert await names(office, search="_") == []
    seen = await office.dana.call("GET", "/admin/health")
    assert seen["connections"] == {"connected": 1, "lost": 0, "not_connected": 1, "to_look_at": 0}

    first = await office.dana.call("GET", AGENTS, params={"limit": 1})
    (anne,) = first["agents"]
    assert (anne["connection"]["state"], anne["messages_until"] > seen["at"]) == ("connected", True)
    assert first["total"] == 2
    # Who comes in before the spot meanwhile moves nobody: nobody is seen twice.
    await make_user(office.desk, office.account, "Abe Early")
    second = await office.dana.call("GET", AGENTS, params={"limit": 2, "after": first["next"]})
    assert ([each["username"] for each in second["agents"]], second["next"]) == (["zoe"], None)
    for wrong in ("x", "W10", "WzEsIlx1MDAwMCIsImEiXQ"):
        assert await office.dana.refused("GET", AGENTS, params={"after": wrong}) == (400, "bad_cursor")


async def test_names_are_found_and_sorted_as_in_contacts(office: Office) -> None:
    for name in ("Élodie Ångström", "eva Zorn", "Ødegård Ex"):
        await make_user(office.desk, office.account, name, username=name[:2])
    assert await names(office) == ["Anne Baker", "Élodie Ångström", "eva Zorn", "Ødegård Ex"]
    assert await names(office, search="ÅNGSTROM") == await names(office, search="elodie") == ["Élodie Ångström"]
    assert await names(office, search="ode") == ["Ødegård Ex"]

    (elodie,) = (await office.dana.call("GET", "/admin/users", params={"search": "ÉL"}))["users"]
    await office.dana.call("PATCH", f"/admin/users/{elodie['user']['id']}", json={"display_name": "Zoë Ä"})
    assert await names(office, search="zoe a") == ["Zoë Ä"]


async def test_a_subscription_that_ended_and_a_connection_that_was_lost_come_first(office: Office) -> None:
    await office.connect()
    await make_user(office.desk, office.account, "Aaron Abel")
    until = office.desk.clock()
    await change(office, subscriptions.subscriptions.update().values(expires_at=until))
    anne, _ = (await office.dana.call("GET", AGENTS))["agents"]
    assert (anne["display_name"], anne["messages_until"]) == ("Anne Baker", None)
    seen = await office.dana.call("GET", "/admin/health")
    assert seen["subscriptions"] == {"messages": 0, "missing": 1, "presence": 0, "first_expires_at": None}

    await change(office, connections.connections.update().values(state="lost", reason="teams_expired"))
    assert await names(office, show="to_look_at") == await names(office, show="lost") == ["Anne Baker"]
    (anne,) = (await office.dana.call("GET", AGENTS, params={"show": "lost"}))["agents"]
    assert anne["connection"]["remedy"]

    answer = await office.dana.http.get("/api/v1/admin/health.csv")
    rows = list(csv.reader(answer.text.lstrip("\ufeff").splitlines()))
    assert ["connection", "Anne Baker", "lost"] in [row[:3] for row in rows]
    assert ["connection", "Aaron Abel", "not_connected"] in [row[:3] for row in rows]
