"""An organisation that wants a second factor: who has none gets as far as setting one up, and no further."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import pytest
from websockets.exceptions import ConnectionClosed

from deskbridge.accounts.model import Role
from deskbridge.accounts.sessions import open_session
from deskbridge.api.desk import Desk
from deskbridge.cli import app
from support.agents import Agent
from support.builders import make_account, make_user
from support.clock import Clock
from support.phone import Phone

Browsers = Callable[[], Agent]
LACKS = (403, "second_factor_required")


@pytest.fixture
def product_clock(clock: Clock) -> Callable[[], datetime]:
    """Codes change with time, which only the story lets go by."""
    return clock


async def test_open_workspaces_and_later_sign_ins_lead_to_setting_one_up(
    desk: Desk, browser_of: Browsers, clock: Clock
) -> None:
    account = await make_account(desk)
    await make_user(desk, account)
    await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN)
    stranger = await make_user(desk, await make_account(desk), "Mallory Else")
    anne, dana, other = browser_of(), browser_of(), browser_of()
    await anne.sign_in("anne")
    await dana.sign_in("dana")
    await other.sign_in(stranger.username)
    await Phone.added(dana, clock)

    async with anne.live() as feed, dana.live() as at_dana:
        await feed.until(lambda frame: frame["type"] == "welcome")
        await at_dana.until(lambda frame: frame["type"] == "welcome")
        switched = await dana.call("PUT", "/admin/account", json={"second_factor_required": True})
        assert switched["second_factor_required"] is True
        with pytest.raises(ConnectionClosed) as closed:
            await feed.until(lambda frame: False)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401
        # Who has one is told of it, and stays.
        await at_dana.until(lambda frame: (frame.get("event") or {}).get("type") == "account_changed")
        await at_dana.say({"type": "ping", "version": "x.0"})
        await at_dana.until(lambda frame: frame["type"] == "pong")

    for method, path in (("GET", "/workspace"), ("GET", "/people"), ("GET", "/me/sessions"), ("PUT", "/me/status")):
        assert await anne.refused(method, path) == LACKS, path
    with pytest.raises(ConnectionClosed):
        async with anne.live("x.0") as feed:
            await feed.until(lambda frame: False)
    assert await other.snapshot()

    # At the next sign-in it is the same; with one, all is open, here and in the session from before.
    again = browser_of()
    await again.sign_in("anne")
    assert await again.refused("GET", "/workspace") == LACKS
    phone = await Phone.added(again, clock)
    assert (await again.snapshot())["me"]["username"] == "anne"
    assert (await anne.snapshot())["account"]["second_factor_required"] is True

    # Taking it away leads back there.
    clock.move(seconds=30)
    await again.call("POST", "/me/second-factor/remove", json={"code": phone.code()})
    assert await anne.refused("GET", "/workspace") == LACKS
    await anne.call("DELETE", "/session")

    await dana.call("PUT", "/admin/account", json={"second_factor_required": False})
    assert await again.snapshot()
    entries = (await dana.call("GET", "/admin/audit"))["entries"]
    changed = [each["detail"] for each in entries if each["action"] == "second_factor_requirement_changed"]
    assert changed == [{"required": "no"}, {"required": "yes"}]


async def test_who_signs_in_at_the_provider_is_asked_there(desk: Desk, browser_of: Browsers, clock: Clock) -> None:
    account = await make_account(desk)
    user = await make_user(desk, account)
    await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN)
    dana, anne = browser_of(), browser_of()
    await dana.sign_in("dana")
    await dana.call("PUT", "/admin/account", json={"second_factor_required": True})
    _, token = await open_session(desk.db, user, clock(), desk.lasting, "test", by_single_sign_on=True)
    anne.http.cookies.set(desk.cookie, token)
    assert (await anne.snapshot())["me"]["username"] == "anne"
    async with anne.live() as feed:
        await feed.until(lambda frame: frame["type"] == "welcome")
    # Whoever switched it on is asked first.
    assert await dana.refused("GET", "/admin/users") == LACKS


async def test_the_command_line_says_so_too(desk: Desk, browser_of: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    for name, value in desk.settings.model_dump(exclude_defaults=True).items():
        monkeypatch.setenv(f"DESKBRIDGE_{name.upper()}", str(value))
    await make_user(desk, await make_account(desk))
    anne = browser_of()
    await anne.sign_in("anne")
    for word, status in (("required", 403), ("optional", 200)):
        said = await asyncio.to_thread(CliRunner().invoke, app, ["account", "second-factor", word])
        assert said.exit_code == 0, said.output
        assert (await anne.http.get("/api/v1/workspace")).status_code == status
