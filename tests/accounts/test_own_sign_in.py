"""What people do about their own signing in, how long a sign-in lasts, and which passwords are none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskbridge.accounts import password_rules
from deskbridge.accounts.model import AccountId, Role, Status, User, UserId
from deskbridge.accounts.store import update_user
from deskbridge.api.desk import Desk
from deskbridge.errors import Unprocessable
from support.agents import Agent
from support.builders import make_account, make_user
from support.clock import Clock

Browsers = Callable[[], Agent]

ANNE = User(
    id=UserId("1"),
    account_id=AccountId("1"),
    username="anne.baker@contoso.example",
    display_name="Anne-Marie Baker",
    email="amb@contoso.example",
    department="Customer Care",
    role=Role.AGENT,
    licenses=[],
    status=Status.AVAILABLE,
    status_since=Clock()(),
)


@pytest.mark.parametrize(
    "password",
    [
        *("short", "1234567", "password", "iloveyou1", "PASSWORD1", "qwertyuiop"),
        *("anne.baker@contoso.example", "Anne-Marie Baker", "AMB@contoso.example", "Customer Care"),
        *("Deskbridge2026!", "deskbridge", "contact center", "1Microsoft1", "2026-anne-marie!", "workspace"),
    ],
)
def test_a_password_that_others_would_try_is_refused(password: str) -> None:
    with pytest.raises(Unprocessable):
        password_rules.check(ANNE, password)


@given(st.text(min_size=12, max_size=1024))
def test_any_characters_make_a_password(password: str) -> None:
    password_rules.check(ANNE, f"{password} purple giraffe")


async def test_another_password_asks_for_the_one_before_and_ends_all_sessions(desk: Desk, browser_of: Browsers) -> None:
    await make_user(desk, await make_account(desk))
    laptop, phone = browser_of(), browser_of()
    await laptop.sign_in("anne")
    await phone.sign_in("anne")
    kept = dict(laptop.http.cookies)
    new = "purple giraffe"

    wrong = {"password": "wrong", "new_password": new}
    assert await laptop.refused("POST", "/me/password", json=wrong) == (403, "wrong_own_password")
    weak = {"password": "correct horse", "new_password": "password1"}
    assert await laptop.refused("POST", "/me/password", json=weak) == (422, "invalid")
    answer = await laptop.http.post("/api/v1/me/password", json={"password": "correct horse", "new_password": new})

    assert answer.status_code == 204
    assert answer.headers["clear-site-data"] == '"cache"'
    assert not laptop.http.cookies
    laptop.http.cookies.update(kept)
    for browser in (laptop, phone):
        assert await browser.refused("GET", "/workspace") == (401, "not_signed_in")
    old = {"username": "anne", "password": "correct horse"}
    assert await phone.refused("POST", "/session", json=old) == (401, "wrong_password")
    await phone.sign_in("anne", new)
    assert dict(phone.http.cookies) != kept


async def test_people_see_where_they_are_signed_in_and_end_all_of_it(desk: Desk, browser_of: Browsers) -> None:
    account = await make_account(desk)
    anne = await make_user(desk, account)
    await make_user(desk, account, "Ben Carter")
    laptop, phone, ben = browser_of(), browser_of(), browser_of()
    for browser, name in ((laptop, "anne"), (phone, "anne"), (ben, "ben")):
        await browser.sign_in(name)

    seen = await laptop.call("GET", "/me/sessions")
    assert sorted(each["is_this"] for each in seen) == [False, True]
    assert {each["origin"] for each in seen} == {"127.0.0.1"}
    for body in ({}, {"password": "wrong"}):
        assert await laptop.refused("POST", "/me/sessions/end", json=body) == (403, "wrong_own_password")
    await laptop.call("POST", "/me/sessions/end", json={"password": "correct horse"})

    assert await phone.refused("GET", "/workspace") == (401, "not_signed_in")
    assert len(await ben.call("GET", "/me/sessions")) == 1
    # Who has no password proves with the provider who they are, and not to us.
    await laptop.sign_in("anne")
    async with desk.db.transaction() as tx:
        await update_user(tx.connection, anne.id, password_hash=None)
    await laptop.call("POST", "/me/sessions/end", json={})
    assert await laptop.refused("GET", "/workspace") == (401, "not_signed_in")


async def test_a_sign_in_that_nobody_uses_ends_and_one_that_is_used_does_not(
    desk: Desk, browser_of: Browsers, clock: Clock
) -> None:
    await make_user(desk, await make_account(desk))
    used, unused = browser_of(), browser_of()
    for browser in (used, unused):
        await browser.sign_in("anne")
    for _ in range(3):
        clock.now += desk.settings.session_idle - timedelta(minutes=1)
        assert (await used.snapshot())["me"]["username"] == "anne"
    assert await unused.refused("GET", "/workspace") == (401, "not_signed_in")


async def test_an_open_workspace_is_in_use(desk: Desk, browser_of: Browsers, clock: Clock) -> None:
    await make_user(desk, await make_account(desk))
    anne = browser_of()
    await anne.sign_in("anne")
    version = (await anne.snapshot())["version"]
    async with anne.live(version) as feed:
        for _ in range(2):
            clock.now += desk.settings.session_idle - timedelta(minutes=1)
            await feed.say({"type": "ping", "version": version})
            await feed.until(lambda frame: frame["type"] == "pong")
    assert (await anne.snapshot())["me"]["username"] == "anne"


async def test_however_much_it_is_used_it_ends(desk: Desk, browser_of: Browsers, clock: Clock) -> None:
    await make_user(desk, await make_account(desk))
    anne = browser_of()
    await anne.sign_in("anne")
    end = clock() + desk.settings.session_lifetime
    while clock() + timedelta(hours=1) < end:
        clock.move(hours=1)
        await anne.snapshot()
    clock.now = end - timedelta(seconds=1)
    await anne.snapshot()
    clock.now = end
    assert await anne.refused("GET", "/workspace") == (401, "not_signed_in")
