"""Who says nothing, or a byte now and then, or headers without end, is not waited for; who sends steadily is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import pytest
import uvicorn
from uvicorn.server import ServerState

from deskbridge.api.desk import Desk
from deskbridge.api.serving import SPEAKING
from deskbridge.api.slow_clients import BODY_WITHIN, HEAD_WITHIN, LEAST, MOST_HEAD, ImpatientHttp
from support.line import Line

POST: Final = b"POST / HTTP/1.1\r\nHost: desk.example\r\nContent-Length: 1000000\r\n"


class Timer:
    """What is to be done at some time, unless it is called off."""

    def __init__(self, due: float, work: Callable[[], None]) -> None:
        self.due = due
        self.work: Callable[[], None] | None = work

    def cancel(self) -> None:
        self.work = None


class Time:
    """An event loop whose time only a story lets go by."""

    def __init__(self) -> None:
        self._now = 0.0
        self._timers: list[Timer] = []

    def call_later(self, seconds: float, work: Callable[[], None]) -> Timer:
        self._timers.append(Timer(self._now + seconds, work))
        return self._timers[-1]

    def create_task(self, work: Any) -> asyncio.Task[Any]:
        return asyncio.create_task(work)

    def pass_by(self, seconds: float) -> None:
        """What falls due is done."""
        until = self._now + seconds
        while due := [each for each in self._timers if each.work and each.due <= until]:
            first = min(due, key=lambda each: each.due)
            self._timers.remove(first)
            self._now = first.due
            assert first.work
            first.work()
        self._now = until


class Client:
    """A connection, and an application that takes what comes and then does what a story says."""

    def __init__(self) -> None:
        self.time, self.line = Time(), Line()
        self.got: list[Any] = []
        self.reads = asyncio.Event()
        self.reads.set()
        config = uvicorn.Config(self._app, **SPEAKING, log_config=None, interface="asgi3")
        config.load()
        self.server = ImpatientHttp(config, ServerState(), {}, self.time)
        self.server.connection_made(self.line)

    async def _app(self, _scope: Any, receive: Any, send: Any) -> None:
        is_more = True
        while is_more:
            await self.reads.wait()
            self.got.append(await receive())
            is_more = self.got[-1].get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    async def say(self, data: bytes) -> None:
        """Some bytes come, and whoever wants them takes them."""
        self.server.data_received(data)
        for _ in range(4):
            await asyncio.sleep(0)

    @property
    def status(self) -> bytes:
        """What was answered."""
        return self.line.written[9:12]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """Somebody has connected."""
    client = Client()
    yield client
    client.reads.set()
    client.server.connection_lost(None)
    await asyncio.gather(*client.server.tasks)


async def test_who_says_nothing_is_not_waited_for_and_told_nothing(client: Client) -> None:
    client.time.pass_by(HEAD_WITHIN)
    assert client.line.ended
    # A browser that opens connections beforehand would take it for an answer to what it asks next.
    assert client.line.written == b""


async def test_nor_who_says_a_byte_now_and_then(client: Client) -> None:
    for byte in POST[: int(HEAD_WITHIN) - 1]:
        await client.say(bytes([byte]))
        client.time.pass_by(1)
    assert client.status == b""
    client.time.pass_by(1)
    assert client.status == b"408"


async def test_headers_have_an_end(client: Client) -> None:
    await client.say(POST)
    await client.say(b"X: " + b"a" * (MOST_HEAD - len(POST) - 3))
    assert client.status == b""
    await client.say(b"a")
    assert client.line.ended
    assert client.status == b"431"
    # What still comes is not looked at.
    await client.say(b"a" * 10)
    assert client.line.written.count(b"HTTP/1.1") == 1


async def test_a_body_that_does_not_come_on_is_given_up(client: Client) -> None:
    await client.say(POST + b"\r\n{")
    for _ in range(2 * int(BODY_WITHIN) - 1):
        client.time.pass_by(1)
        await client.say(b"a")
    assert client.status == b""
    client.time.pass_by(1)
    assert client.line.ended
    assert client.status == b"408"
    client.server.connection_lost(None)
    await asyncio.gather(*client.server.tasks)
    assert client.got[-1] == {"type": "http.disconnect"}


async def test_who_sends_slowly_and_steadily_is_heard_out(client: Client) -> None:
    await client.say(POST + b"\r\n")
    for _ in range(1_000_000 // LEAST):
        client.time.pass_by(BODY_WITHIN)
        await client.say(b"a" * LEAST)
    assert client.status == b"200"
    assert sum(len(each["body"]) for each in client.got) == 1_000_000


async def test_what_we_do_not_read_is_not_late(client: Client) -> None:
    client.reads.clear()
    await client.say(POST + b"\r\n" + b"a" * 100_000)
    assert not client.line.reads
    client.time.pass_by(10 * BODY_WITHIN)
    assert client.status == b""
    client.reads.set()
    for _ in range(9):
        await client.say(b"a" * 100_000)
    assert client.status == b"200"


async def test_each_request_of_a_connection_has_its_time(client: Client) -> None:
    for _ in range(3):
        await client.say(b"GET / HTTP/1.1\r\nHost: desk.example\r\n\r\n")
        client.time.pass_by(4)
    await client.say(b"GET")
    client.time.pass_by(HEAD_WITHIN)
    assert client.line.ended
    assert client.line.written.count(b"200 OK") == 3
    assert client.line.written.count(b"408") == 1


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_the_product_serves_in_this_way(desk: Desk) -> None:
    port = int(desk.settings.public_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    begin = b"GET / HTTP/1.1\r\nX: "
    writer.write(begin + b"a" * (MOST_HEAD + 1 - len(begin)))
    assert (await reader.read(100)).startswith(b"HTTP/1.1 431 ")
    writer.close()
