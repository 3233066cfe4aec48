"""Who asks more often than anybody needs is told to wait; nobody else is, and Microsoft never."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from websockets.exceptions import ConnectionClosed

from deskbridge.api.desk import Desk
from deskbridge.settings import Settings
from support.agents import Agent
from support.builders import make_account, make_user
from support.clock import Clock

Browsers = Callable[[], Agent]
pytestmark = pytest.mark.parametrize("machines", ["one machine"], indirect=True)
FEW = 60


@pytest.fixture
def product_clock(clock: Clock) -> Callable[[], datetime]:
    """It stands still, so that nothing flows back while a story asks."""
    return clock


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As little as can be told apart from the sign-ins, each of which counts for twenty."""
    return settings.model_copy(update={"rate_limit_user": FEW, "rate_limit_address": 200})


@pytest.fixture
async def anne(desk: Desk, browser_of: Browsers) -> Agent:
    """Anne and Ben exist; she is signed in."""
    account = await make_account(desk)
    await make_user(desk, account)
    await make_user(desk, account, "Ben Carter")
    browser = browser_of()
    await browser.sign_in("anne")
    await browser.snapshot()
    return browser


async def ask(browser: Agent, times: int) -> list[int]:
    """What it is answered, one after the other."""
    return [(await browser.http.get("/api/v1/me/sessions")).status_code for _ in range(times)]


async def test_whoever_is_signed_in_is_counted_alone(anne: Agent, browser_of: Browsers, clock: Clock) -> None:
    assert set(await ask(anne, FEW)) == {200}
    answer = await anne.http.get("/api/v1/me/sessions")
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (429, "too_fast", "1")
    assert answer.headers["x-content-type-options"] == "nosniff"

    # The same user elsewhere is the same user; Ben, at the same address, is not.
    elsewhere, ben = browser_of(), browser_of()
    await elsewhere.sign_in("anne")
    assert await ask(elsewhere, 2) == [200, 429]
    await ben.sign_in("ben")
    assert set(await ask(ben, FEW)) == {200}

    clock.move(seconds=3)
    assert await ask(anne, 4) == [200, 200, 200, 429]
    assert (await anne.http.get("/healthz")).status_code == 200


async def test_strangers_are_counted_by_their_address_and_guesses_cost_more(
    desk: Desk, browser_of: Browsers, clock: Clock
) -> None:
    guesser, other = browser_of(), browser_of()
    other.http.headers["X-Forwarded-For"] = "203.0.113.7"
    for number in range(10):
        guess = {"username": f"somebody {number}", "password": "guessed"}
        assert (await guesser.refused("POST", "/session", json=guess))[0] == 401
    refused = await guesser.http.post("/api/v1/session", json={"username": "x", "password": "guessed"})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "6")
    # A cookie that somebody made up is nobody's.
    for number in range(3):
        guesser.http.cookies.set(desk.cookie, f"guessed {number}")
        assert (await guesser.refused("GET", "/workspace")) == (429, "too_fast")
    assert (await other.refused("GET", "/workspace"))[0] == 401

    clock.move(minutes=1)
    assert (await guesser.refused("GET", "/workspace"))[0] == 401


async def test_what_is_forwarded_is_believed_of_a_trusted_proxy_only(anne: Agent, browser_of: Browsers) -> None:
    """The right end of the list is what our proxy wrote; what is before it, anybody may have."""
    liar = browser_of()
    for number in range(200):
        forwarded = f"198.51.100.{number}, 203.0.113.9"
        await liar.http.get("/api/v1/workspace", headers={"X-Forwarded-For": forwarded})
    headers = {"X-Forwarded-For": "198.51.100.250, 203.0.113.9"}
    assert (await liar.refused("GET", "/workspace", headers=headers)) == (429, "too_fast")


async def test_microsoft_is_not_counted(desk: Desk, browser_of: Browsers) -> None:
    microsoft = browser_of()
    for _ in range(250):
        answer = await microsoft.http.post(
            "/api/v1/webhooks/graph/notifications", params={"validationToken": "are you there"}
        )
        assert (answer.status_code, answer.text) == (200, "are you there")


async def test_frames_are_counted_with_the_requests(anne: Agent, clock: Clock) -> None:
    conversation = await anne.start((await anne.find("ben"))["id"])
    async with anne.live() as feed:
        await feed.until(lambda frame: frame["type"] == "welcome")
        ids = [f"00000000-0000-4000-8000-{number:012}" for number in range(FEW)]
        for client_id in ids:
            await feed.say({"type": "send", "conversation_id": conversation["id"], "client_id": client_id, "text": "!"})
        last = await feed.until(lambda frame: frame.get("client_id") == ids[-1])
        assert (last["type"], last["code"]) == ("refused", "too_fast")
        clock.move(seconds=2)
        await feed.say({"type": "send", "conversation_id": conversation["id"], "client_id": ids[-1], "text": "Again"})
        assert (await feed.until(lambda frame: frame.get("client_id") == ids[-1]))["type"] == "sent"
        for _ in range(FEW):
            await feed.say({"type": "typing", "conversation_id": conversation["id"]})
        with pytest.raises(ConnectionClosed) as closed:
            await feed.until(lambda frame: False)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4429
