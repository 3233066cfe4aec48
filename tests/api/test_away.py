"""A database that goes away while the product runs."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable

import pytest

from deskbridge.api.desk import Desk
from support.agents import Agent
from support.builders import make_account, make_user
from support.servers import Postgres


@pytest.mark.parametrize("machines", ["many machines"], indirect=True)
async def test_a_database_that_is_away_is_said_to_be_and_comes_back(
    desk: Desk, browser_of: Callable[[], Agent], postgres: Postgres
) -> None:
    await make_user(desk, await make_account(desk), "Anne Baker")
    anne = browser_of()
    await anne.sign_in("anne")

    await asyncio.to_thread(postgres.kill)
    # The first is told by a connection that broke, the second by one that could not be made.
    answers = [await anne.http.get("/api/v1/workspace") for _ in range(2)]
    await asyncio.to_thread(postgres.start)

    assert [(each.status_code, each.json()["code"]) for each in answers] == [(503, "unavailable")] * 2
    assert (await anne.snapshot())["me"]["display_name"] == "Anne Baker"


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_a_database_that_somebody_else_holds_is_said_to_be_away_and_comes_back(
    desk: Desk, browser_of: Callable[[], Agent]
) -> None:
    await make_user(desk, await make_account(desk), "Anne Baker")
    anne = browser_of()
    await anne.sign_in("anne")
    # Who opens it for the first time needs to be given something, and would have to try again.
    await anne.snapshot()
    async with desk.db.transaction() as tx:
        # Waits ten seconds for whoever holds it; here it is known that they will not let go.
        await tx.connection.exec_driver_sql("PRAGMA busy_timeout = 1")
    holder = sqlite3.connect(desk.settings.resolved_database_url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")

    busy = {"status": "Busy"}
    for _ in range(2):
        assert await anne.refused("PUT", "/me/status", json=busy) == (503, "unavailable")
    # Reading goes on meanwhile.
    assert (await anne.snapshot())["me"]["status"] == "Available"
    holder.execute("ROLLBACK")
    holder.close()

    await anne.call("PUT", "/me/status", json=busy)
    assert (await anne.snapshot())["me"]["status"] == "Busy"
