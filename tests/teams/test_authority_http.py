"""What the identity platform answers is read to an end of ours, and it is asked no sooner than it wants."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import httpx
import pytest
import requests
from pydantic import SecretStr

from deskbridge.accounts import session_store
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.settings import Settings
from deskbridge.storage.database import Database
from deskbridge.teams.authority_http import AuthorityHttp
from deskbridge.teams.graph import MOST_BYTES, GraphClient, create_http
from deskbridge.teams.ids import TenantId
from deskbridge.teams.msal_app import MicrosoftApp
from support.clock import Clock


class Platform(BaseHTTPRequestHandler):
    """Answers as it is told to."""

    asked: ClassVar[list[str]] = []
    answers: ClassVar[dict[str, tuple[int, dict[str, str], int]]] = {}

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, headers, size = self.answers[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for _ in range(size // 65_536):
                self.wfile.write(b" " * 65_536)
            self.wfile.write(b" " * (size % 65_536))
        except ConnectionError:
            pass

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def platform() -> Iterator[str]:
    """Where it is."""
    Platform.asked.clear()
    Platform.answers = {
        "/long": (200, {}, MOST_BYTES + 1),
        "/right": (200, {}, MOST_BYTES),
        "/away": (503, {"Retry-After": "30"}, 0),
        "/busy": (429, {}, 0),
    }
    with ThreadingHTTPServer(("127.0.0.1", 0), Platform) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def machines() -> str:
    """No database is asked."""
    return "one machine"


@pytest.fixture
def authority(settings: Settings, clock: Clock) -> Iterator[AuthorityHttp]:
    """What MSAL is given."""
    http = AuthorityHttp(settings, clock)
    yield http
    http.close()


def test_msal_is_given_no_answer_without_end(platform: str, authority: AuthorityHttp) -> None:
    for ask in (authority.get, authority.post):
        with pytest.raises(requests.RequestException):
            ask(f"{platform}/long")
        assert len(ask(f"{platform}/right").text) == MOST_BYTES


async def test_nor_are_we(platform: str, settings: Settings, clock: Clock) -> None:
    async with create_http(None) as http:
        graph = GraphClient(settings, http, clock)
        with pytest.raises(httpx.HTTPError):
            await graph.fetch(f"{platform}/long")
        assert len(await graph.fetch(f"{platform}/right")) == MOST_BYTES
        # What only its headers are wanted of is not read at all.
        assert "date" in await graph.headers(f"{platform}/long")


async def test_discovery_waits_as_long_as_it_is_asked_to(platform: str, authority: AuthorityHttp, clock: Clock) -> None:
    async def refused(path: str) -> None:
        with pytest.raises(requests.HTTPError):
            await asyncio.to_thread(authority.get, f"{platform}{path}")

    for _ in range(3):
        await refused("/away")
    assert Platform.asked == ["/away"]
    clock.move(seconds=31)
    await refused("/away")
    Platform.answers["/away"] = (200, {}, 2)
    clock.move(seconds=31)
    for _ in range(3):
        assert (await asyncio.to_thread(authority.get, f"{platform}/away")).status_code == 200
    assert Platform.asked == ["/away"] * 3
    for _ in range(2):
        await refused("/busy")
    assert Platform.asked[3:] == ["/busy"] * 2
    clock.move(seconds=timedelta(hours=2).total_seconds())
    await asyncio.to_thread(authority.get, f"{platform}/away")
    assert Platform.asked[5:] == ["/away"]


async def test_while_it_is_silent_the_database_is_read(settings: Settings, clock: Clock, db: Database) -> None:
    asked, spoken = asyncio.Event(), asyncio.Event()

    async def listen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await spoken.wait()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    silent = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    ours = {"microsoft_client_id": "us", "microsoft_client_secret": SecretStr("secret")}
    app = MicrosoftApp(settings.model_copy(update={"microsoft_login_url": silent, **ours}), clock)
    waiting = [asyncio.create_task(app.begin(TenantId("somebody"), None)) for _ in range(40)]
    await asked.wait()

    assert await db.read_through(lambda there: session_store.count_failures(there, "nobody", clock())) == 0

    assert not any(each.done() for each in waiting)
    spoken.set()
    assert all(
        isinstance(each, MicrosoftUnavailable) for each in await asyncio.gather(*waiting, return_exceptions=True)
    )
    app.close()
    server.close()
    await server.wait_closed()
