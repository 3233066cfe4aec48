"""What would be worst in other hands asks once more who is there, when that was last proved a while ago."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deskbridge.accounts.model import Role
from deskbridge.api.desk import Desk
from support.agents import Agent
from support.builders import make_account, make_user
from support.clock import Clock
from support.phone import Phone

Browsers = Callable[[], Agent]
ASKED = (403, "reauthentication_required")


class People:
    """Dana, who administers, at her browser; and Anne's id."""

    def __init__(self, dana: Agent, anne_id: str) -> None:
        self.dana = dana
        self.anne_id = anne_id


@pytest.fixture
async def people(desk: Desk, browser_of: Browsers) -> People:
    """Dana is signed in."""
    account = await make_account(desk)
    anne = await make_user(desk, account)
    await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN)
    dana = browser_of()
    await dana.sign_in("dana")
    return People(dana, anne.id)


def sensitive(anne_id: str) -> list[tuple[str, str, Any]]:
    """What asks for it, with a body that would do."""
    user = f"/admin/users/{anne_id}"
    invited = {"username": "new", "display_name": "New", "email": "new@contoso.example", "role": "admin"}
    provider = {"issuer": "https://login.example", "client_id": "x", "client_secret": "y"}
    return [
        ("POST", "/admin/users", invited),
        ("PATCH", user, {"role": "admin"}),
        *[
            ("POST", f"{user}/{what}", None)
            for what in ("suspend", "resume", "reset-password", "sign-out", "disconnect", "remove-second-factor")
        ],
        ("PUT", "/admin/microsoft", {"tenant_id": "99999999-8888-7777-6666-555555555555"}),
        ("PUT", "/admin/single-sign-on", provider),
        ("DELETE", "/admin/single-sign-on", None),
        ("PUT", "/admin/account", {"keep_messages_days": 30}),
        ("PUT", "/admin/account", {"second_factor_required": True}),
        ("POST", "/admin/imports/csv", None),
        ("GET", "/admin/imports/any/report", None),
        *[
            ("GET", f"/admin/{name}.csv", None)
            for name in (
                *("users", "contacts", "connections", "licenses", "contact-policy", "matches", "decisions"),
                *("imports", "health", "audit"),
            )
        ],
    ]


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_sensitive_things_ask_again_and_nothing_is_changed(people: People, clock: Clock) -> None:
    before = await people.dana.call("GET", "/admin/users")
    clock.move(minutes=15)
    assert (await people.dana.call("GET", "/session/proof"))["is_good"] is True
    clock.move(seconds=1)
    for method, path, body in sensitive(people.anne_id):
        assert await people.dana.refused(method, path, json=body) == ASKED, (method, path)
    assert await people.dana.call("GET", "/admin/users") == before
    # What is seen all day does not.
    await people.dana.call("GET", "/admin/audit")
    await people.dana.call("PUT", "/admin/account", json={"teams_chat_enabled": True})


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_a_supervisor_takes_along_what_others_said_after_another_proof(
    desk: Desk, browser_of: Browsers, clock: Clock
) -> None:
    account = await make_account(desk)
    await make_user(desk, account, "Sue Pervis", role=Role.SUPERVISOR)
    await make_user(desk, account)
    await make_user(desk, account, "Ben Okafor")
    anne, sue = browser_of(), browser_of()
    await anne.sign_in("anne")
    await sue.sign_in("sue")
    talk = (await anne.start((await anne.find("ben"))["id"]))["id"]
    await anne.send(talk, "Between us")
    path = f"/api/v1/record/conversations/{talk}/export"
    assert (await sue.http.get(path)).status_code == 200
    clock.move(hours=1)
    assert await sue.refused("GET", f"/record/conversations/{talk}/export") == ASKED
    # Reading it, and what one has said oneself, do not ask.
    await sue.call("GET", f"/record/conversations/{talk}/messages")
    assert (await anne.http.get(f"/api/v1/conversations/{talk}/export")).status_code == 200
    await sue.call("POST", "/session/proof", json={"password": "correct horse"})
    assert (await sue.http.get(path)).status_code == 200


async def test_with_the_password_it_goes_on_under_another_cookie(
    people: People, desk: Desk, browser_of: Browsers, clock: Clock
) -> None:
    dana, path = people.dana, f"/admin/users/{people.anne_id}/suspend"
    clock.move(hours=1)
    assert (await dana.call("GET", "/session/proof"))["ways"] == ["password"]
    assert await dana.refused("POST", path) == ASKED
    assert await dana.refused("POST", "/session/proof", json={"password": "wrong"}) == (403, "wrong_own_password")
    assert await dana.refused("POST", "/session/proof", json={"code": "123456"}) == (403, "wrong_code")
    assert (await dana.refused("POST", "/session/proof", json={}))[0] == 422
    assert await dana.refused("POST", path) == ASKED

    thief = browser_of()
    thief.http.cookies.set(desk.cookie, dana.http.cookies[desk.cookie])
    async with dana.live() as feed:
        await feed.until(lambda frame: frame["type"] == "welcome")
        await dana.call("POST", "/session/proof", json={"password": "correct horse"})
        assert (await dana.call("POST", path))["suspended"] is True
        # Somebody who had the cookie has nothing more of it; the WebSocket is the session's, and goes on.
        assert await thief.refused("GET", "/workspace") == (401, "not_signed_in")
        await feed.say({"type": "ping", "version": "x.0"})
        await feed.until(lambda frame: frame["type"] == "pong")
    assert len(await dana.call("GET", "/me/sessions")) == 1

    entries = (await dana.call("GET", "/admin/audit"))["entries"]
    told = [(each["action"], each["detail"].get("by") or each["detail"].get("reason")) for each in entries]
    assert told[:4] == [
        ("user_suspended", None),
        ("proved_again", "password"),
        ("sign_in_failed", "wrong_code"),
        ("sign_in_failed", "wrong_own_password"),
    ]


async def test_a_password_cannot_be_guessed_there_either(people: People, clock: Clock) -> None:
    clock.move(hours=1)
    for _ in range(10):
        assert (await people.dana.refused("POST", "/session/proof", json={"password": "wrong"}))[0] == 403
    right = {"password": "correct horse"}
    assert await people.dana.refused("POST", "/session/proof", json=right) == (429, "too_many_requests")


async def test_a_code_of_the_second_factor_proves_it_as_well(people: People, clock: Clock) -> None:
    dana = people.dana
    phone = await Phone.added(dana, clock)
    clock.move(hours=1)
    assert (await dana.call("GET", "/session/proof"))["ways"] == ["code", "password"]
    wrong = "123456" if phone.code() != "123456" else "654321"
    assert await dana.refused("POST", "/session/proof", json={"code": wrong}) == (403, "wrong_code")
    await dana.call("POST", "/session/proof", json={"code": phone.code()})
    await dana.call("POST", f"/admin/users/{people.anne_id}/sign-out")
