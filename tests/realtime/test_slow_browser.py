"""What a browser is told that does not keep up: everything in its order, but of presence only the newest."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from deskbridge.accounts.model import AccountId, Role, Status, User, UserId
from deskbridge.api.desk import Desk
from deskbridge.api.tabs import PATH, serve_tab
from deskbridge.directory.model import IdentityId
from deskbridge.realtime.hub import Client
from deskbridge.realtime.wire import AT_ONCE
from support.agents import Agent
from support.builders import make_account, make_user

ROBIN, BEN = IdentityId("robin"), IdentityId("ben")


def make_client() -> Client:
    return Client(
        User(
            id=UserId("anne"),
            account_id=AccountId("contoso"),
            username="anne",
            display_name="Anne",
            email="anne@contoso.example",
            role=Role.AGENT,
            licenses=[],
            status=Status.AVAILABLE,
            status_since=datetime(2026, 1, 1, tzinfo=UTC),
        )
    )


def test_a_slow_browser_gets_the_newest_presence_of_each_in_one_frame() -> None:
    client = make_client()
    client.put("first")
    client.put_presences({ROBIN: '"busy"', BEN: '"away"'})
    client.put("second")
    client.put_presences({ROBIN: '"available"'})

    told = client.take(10)

    assert (told[0], told[2]) == ("first", "second")
    assert json.loads(told[1]) == {"type": "presence", "presences": ["available", "away"]}
    client.put_presences({BEN: '"busy"'})
    assert [json.loads(each)["presences"] for each in client.take(10)] == [["busy"]]
    assert client.take(10) == []


class Line:
    """The server's end of a tab's wire; the browser takes what a story lets it."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[Any] = asyncio.Queue()
        self.taken: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.is_free = True
        self.waits = asyncio.Event()
        self.room = asyncio.Event()
        self.room.set()

    async def receive(self) -> Any:
        return await self.said.get()

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.send":
            if not self.room.is_set():
                self.waits.set()
            await self.room.wait()
            self.taken.put_nowait(("waited", message["text"]))

    def tell(self, text: str) -> bool:
        if self.is_free:
            self.taken.put_nowait(("at once", text))
        return self.is_free

    async def numbers(self) -> tuple[str, list[int]]:
        """Of the events that come next together, and how they came."""
        how, text = await self.taken.get()
        frames = json.loads(text)
        return how, [int(each["version"].rpartition(".")[2]) for each in (frames if text[0] == "[" else [frames])]


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_what_has_to_wait_is_not_overtaken(desk: Desk, browser_of: Callable[[], Agent]) -> None:
    await make_user(desk, await make_account(desk))
    anne = browser_of()
    await anne.sign_in("anne")
    snapshot = await anne.snapshot()
    line, topic = Line(), f"feed.user.{snapshot['me']['id']}"
    cookies = "; ".join(f"{name}={value}" for name, value in anne.http.cookies.items())
    headers = [(b"cookie", cookies.encode()), (b"origin", anne.base.encode()), (b"host", anne.base[7:].encode())]
    scope = {"type": "websocket", "path": PATH, "headers": headers, "client": ("10.0.0.1", 1)}
    scope["extensions"] = {AT_ONCE: {"tell": line.tell}}
    tab = asyncio.create_task(serve_tab(desk, scope, line.receive, line.send))
    line.said.put_nowait({"type": "websocket.connect"})
    hello = json.dumps({"type": "hello", "version": snapshot["version"]})
    line.said.put_nowait({"type": "websocket.receive", "text": hello})
    _, (now,) = await line.numbers()

    line.is_free = False
    line.room.clear()
    desk.bus.publish(topic, f"{now + 1} {{}}".encode())
    await line.waits.wait()
    line.is_free = True
    desk.bus.publish(topic, f"{now + 2} {{}}".encode())
    desk.bus.publish(topic, f"{now + 3} {{}}".encode())
    line.room.set()
    assert await line.numbers() == ("waited", [now + 1])
    assert await line.numbers() == ("waited", [now + 2, now + 3])

    desk.bus.publish(topic, f"{now + 4} {{}}".encode())
    assert await line.numbers() == ("at once", [now + 4])
    line.said.put_nowait({"type": "websocket.disconnect"})
    await tab
