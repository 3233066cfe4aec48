"""One tab's WebSocket: hello, what was missed, live, and how it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import websockets

from deskbridge.accounts.model import License, User
from deskbridge.api.desk import Desk
from deskbridge.directory.model import IdentityId
from deskbridge.realtime.hub import MOST_WAITING, Client
from deskbridge.storage import feed
from support.agents import Agent, Feed
from support.builders import make_account, make_user

Browsers = Callable[[], Agent]


@pytest.fixture
async def anne(desk: Desk, browser_of: Browsers) -> Agent:
    """Anne, signed in; Ben is a colleague."""
    account = await make_account(desk)
    await make_user(desk, account)
    await make_user(desk, account, "Ben Carter", frozenset({License.CONTACT_CENTER, License.WORK}))
    browser = browser_of()
    await browser.sign_in("anne")
    return browser


async def choose(browser: Agent, *statuses: str) -> None:
    """One event after the other in one's own feed."""
    for status in statuses:
        await browser.call("PUT", "/me/status", json={"status": status})


def is_welcome(frame: Any) -> bool:
    """Everything missed has been sent."""
    return bool(frame["type"] == "welcome")


def statuses(feed_: Feed) -> list[str]:
    """As the events heard so far told them."""
    return [frame["event"]["me"]["status"] for frame in feed_.seen if frame["type"] == "event"]


def connect(browser: Agent, **headers: str) -> Any:
    """A WebSocket of the workspace's page, or with other headers; an empty one is left out."""
    headers = {name: each for name, each in ({"Origin": browser.base} | headers).items() if each}
    url = browser.base.replace("http", "ws", 1) + "/api/v1/realtime"
    return websockets.connect(url, additional_headers=headers)


def cookie(browser: Agent) -> str:
    """What the browser presents."""
    return "; ".join(f"{name}={value}" for name, value in browser.http.cookies.items())


async def closed_with(socket: Any) -> int | None:
    """The code with which the server ends it."""
    try:
        while True:
            await asyncio.wait_for(socket.recv(), 30)
    except websockets.ConnectionClosed as ended:
        return ended.rcvd.code if ended.rcvd else None


async def test_who_is_up_to_date_is_welcomed_and_hears_what_happens(anne: Agent) -> None:
    version = (await anne.snapshot())["version"]
    async with anne.live(version) as live:
        welcome = await live.until(is_welcome)
        assert welcome["version"] == version
        assert statuses(live) == []

        await choose(anne, "Busy")
        event = await live.until(lambda frame: frame["type"] == "event")

    assert event["event"]["me"]["status"] == "Busy"
    assert event["version"] == (await anne.snapshot())["version"]


async def test_after_a_gap_everything_missed_comes_once_and_in_order(anne: Agent) -> None:
    version = (await anne.snapshot())["version"]
    await choose(anne, "Busy", "On Break", "Available")

    async with anne.live(version) as live:
        welcome = await live.until(is_welcome)
        assert statuses(live) == ["Busy", "On Break", "Available"]
        assert welcome["version"] == (await anne.snapshot())["version"]

    numbers = [int(frame["version"].rpartition(".")[2]) for frame in live.seen if frame["type"] == "event"]
    assert numbers == list(range(numbers[0], numbers[0] + 3))


async def test_every_tab_hears_everything_in_order_while_much_happens(anne: Agent) -> None:
    async with anne.live() as one, anne.live() as two:
        chosen = ["Busy", "Available", "On Break"] * 10
        await asyncio.gather(choose(anne, *chosen), one.until(is_welcome), two.until(is_welcome))
        await choose(anne, "Work Offline")
        for live in (one, two):
            await live.until(lambda frame: frame.get("event", {}).get("me", {}).get("status") == "Work Offline")
            assert statuses(live)[-31:] == [*chosen, "Work Offline"]


@pytest.mark.parametrize("version", ["", "1", "other.1", "{epoch}.", "{epoch}.x", "{epoch}.-1", "{epoch}.999999999"])
async def test_a_version_that_cannot_be_continued_is_told_to_start_afresh(
    desk: Desk, anne: Agent, version: str
) -> None:
    async with anne.live(version.format(epoch=desk.db.epoch) or " ") as live:
        frame = await live.until(lambda frame: True)
        assert frame == {"type": "resync"}

        await live.say({"type": "hello", "version": (await anne.snapshot())["version"]})
        assert is_welcome(await live.until(lambda frame: frame["type"] != "resync"))


async def test_who_missed_what_was_pruned_is_told_to_start_afresh(desk: Desk, anne: Agent) -> None:
    version = (await anne.snapshot())["version"]
    await choose(anne, "Busy")
    async with desk.db.transaction() as tx:
        await feed.prune(tx.connection, desk.clock() + timedelta(hours=1))
    await choose(anne, "Available")

    async with anne.live(version) as live:
        assert await live.until(lambda frame: True) == {"type": "resync"}


async def test_a_lost_event_is_found_out_by_the_next_ping(desk: Desk, anne: Agent) -> None:
    """Between processes a published event may be lost; the record is in the database."""
    async with anne.live() as live:
        version = (await live.until(is_welcome))["version"]
        await desk.hub.close()
        await choose(anne, "Busy")
        assert statuses(live) == []

        await live.say({"type": "ping", "version": version})
        await live.until(is_welcome)

    assert statuses(live) == ["Busy"]
    assert {"type": "pong"} in live.seen


