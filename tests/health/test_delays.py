"""How long changes in Teams take: measured wherever they are applied, shown wherever an admin asks."""

from __future__ import annotations

import collections
import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskbridge.accounts.model import Role
from deskbridge.api.desk import Desk
from deskbridge.app import open_desk, sweep_once
from deskbridge.teams.delays import bucket_of, percentile
from support.agents import Agent
from support.builders import make_account, make_user
from teams.office import ROBIN, Office


async def applied_by(desk: Desk, office: Office, text: str, *, after: float) -> None:
    """Robin says something, and one process applies it so many seconds after it was told."""
    office.clock.move(seconds=1)
    await office.sim.post("/clock/advance", {"seconds": 1})
    await office.in_teams(ROBIN, text)
    await office.sim.settle()
    office.clock.move(seconds=after)
    await office.sim.post("/clock/advance", {"seconds": after})
    await desk.connector.inbox.settle()
    await desk.connector.delays.settle()


async def here(admin: Agent) -> Any:
    """Our part, as an admin sees it."""
    return (await admin.call("GET", "/admin/health"))["delay_here"]


async def test_what_other_processes_measure_is_seen_by_admins_of_that_account_alone(
    office: Office, browser_of: Callable[[], Agent]
) -> None:
    await make_user(office.desk, await make_account(office.desk), "Fay Admin", role=Role.ADMIN)
    fay = browser_of()
    await fay.sign_in("fay")
    await office.said_and_answered()
    nothing = {"samples": 0, "p50_seconds": None, "p99_seconds": None, "hours": 24, "newest_at": None}
    assert await here(office.dana) == nothing

    async with open_desk(office.desk.settings, office.clock) as worker:
        await applied_by(office.desk, office, "One", after=2)
        for text in ("Two", "Three"):
            await applied_by(worker, office, text, after=40)

    seen = await here(office.dana)
    assert (seen["samples"], seen["hours"]) == (3, 1)
    assert (seen["p50_seconds"], seen["p99_seconds"]) == (pytest.approx(40, rel=0.1), pytest.approx(40, rel=0.1))
    assert (await office.dana.call("GET", "/admin/health"))["delay_at_microsoft"]["samples"] == 3
    assert await here(fay) == nothing


async def test_old_figures_say_so_and_are_forgotten_after_a_day(office: Office) -> None:
    await office.said_and_answered()
    await applied_by(office.desk, office, "One", after=2)
    measured_at = office.clock()

    office.clock.move(hours=2)
    await office.dana.sign_in("dana")
    seen = await here(office.dana)
    assert (seen["samples"], seen["hours"], seen["p50_seconds"]) == (1, 24, pytest.approx(2, rel=0.1))
    assert seen["newest_at"].startswith(f"{measured_at:%Y-%m-%dT%H:%M:%S}")

    office.clock.move(hours=23)
    await sweep_once(office.desk)
    await office.dana.sign_in("dana")
    assert (await here(office.dana))["samples"] == 0


async def test_users_with_a_workspace_open_at_whatever_process_are_counted_once(office: Office) -> None:
    async with open_desk(office.desk.settings, office.clock) as other:
        for desk in (office.desk, other):
            await desk.attendance.keep((), [office.user.id])
        assert (await office.dana.call("GET", "/admin/health"))["users_online"] == 1


@given(st.lists(st.floats(0.0, 200_000.0), min_size=1, max_size=300), st.sampled_from([0.0, 0.5, 0.99]))
def test_a_percentile_is_known_to_a_tenth(seconds: list[float], share: float) -> None:
    counts = collections.Counter(map(bucket_of, seconds))
    exact = sorted(seconds)[math.floor(share * len(seconds))]
    told = percentile(counts, share)
    within = min(max(exact, 0.001), timedelta(days=1).total_seconds())
    assert told == pytest.approx(within, rel=0.1)
