"""Signing in with a password, and out again, as a browser does it."""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import SimpleCookie

import httpx
import pytest

from deskbridge.accounts.store import update_user
from deskbridge.accounts.tries import FAILURE_WINDOW, MOST_FAILURES
from deskbridge.api.desk import Desk
from support.agents import Agent
from support.builders import make_account, make_user
from support.clock import Clock

Browsers = Callable[[], Agent]


async def attempt(browser: Agent, username: str, password: str) -> tuple[int, str]:
    """A sign-in that is refused."""
    return await browser.refused("POST", "/session", json={"username": username, "password": password})


async def test_an_agent_signs_in_and_is_available(desk: Desk, browser_of: Browsers) -> None:
    anne = await make_user(desk, await make_account(desk))
    browser = browser_of()

    me = await browser.sign_in("anne")

    assert (me["id"], me["display_name"], me["status"]) == (anne.id, "Anne Baker", "Available")
    assert (await browser.snapshot())["me"] == me
    assert "password" not in str(me)


async def test_neither_case_nor_spaces_of_the_username_matter(desk: Desk, browser_of: Browsers) -> None:
    await make_user(desk, await make_account(desk), username="Straße")

    assert (await browser_of().sign_in(" STRASSE "))["username"] == "Straße"


async def test_an_unknown_user_and_a_wrong_password_are_answered_alike(desk: Desk, browser_of: Browsers) -> None:
    await make_user(desk, await make_account(desk))
    browser = browser_of()
    answers = [
        await browser.http.post("/api/v1/session", json={"username": name, "password": "wrong"})
        for name in ("anne", "nobody")
    ]

    assert answers[0].status_code == answers[1].status_code == 401
    assert (
        answers[0].json()
        == answers[1].json()
        == {
            "code": "wrong_password",
            "message": "The username or the password is wrong. Check both and try again.",
        }
    )
    assert not browser.http.cookies


async def test_a_suspended_user_is_answered_like_an_unknown_one_and_loses_the_session(
    desk: Desk, browser_of: Browsers
) -> None:
    anne = await make_user(desk, await make_account(desk))
    browser = browser_of()
    await browser.sign_in("anne")

    async with desk.db.transaction() as tx:
        await update_user(tx.connection, anne.id, suspended=True)

    assert await browser.refused("GET", "/workspace") == (401, "not_signed_in")
    assert await attempt(browser_of(), "anne", "correct horse") == (401, "wrong_password")


async def test_a_user_without_a_password_cannot_sign_in(desk: Desk, browser_of: Browsers) -> None:
    from deskbridge.accounts.service import NewUser
    from deskbridge.admin import users

    account = await make_account(desk)
    async with desk.db.transaction() as tx:
        await users.create_user(tx, account.id, NewUser("ben", "Ben", "ben@contoso.example"), desk.clock())

    assert await attempt(browser_of(), "ben", "nobody has this password") == (401, "wrong_password")


@pytest.mark.parametrize(
    ("machines", "username"), [("one machine", "nobody"), ("many machines", "anne")], indirect=["machines"]
)
async def test_after_too_many_failures_one_has_to_wait(
    desk: Desk, browser_of: Browsers, clock: Clock, username: str
) -> None:
    """The right password does not help either, and a name that nobody has behaves in the same way."""
    await make_user(desk, await make_account(desk))
    browser = browser_of()
    for _ in range(MOST_FAILURES):
        assert await attempt(browser, username, "wrong") == (401, "wrong_password")

    assert await attempt(browser, username.upper(), "correct horse") == (429, "too_many_requests")

    clock.now += FAILURE_WINDOW
    answer = await browser.http.post("/api/v1/session", json={"username": username, "password": "correct horse"})
    assert answer.status_code == (201 if username == "anne" else 401)


async def test_failures_of_one_do_not_keep_another_out(desk: Desk, browser_of: Browsers) -> None:
    account = await make_account(desk)
    await make_user(desk, account)
    await make_user(desk, account, "Ben Carter")
    browser = browser_of()
    for _ in range(MOST_FAILURES):
        await attempt(browser, "anne", "wrong")

    assert (await browser.sign_in("ben"))["display_name"] == "Ben Carter"


async def test_signing_out_ends_this_session_and_the_last_one_logs_the_agent_out(
    desk: Desk, browser_of: Browsers
) -> None:
    await make_user(desk, await make_account(desk))
    laptop, phone = browser_of(), browser_of()
    await laptop.sign_in("anne")
    await phone.sign_in("anne")
    kept = dict(laptop.http.cookies)

    await laptop.call("DELETE", "/session")
    assert (await phone.snapshot())["me"]["status"] == "Available"
    assert not laptop.http.cookies
    thief = browser_of()
    thief.http.cookies.update(kept)
    assert await thief.refused("GET", "/workspace") == (401, "not_signed_in")

    await phone.call("DELETE", "/session")
    assert (await laptop.sign_in("anne"))["status"] == "Available"


async def test_a_status_that_was_chosen_outlives_signing_in_again(desk: Desk, browser_of: Browsers) -> None:
    await make_user(desk, await make_account(desk))
    laptop = browser_of()
    await laptop.sign_in("anne")
    await laptop.call("PUT", "/me/status", json={"status": "On Break"})

    assert (await browser_of().sign_in("anne"))["status"] == "On Break"


def cookie_of(answer: httpx.Response) -> tuple[str, dict[str, str]]:
    """Its name, and what the browser is told of it."""
    ((name, morsel),) = SimpleCookie(answer.headers["set-cookie"]).items()
    return name, {key: str(value) for key, value in morsel.items() if value}


async def test_the_cookie_cannot_be_read_by_scripts_nor_sent_by_other_sites(desk: Desk, browser_of: Browsers) -> None:
    await make_user(desk, await make_account(desk))
    answer = await browser_of().http.post("/api/v1/session", json={"username": "anne", "password": "correct horse"})

    name, flags = cookie_of(answer)

    assert name == "deskbridge"
    assert flags == {"httponly": "True", "samesite": "lax", "path": "/", "max-age": str(14 * 3600)}


async def test_nothing_of_a_password_or_session_is_stored_as_it_is(desk: Desk, browser_of: Browsers) -> None:
    from sqlalchemy import select

    from deskbridge.accounts.session_store import sessions
    from deskbridge.accounts.store import users

    await make_user(desk, await make_account(desk))
    browser = browser_of()
    await browser.sign_in("anne")

    async with desk.db.read() as connection:
        stored = str(
            (await connection.execute(select(users))).all() + (await connection.execute(select(sessions))).all()
        )
    assert browser.http.cookies["deskbridge"] not in stored
    assert "correct horse" not in stored
    assert "$argon2id$" in stored