async def test_before_its_hello_a_tab_hears_nothing(anne: Agent) -> None:
    version = (await anne.snapshot())["version"]
    async with connect(anne, Cookie=cookie(anne)) as socket:
        live = Feed(socket)
        await live.say({"type": "ping", "version": version})
        assert await live.until(lambda frame: True) == {"type": "pong"}
        await choose(anne, "Busy")
        await live.say({"type": "ping", "version": version})
        assert await live.until(lambda frame: True) == {"type": "pong"}
        await live.say({"type": "hello", "version": version})
        await live.until(is_welcome)

    assert statuses(live) == ["Busy"]


async def test_strangers_and_other_web_sites_are_turned_away(anne: Agent) -> None:
    for headers in (
        {},
        {"Cookie": "deskbridge=guessed"},
        {"Cookie": cookie(anne), "Origin": "https://evil.example"},
        {"Cookie": cookie(anne), "Origin": "null"},
        # A proxy took it out: then nothing tells another site's page from ours.
        {"Cookie": cookie(anne), "Origin": ""},
    ):
        async with connect(anne, **headers) as socket:
            assert await closed_with(socket) == 4401, headers
    async with connect(anne, Cookie=cookie(anne), Origin=anne.base) as socket:
        await socket.send('{"type":"ping","version":"x"}')
        assert json.loads(await socket.recv()) == {"type": "pong"}


@pytest.mark.parametrize("frame", ["{", "[]", '{"type":"shout"}', '{"type":"hello"}', '{"type":"ping","version":1}'])
async def test_nonsense_ends_the_connection(anne: Agent, frame: str) -> None:
    async with connect(anne, Cookie=cookie(anne)) as socket:
        await socket.send(frame)
        assert await closed_with(socket) == 4400


async def test_too_many_watched_people_are_nonsense_too(anne: Agent) -> None:
    async with anne.live() as live:
        await live.say({"type": "watch", "person_ids": ["x"] * 501})
        assert await closed_with(live.socket) == 4400


async def test_after_signing_out_the_next_ping_ends_it(anne: Agent) -> None:
    async with anne.live() as live:
        version = (await live.until(is_welcome))["version"]
        await anne.call("DELETE", "/session")
        await live.say({"type": "ping", "version": version})
        assert await closed_with(live.socket) == 4401


async def test_whoever_is_watched_is_shown_at_once_and_whenever_it_changes(
    desk: Desk, anne: Agent, browser_of: Browsers
) -> None:
    ben = browser_of()
    ben_in_list = await anne.find("ben")
    async with anne.live() as live:
        await live.until(is_welcome)
        await live.say({"type": "watch", "person_ids": [ben_in_list["id"], "nobody"]})
        first = await live.until(lambda frame: frame["type"] == "presence")
        assert {each["presence"]["activity"] for each in first["presences"]} == {"Logged Out"}
        assert len(first["presences"]) == 2

        await ben.sign_in("ben")
        seen = await live.until(lambda frame: frame["type"] == "presence")
        assert {each["presence"]["availability"] for each in seen["presences"]} == {"available"}

        await live.say({"type": "watch", "person_ids": []})
        await live.until(lambda frame: frame == {"type": "presence", "presences": []})
        live.seen.clear()
        await choose(ben, "Busy")
        await choose(anne, "Busy")
        await live.until(lambda frame: frame["type"] == "event")
        assert [frame["type"] for frame in live.seen] == ["event"]


async def test_a_colleague_of_another_organisation_cannot_be_watched(
    desk: Desk, anne: Agent, browser_of: Browsers
) -> None:
    await make_user(desk, await make_account(desk), "Mallory Else")
    mallory = browser_of()
    await mallory.sign_in("mallory")
    ben = await anne.find("ben")
    async with mallory.live() as live:
        await live.until(is_welcome)
        await live.say({"type": "watch", "person_ids": [ben["id"]]})
        assert (await live.until(lambda frame: frame["type"] == "presence"))["presences"] == []

        ben_himself = browser_of()
        await ben_himself.sign_in("ben")
        await choose(mallory, "Busy")
        await live.until(lambda frame: frame["type"] == "event")

    assert [frame["type"] for frame in live.seen].count("presence") == 1


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_what_the_database_knew_covers_nothing_newer(anne: Agent) -> None:
    client = Client(User.model_validate((await anne.snapshot())["me"]))
    ben, cara = IdentityId("ben"), IdentityId("cara")

    client.look_up_presences()
    client.put_presences({ben: '"busy"'})
    client.put_looked_up({ben: '"available"', cara: '"available"'})
    assert client.take(10) == ['{"type":"presence","presences":["busy","available"]}']

    client.look_up_presences()
    client.put_looked_up({ben: '"away"'})
    assert client.take(10) == ['{"type":"presence","presences":["away"]}']


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_a_tab_that_does_not_keep_up_is_let_go(desk: Desk, anne: Agent) -> None:
    """It resumes from its version when it has room again; frames for it do not pile up for ever."""
    client = Client(User.model_validate((await anne.snapshot())["me"]))
    client.number, client.live = 0, True
    desk.hub.join(client)
    for number in range(1, MOST_WAITING + 1):
        desk.bus.publish(f"feed.user.{client.user.id}", f"{number} {{}}".encode())
    assert not client.overflowed

    desk.bus.publish(f"feed.user.{client.user.id}", f"{MOST_WAITING + 1} {{}}".encode())

    assert client.overflowed
    assert len(client.waiting) == MOST_WAITING
    desk.hub.leave(client)
    assert desk.hub.connected == 0
