"""A code of an authenticator app besides the password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from deskbridge.accounts.model import Role
from deskbridge.accounts.tries import MOST_FAILURES
from deskbridge.api.desk import Desk
from support.agents import Agent
from support.builders import make_account, make_user
from support.clock import Clock
from support.phone import Phone

Browsers = Callable[[], Agent]
PASSWORD = {"username": "anne", "password": "correct horse"}


@pytest.fixture
def product_clock(clock: Clock) -> Callable[[], datetime]:
    """Codes change with time, which only the story lets go by."""
    return clock


async def test_asked_for_at_each_sign_in_and_each_code_works_once(
    desk: Desk, browser_of: Browsers, clock: Clock
) -> None:
    account = await make_account(desk)
    user = await make_user(desk, account)
    await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN)
    anne = browser_of()
    await anne.sign_in("anne")
    assert await anne.refused("POST", "/me/second-factor", json={"password": "wrong"}) == (403, "wrong_own_password")
    made = await anne.call("POST", "/me/second-factor", json={"password": "correct horse"})
    assert made["picture"].startswith("data:image/svg+xml;base64,")
    assert made["address"].startswith("otpauth://totp/")
    phone = Phone(made["secret"], clock)
    assert await anne.refused("POST", "/me/second-factor/confirm", json={"code": "000000"}) == (403, "wrong_code")
    codes = (await anne.call("POST", "/me/second-factor/confirm", json={"code": phone.code()}))["codes"]
    assert len(codes) == 10

    password = {"username": "anne", "password": "correct horse"}
    elsewhere = browser_of()
    assert await elsewhere.refused("POST", "/session", json=password) == (401, "second_factor_needed")
    # The one that was confirmed with is spent.
    assert await elsewhere.refused("POST", "/session", json={**password, "code": phone.code()}) == (403, "wrong_code")
    clock.move(seconds=30)
    await elsewhere.call("POST", "/session", json={**password, "code": phone.code()})
    assert await browser_of().refused("POST", "/session", json={**password, "code": phone.code()}) == (
        403,
        "wrong_code",
    )
    # The phone is lost.
    await browser_of().call("POST", "/session", json={**password, "code": codes[0].upper()})
    assert await browser_of().refused("POST", "/session", json={**password, "code": codes[0]}) == (403, "wrong_code")
    assert (await anne.call("GET", "/me/second-factor"))["recovery_codes"] == 9

    dana = browser_of()
    await dana.sign_in("dana")
    await dana.call("POST", f"/admin/users/{user.id}/remove-second-factor")
    await browser_of().sign_in("anne")


async def test_codes_cannot_be_guessed(desk: Desk, browser_of: Browsers, clock: Clock) -> None:
    await make_user(desk, await make_account(desk))
    anne = browser_of()
    await anne.sign_in("anne")
    made = await anne.call("POST", "/me/second-factor", json={"password": "correct horse"})
    phone = Phone(made["secret"], clock)
    await anne.call("POST", "/me/second-factor/confirm", json={"code": phone.code()})
    clock.move(seconds=60)
    guess = {
        "username": "anne",
        "password": "correct horse",
        "code": "123456" if phone.code() != "123456" else "654321",
    }
    for _ in range(10):
        assert await browser_of().refused("POST", "/session", json=guess) == (403, "wrong_code")
    right = {**guess, "code": phone.code()}
    assert await browser_of().refused("POST", "/session", json=right) == (429, "too_many_requests")
    clock.move(minutes=6)
    await anne.call("POST", "/me/second-factor/remove", json={"code": phone.code()})
    await browser_of().sign_in("anne")


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_a_code_is_good_for_its_half_minute_only(desk: Desk, browser_of: Browsers, clock: Clock) -> None:
    await make_user(desk, await make_account(desk))
    anne = browser_of()
    await anne.sign_in("anne")
    phone = await Phone.added(anne, clock)
    begins = (int(clock().timestamp()) // 30 + 10) * 30
    wrong, replaced = "wrong_code", "code_replaced"
    for after_its_begin, told in ((-1, wrong), (0, None), (29, None), (30, replaced), (59, replaced), (60, wrong)):
        # The same code may not come twice: each time that of a later half minute.
        begins += 300
        clock.now = datetime.fromtimestamp(begins, clock.now.tzinfo)
        code = phone.code()
        clock.move(seconds=after_its_begin)
        answer = await browser_of().http.post("/api/v1/session", json={**PASSWORD, "code": code})
        assert answer.json().get("code") == told, after_its_begin


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_a_code_that_was_just_replaced_is_no_guess(desk: Desk, browser_of: Browsers, clock: Clock) -> None:
    await make_user(desk, await make_account(desk))
    anne = browser_of()
    await anne.sign_in("anne")
    phone = await Phone.added(anne, clock)
    clock.move(seconds=60)
    code = phone.code()
    clock.move(seconds=30)
    for _ in range(MOST_FAILURES + 1):
        late = await browser_of().refused("POST", "/session", json={**PASSWORD, "code": code})
        assert late == (403, "code_replaced")
        assert await anne.refused("POST", "/session/proof", json={"code": code}) == (403, "code_replaced")
    # To who does not know the password it is a wrong password.
    assert await browser_of().refused("POST", "/session", json={**PASSWORD, "password": "x", "code": code}) == (
        401,
        "wrong_password",
    )
    await browser_of().call("POST", "/session", json={**PASSWORD, "code": phone.code()})
