"""“Wim is typing”: to who takes part, at once, from any machine; never to Teams, and kept nowhere."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from deskbridge.accounts.model import License, Role
from deskbridge.api.desk import Desk
from deskbridge.app import create_app
from deskbridge.realtime.typing_signs import APART
from deskbridge.settings import Settings
from support.agents import Agent, Feed
from support.builders import make_account, make_user
from support.clock import Clock
from support.servers import serving

Browsers = Callable[[], Agent]


@pytest.fixture
def product_clock(clock: Clock) -> Callable[[], datetime]:
    """These stories are about seconds."""
    return clock


@pytest.fixture
async def people(desk: Desk, browser_of: Browsers) -> dict[str, Agent]:
    """An agent, a Work user, and a colleague who takes no part."""
    account = await make_account(desk)
    await make_user(desk, account)
    await make_user(desk, account, "Wim Worker", frozenset({License.WORK}), Role.NONE)
    await make_user(desk, account, "Cleo Curious")
    found = {name: browser_of() for name in ("anne", "wim", "cleo")}
    for name, browser in found.items():
        await browser.sign_in(name)
    return found


async def talk(people: dict[str, Agent]) -> str:
    """Anne's conversation with Wim, who takes part from her first message on."""
    anne = people["anne"]
    conversation = (await anne.start((await anne.find("wim"))["id"], "work"))["id"]
    await anne.send(conversation, "Hello Wim")
    return str(conversation)


def is_sign(frame: Any) -> bool:
    """Somebody is typing."""
    return bool(frame["type"] == "typing")


async def welcomed(live: Feed) -> None:
    """From here on the browser is live."""
    await live.until(lambda frame: frame["type"] == "welcome")


async def signs_until_pong(live: Feed, version: str) -> list[Any]:
    """Those that came before the answer to a ping."""
    live.seen.clear()
    await live.say({"type": "ping", "version": version})
    await live.until(lambda frame: frame["type"] == "pong")
    return [frame for frame in live.seen if is_sign(frame)]


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_the_other_is_told_now_and_then_and_nobody_else(people: dict[str, Agent], clock: Clock) -> None:
    anne, wim, cleo = people["anne"], people["wim"], people["cleo"]
    conversation = await talk(people)
    version = (await anne.snapshot())["version"]
    async with anne.live() as annes, wim.live() as wims, cleo.live() as cleos:
        for live in (annes, wims, cleos):
            await welcomed(live)
        for _ in range(5):
            await wims.say({"type": "typing", "conversation_id": conversation})
        sign = await annes.until(is_sign)
        assert (sign["conversation_id"], sign["display_name"], sign["seconds"]) == (conversation, "Wim Worker", 6)
        await signs_until_pong(wims, version)
        assert await signs_until_pong(annes, version) == [], "five at once are one"
        clock.move(seconds=APART.total_seconds())
        await wims.say({"type": "typing", "conversation_id": conversation})
        await annes.until(is_sign)

        # Who takes no part can neither hear of it nor pretend.
        await cleos.say({"type": "typing", "conversation_id": conversation})
        assert await signs_until_pong(cleos, version) == []
        assert await signs_until_pong(annes, version) == []
        assert await signs_until_pong(wims, version) == []
    # It is not in the feed: nothing of it is told later.
    assert (await anne.snapshot())["version"] == version


@pytest.mark.parametrize("machines", ["many machines"], indirect=True)
async def test_it_is_told_on_another_machine(people: dict[str, Agent], settings: Settings, clock: Clock) -> None:
    conversation = await talk(people)
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"http://localhost:{other.getsockname()[1]}"
        app = create_app(settings.model_copy(update={"public_url": url}), clock=clock)
        async with serving(app, other):
            there = Agent(url)
            await there.sign_in("anne")
            async with there.live() as annes, people["wim"].live() as wims:
                await welcomed(annes)
                await welcomed(wims)
                await wims.say({"type": "typing", "conversation_id": conversation})
                assert (await annes.until(is_sign))["display_name"] == "Wim Worker"
            await there.http.aclose()
