"""From an empty database to an organisation with its tenant, guarded by the code that the server printed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from deskbridge.accounts import setup_codes
from deskbridge.api.desk import Desk
from support.agents import Agent
from support.builders import make_account
from support.clock import Clock

Browsers = Callable[[], Agent]
DANA = {
    "organization": "Contoso",
    "username": "dana",
    "display_name": "Dana Ortiz",
    "email": "dana@contoso.example",
    "password": "correct horse",
}
TENANT = "99999999-8888-7777-6666-555555555555"


@pytest.fixture
def product_clock(clock: Clock) -> Callable[[], datetime]:
    """Moved by the story."""
    return clock


async def code_of(desk: Desk) -> str:
    """What `deskbridge serve` prints."""
    code = await setup_codes.make_code(desk.db, desk.clock())
    assert code is not None
    return code


async def test_whoever_has_the_code_sets_up_the_organisation_and_nobody_after_them(
    desk: Desk, browser_of: Browsers
) -> None:
    code, another = await code_of(desk), await code_of(desk)
    dana, mallory = browser_of(), browser_of()
    assert await mallory.call("GET", "/set-up") == {"is_needed": True}
    guess = DANA | {"code": "AAAA-BBBB-CCCC-DDDD"}
    assert await mallory.refused("POST", "/set-up", json=guess) == (403, "wrong_setup_code")
    # What is wrong in the form does not spend the code; blanks and small letters do not matter.
    for wrong in ({"password": "short"}, {"email": "nowhere"}, {"organization": " "}, {"display_name": " "}):
        assert await dana.refused("POST", "/set-up", json=DANA | {"code": code} | wrong) == (422, "invalid")
    made = await dana.call("POST", "/set-up", json=DANA | {"code": f" {code.lower().replace('-', ' ')} "})
    assert (made["role"], made["username"]) == ("admin", "dana")

    # She is signed in, and the log begins with what she did.
    log = (await dana.call("GET", "/admin/audit"))["entries"][::-1]
    assert [(each["action"], each["who"]) for each in log] == [
        ("account_created", "dana"),
        ("user_created", "dana"),
        ("signed_in", "dana"),
    ]
    assert (await dana.call("GET", "/admin/account"))["name"] == "Contoso"
    assert await mallory.call("GET", "/set-up") == {"is_needed": False}
    for spent in (code, another):
        assert await mallory.refused("POST", "/set-up", json=DANA | {"code": spent, "username": "m"}) == (
            409,
            "conflict",
        )
    assert await setup_codes.make_code(desk.db, desk.clock()) is None


async def test_two_who_use_codes_at_once_make_one_organisation(desk: Desk, browser_of: Browsers) -> None:
    async def try_it(number: int) -> int:
        body = DANA | {"code": codes[number % 2], "username": f"dana{number}", "organization": f"Contoso {number}"}
        return (await browser_of().http.post("/api/v1/set-up", json=body)).status_code

    codes = [await code_of(desk), await code_of(desk)]
    assert sorted(await asyncio.gather(*map(try_it, range(4)))) == [201, 409, 409, 409]


async def test_an_old_code_is_dead_and_guessing_is_slow(desk: Desk, browser_of: Browsers, clock: Clock) -> None:
    code, dana = await code_of(desk), browser_of()
    clock.move(seconds=3601)
    for _ in range(10):
        assert await dana.refused("POST", "/set-up", json=DANA | {"code": code}) == (403, "wrong_setup_code")
    fresh = await code_of(desk)
    assert await dana.refused("POST", "/set-up", json=DANA | {"code": fresh}) == (429, "too_many_requests")
    # Whoever keeps guessing elsewhere keeps nobody out.
    elsewhere = {"X-Forwarded-For": "203.0.113.7"}
    for _ in range(11):
        await browser_of().http.post("/api/v1/set-up", json=DANA | {"code": "AAAA"}, headers=elsewhere)
    clock.move(seconds=301)
    for _ in range(10):
        await browser_of().http.post("/api/v1/set-up", json=DANA | {"code": "AAAA"}, headers=elsewhere)
    await dana.call("POST", "/set-up", json=DANA | {"code": fresh})


async def test_dead_once_there_is_an_account_however_it_came(desk: Desk, browser_of: Browsers) -> None:
    code = await code_of(desk)
    await make_account(desk)
    assert await browser_of().refused("POST", "/set-up", json=DANA | {"code": code}) == (409, "conflict")


async def test_what_is_missing_for_microsoft_is_named(desk: Desk, browser_of: Browsers) -> None:
    dana = browser_of()
    await dana.call("POST", "/set-up", json=DANA | {"code": await code_of(desk)})
    before = await dana.call("GET", "/admin/microsoft")
    assert before["tenant_id"] is None
    assert before["redirect_uri"] == f"{desk.settings.public_url}/api/v1/teams/callback"
    missing = {each["name"] for each in before["settings"] if not each["is_set"]}
    assert missing == {"DESKBRIDGE_MICROSOFT_CLIENT_ID", "DESKBRIDGE_MICROSOFT_CLIENT_SECRET"}
    assert await dana.refused("PUT", "/admin/microsoft", json={"tenant_id": "organizations"}) == (422, "invalid")
    assert (await dana.call("PUT", "/admin/microsoft", json={"tenant_id": TENANT}))["tenant_id"] == TENANT

    findings = await dana.call("GET", "/admin/checks")
    assert ("problem", "There are no credentials.") in {(each["severity"], each["says"]) for each in findings}
    last: Any = (await dana.call("GET", "/admin/audit"))["entries"][0]
    assert (last["action"], last["detail"]["tenant_id"]) == ("tenant_changed", TENANT)
