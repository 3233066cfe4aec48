"""A tab that never asks whether its session has ended, as the workspace does: somebody else's program, or a thief's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import websockets

from deskbridge.api.desk import Desk
from support.agents import Agent, Feed
from support.builders import make_account, make_user
from support.clock import Clock


@pytest.fixture
def product_clock(clock: Clock) -> Clock:
    """The test says what time it is."""
    return clock


async def test_it_hears_no_more_once_the_session_ran_out(
    desk: Desk, browser_of: Callable[[], Agent], clock: Clock
) -> None:
    await make_user(desk, await make_account(desk))
    anne = browser_of()
    await anne.sign_in("anne")
    async with anne.live() as live:
        await live.until(lambda frame: frame["type"] == "welcome")
        for _ in range(2):
            desk.hub.doubt_silent()
        await anne.call("PUT", "/me/status", json={"status": "Busy"})
        # As long as it is good it hears what happens.
        await live.until(lambda frame: frame["type"] == "event")

        clock.move(hours=15)
        desk.hub.doubt_silent()

        assert await _closed_with(live) == 4401


async def _closed_with(live: Feed) -> int | None:
    with pytest.raises(websockets.ConnectionClosed) as ended:
        async with asyncio.timeout(30):
            await live.until(lambda frame: False)
    return ended.value.rcvd.code if ended.value.rcvd else None
