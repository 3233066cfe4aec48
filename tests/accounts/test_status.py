"""An agent's Status: chosen, or put in by signing in, signing out and being away for too long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deskbridge.accounts import service, store
from deskbridge.accounts.model import Status
from deskbridge.api.desk import Desk
from deskbridge.app import sweep_once
from support.agents import Agent
from support.builders import make_account, make_user
from support.clock import Clock

Browsers = Callable[[], Agent]


async def presence_of(browser: Agent, name: str) -> Any:
    """What a colleague sees under the name."""
    person = await browser.find(name)
    (said,) = await browser.call("GET", "/presence", params={"person_id": person["id"]})
    return said["presence"]


async def test_a_status_is_seen_by_others_and_is_as_old_as_the_choice(
    desk: Desk, browser_of: Browsers, clock: Clock
) -> None:
    account = await make_account(desk)
    await make_user(desk, account)
    await make_user(desk, account, "Ben Carter")
    anne, ben = browser_of(), browser_of()
    await ben.sign_in("ben")
    assert (await presence_of(ben, "anne"))["availability"] == "offline"

    await anne.sign_in("anne")
    assert (await presence_of(ben, "anne"))["availability"] == "available"
    for status, availability in [("Busy", "busy"), ("On Break", "away"), ("Work Offline", "offline")]:
        clock.move(minutes=1)
        me = await anne.call("PUT", "/me/status", json={"status": status})
        assert me["status"] == status
        seen = await presence_of(ben, "anne")
        assert (seen["availability"], seen["activity"], seen["source"]) == (availability, status, "status")
        assert seen["as_of"] == clock().isoformat().replace("+00:00", "Z")

    await anne.call("DELETE", "/session")
    assert (await presence_of(ben, "anne"))["activity"] == "Logged Out"


async def test_logged_out_is_reached_by_logging_out_only(desk: Desk, browser_of: Browsers) -> None:
    await make_user(desk, await make_account(desk))
    anne = browser_of()
    await anne.sign_in("anne")

    assert await anne.refused("PUT", "/me/status", json={"status": "Logged Out"}) == (422, "invalid")
    assert await anne.refused("PUT", "/me/status", json={"status": "Asleep"}) == (422, "invalid")
    assert (await anne.snapshot())["me"]["status"] == "Available"


async def test_whose_session_has_ended_by_itself_is_no_longer_shown_as_available(
    desk: Desk, browser_of: Browsers, clock: Clock
) -> None:
    account = await make_account(desk)
    await make_user(desk, account)
    await make_user(desk, account, "Ben Carter")
    anne, ben = browser_of(), browser_of()
    await anne.sign_in("anne")
    clock.move(hours=1)
    await ben.sign_in("ben")

    clock.move(minutes=90)
    await sweep_once(desk)

    assert (await presence_of(ben, "anne"))["activity"] == "Logged Out"
    assert (await ben.snapshot())["me"]["status"] == "Available"


async def test_of_two_tabs_that_choose_at_once_the_later_choice_is_stored(desk: Desk, clock: Clock) -> None:
    """The second has asked who it is before the first chose."""
    anne = await make_user(desk, await make_account(desk))

    for status in (Status.BUSY, Status.LOGGED_OUT):
        async with desk.db.transaction() as tx:
            chosen = await service.set_status(tx, anne, status, clock())
        async with desk.db.read() as connection:
            assert await store.find_user(connection, anne.id) == chosen
        assert chosen.status is status
