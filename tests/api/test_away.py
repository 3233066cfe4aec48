"""A database that goes away while the product runs."""

from __future__ import annotations

import asyncio
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
