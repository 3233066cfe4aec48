"""Guessing, all at once: no more is found out than one after the other; and who signs in while that changes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest

from deskbridge.accounts import sessions
from deskbridge.accounts.model import User
from deskbridge.accounts.tries import FAILURE_WINDOW, MOST_FAILURES
from deskbridge.admin.managing import Managing
from deskbridge.api.desk import Desk
from deskbridge.audit.model import CONSOLE
from deskbridge.errors import NotSignedIn, WrongPassword
from deskbridge.storage.database import Transaction
from support.agents import Agent
from support.builders import make_account, make_user
from support.clock import Clock
from support.phone import Phone

Browsers = Callable[[], Agent]
MANY = 40
SIGN_IN = {"username": "anne", "password": "correct horse"}


async def at_once(browser: Agent, path: str, bodies: list[dict[str, str]]) -> Counter[int]:
    """How many got which status."""
    answers = await asyncio.gather(*(browser.http.post(f"/api/v1{path}", json=each) for each in bodies))
    return Counter(each.status_code for each in answers)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [("/session", 401), ("/session/proof", 403), ("/me/second-factor/remove", 403), ("/me/sessions/end", 403)],
)
async def test_guesses_at_once_are_no_more_than_one_after_the_other(
    desk: Desk, browser_of: Browsers, clock: Clock, path: str, wrong: int
) -> None:
    await make_user(desk, await make_account(desk))
    anne = browser_of()
    await anne.sign_in("anne")
    phone = await Phone.added(anne, clock)
    clock.move(minutes=1)
    named = {"username": "anne"} if path == "/session" else {}
    guess = "code" if path.endswith("remove") else "password"

    found = await at_once(anne, path, [{**named, guess: f"wrong {number}"} for number in range(MANY)])

    assert set(found) <= {wrong, 429}
    assert found[wrong] <= MOST_FAILURES
    # Who waits gets in, and what was refused unseen does not count.
    clock.now += FAILURE_WINDOW
    await browser_of().call("POST", "/session", json={**SIGN_IN, "code": phone.code()})


async def test_whoever_is_right_is_not_counted(desk: Desk, browser_of: Browsers, clock: Clock) -> None:
    await make_user(desk, await make_account(desk))
    for _ in range(MOST_FAILURES + 1):
        await browser_of().sign_in("anne")
    anne = browser_of()
    await anne.sign_in("anne")
    await Phone.added(anne, clock)
    for _ in range(MOST_FAILURES + 1):
        # Right, as far as it goes.
        assert await anne.refused("POST", "/session", json=SIGN_IN) == (401, "second_factor_needed")


async def test_who_sets_up_a_second_factor_twice_at_once_has_one(desk: Desk, browser_of: Browsers) -> None:
    await make_user(desk, await make_account(desk))
    anne = browser_of()
    await anne.sign_in("anne")
    found = await at_once(anne, "/me/second-factor", [{"password": "correct horse"}] * 4)
    assert found == {201: 4}


async def test_a_password_that_is_voided_while_it_is_compared_opens_nothing(desk: Desk, browser_of: Browsers) -> None:
    account = await make_account(desk)
    anne = await make_user(desk, account)

    async def voided(tx: Transaction, user: User) -> bool:
        await Managing(tx, account.id, CONSOLE, desk.clock()).reset_password(user.id)
        return True

    with pytest.raises(WrongPassword):
        await sessions.sign_in(desk.db, ("anne", "correct horse"), desk.clock(), desk.lasting, voided, "here")
    async with desk.db.transaction() as tx:
        await Managing(tx, account.id, CONSOLE, desk.clock()).suspend(anne.id)
    # At the provider they had got through before that.
    with pytest.raises(NotSignedIn):
        await sessions.open_session(desk.db, anne, desk.clock(), desk.lasting, "here", by_single_sign_on=True)
