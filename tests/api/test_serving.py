"""What waits in the server for one WebSocket: nothing for strangers, little for anybody, and none of it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import uvicorn
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from deskbridge.api.desk import Desk
from deskbridge.api.serving import MOST_IN_HAND, SMALL, SPEAKING, LeanWebSocket
from deskbridge.api.tabs import PATH, serve_tab
from deskbridge.realtime.wire import AT_ONCE
from support.line import Line
from support.statements import heard

HANDSHAKE: Final = (
    b"GET /api/v1/realtime HTTP/1.1\r\nHost: desk.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Tab:
    """A WebSocket whose application does nothing but what a story does with `receive` and `send`."""

    def __init__(self) -> None:
        self.done = asyncio.Event()
        config = uvicorn.Config(self._app, **SPEAKING, log_config=None, interface="asgi3", ws_ping_interval=None)
        config.load()
        self.line = Line()
        self.server = LeanWebSocket(config, ServerState(), {})
        self.server.connection_made(self.line)
        self.server.data_received(HANDSHAKE)

    async def _app(self, _scope: Any, _receive: Any, _send: Any) -> None:
        await self.done.wait()

    async def open(self) -> None:
        """The application knows who it is."""
        assert await self.server.receive() == {"type": "websocket.connect"}
        await self.server.send({"type": "websocket.accept"})

    def say(self, text: str | bytes, opcode: Opcode = Opcode.TEXT, *, fin: bool = True) -> None:
        """A frame comes."""
        data = text.encode() if isinstance(text, str) else text
        self.server.data_received(Frame(opcode, data, fin=fin).serialize(mask=True))

    async def hear(self, count: int) -> list[str]:
        """What the application gets, in its order."""
        return [str(dict(await self.server.receive())["text"]) for _ in range(count)]


@pytest.fixture
async def tab() -> AsyncIterator[Tab]:
    """The handshake has come."""
    tab = Tab()
    yield tab
    tab.done.set()
    await asyncio.gather(*tab.server.tasks)


async def test_nothing_is_read_until_it_is_known_who_it_is(tab: Tab) -> None:
    assert not tab.line.reads
    await tab.open()
    assert tab.line.reads


async def test_small_frames_wait_together_up_to_a_number(tab: Tab) -> None:
    await tab.open()
    said = [str(number) for number in range(MOST_IN_HAND)]
    for text in said[:-1]:
        tab.say(text)
        assert tab.line.reads
    tab.say(said[-1])
    assert not tab.line.reads

    assert await tab.hear(MOST_IN_HAND) == said
    assert tab.line.reads
    tab.say("and one more")
    assert await tab.hear(1) == ["and one more"]


async def test_after_a_large_frame_nothing_is_read_until_it_is_taken(tab: Tab) -> None:
    await tab.open()
    tab.say("x" * SMALL)
    assert tab.line.reads
    tab.say("y" * (SMALL + 1))
    assert not tab.line.reads

    await tab.hear(1)
    assert not tab.line.reads
    await tab.hear(1)
    assert tab.line.reads

    # In parts it is as large.
    tab.say("z" * SMALL, fin=False)
    tab.say("z", Opcode.CONT)
    assert not tab.line.reads
    assert await tab.hear(1) == ["z" * (SMALL + 1)]


async def test_empty_parts_of_a_frame_are_not_kept(tab: Tab) -> None:
    await tab.open()
    tab.say("a", fin=False)
    for _ in range(1000):
        tab.say("", Opcode.CONT, fin=False)
    assert len(tab.server.frames) == 1
    tab.say("", Opcode.CONT)
    assert await tab.hear(1) == ["a"]


async def test_who_takes_nothing_gets_no_more_answers_to_its_pings(tab: Tab) -> None:
    await tab.open()
    tab.line.written = b""
    tab.say("1", Opcode.PING)
    answer = tab.line.written
    assert answer.endswith(b"1")

    tab.server.pause_writing()
    tab.say("2", Opcode.PING)
    assert tab.line.written == answer
    tab.server.resume_writing()
    tab.say("3", Opcode.PING)
    assert tab.line.written == answer + answer[:-1] + b"3"


async def test_a_frame_is_told_at_once_unless_it_has_to_wait_or_nothing_more_is_told(tab: Tab) -> None:
    assert not tab.server.tell_at_once("before the handshake")
    await tab.open()
    tab.line.written = b""
    assert tab.server.scope["extensions"][AT_ONCE]["tell"]("now")
    assert tab.line.written == Frame(Opcode.TEXT, b"now").serialize(mask=False)

    tab.server.pause_writing()
    assert not tab.server.tell_at_once("later")
    tab.server.resume_writing()
    tab.say(b"\x03\xe8", Opcode.CLOSE)
    tab.line.written = b""
    assert not tab.server.tell_at_once("after the end")
    assert tab.line.written == b""


async def test_nothing_is_told_at_once_to_who_is_gone_without_a_word(tab: Tab) -> None:
    await tab.open()
    tab.line.written = b""
    tab.server.connection_lost(None)
    assert not tab.server.tell_at_once("gone")
    assert tab.line.written == b""


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_a_stranger_is_looked_up_before_anything_is_read(desk: Desk) -> None:
    happened: list[Any] = []

    async def receive() -> Any:
        happened.append("read")
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        happened.append((message["type"], message.get("code")))

    headers = [(b"cookie", f"{desk.cookie}=guessed".encode())]
    scope = {"type": "websocket", "path": PATH, "headers": headers, "client": ("10.0.0.1", 1)}

    def listen(statement: str, *_found: Any) -> None:
        if "sessions" in statement and "looked up" not in happened:
            happened.append("looked up")

    with heard(listen):
        await serve_tab(desk, scope, receive, send)
    assert happened == ["looked up", "read", ("websocket.accept", None), ("websocket.close", 4401)]
