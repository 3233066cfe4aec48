"""What the doctor says of the outgoing proxy: whether it is there, and lets us through, and what helps."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from deskbridge.clock import system_clock
from deskbridge.errors import WrongSetting
from deskbridge.health.findings import Finding, Severity
from deskbridge.health.outgoing import check_proxy
from deskbridge.operating.doctor import examine
from deskbridge.proxy import proxy_of
from deskbridge.settings import Settings
from support.proxy import TestProxy, outgoing_proxy
from support.servers import free_port

WAYS = {"login.microsoftonline.com": free_port(), "graph.microsoft.com": free_port()}


@pytest.fixture
def machines() -> str:
    """No database is asked."""
    return "one machine"


@pytest.fixture
async def proxy() -> AsyncIterator[TestProxy]:
    async with _beyond(), outgoing_proxy(WAYS) as proxy:
        yield proxy


@contextlib.asynccontextmanager
async def _beyond() -> AsyncIterator[None]:
    """Somebody is there; what they say is not asked for."""
    async with contextlib.AsyncExitStack() as stack:
        for port in WAYS.values():
            await stack.enter_async_context(await asyncio.start_server(lambda _, w: w.close(), "127.0.0.1", port))
        yield


async def says(severity: Severity, **settings: Any) -> str:
    """The one finding, with its remedy."""
    (found,) = await check_proxy(Settings.load(**settings))
    assert (found.severity, found.about) == (severity, "outgoing proxy")
    return found.in_words()


async def test_without_one_nothing_is_said() -> None:
    assert await check_proxy(Settings.load()) == []


async def test_it_lets_us_through(proxy: TestProxy) -> None:
    said = await says(Severity.OK, proxy_url=proxy.url)
    assert "lets us through to login.microsoftonline.com and graph.microsoft.com" in said
    assert "is not used for Microsoft" in await says(
        Severity.OK, proxy_url=proxy.url, proxy_not_for="microsoft.com,microsoftonline.com"
    )


async def test_it_wants_to_know_who_we_are(proxy: TestProxy, tmp_path: Path) -> None:
    proxy.wants = "desk:secret of the proxy"
    asked = await says(Severity.PROBLEM, proxy_url=proxy.url)
    assert "asks for a user and a password (407)" in asked
    assert "name that in DESKBRIDGE_PROXY_CREDENTIALS_FILE" in asked
    file = tmp_path / "proxy"
    file.write_text("desk:wrong one")
    wrong = await says(Severity.PROBLEM, proxy_url=proxy.url, proxy_credentials_file=file)
    assert "does not take the user and the password" in wrong
    assert "wrong one" not in wrong
    file.write_text("desk:secret of the proxy\n")
    await says(Severity.OK, proxy_url=proxy.url, proxy_credentials_file=file)
    proxy.wants, proxy.challenge = "other", "Negotiate"
    assert "by Negotiate, and only Basic" in await says(
        Severity.PROBLEM, proxy_url=proxy.url, proxy_credentials_file=file
    )
    proxy.challenge = ""
    assert "does not take the user" in await says(Severity.PROBLEM, proxy_url=proxy.url, proxy_credentials_file=file)


async def test_it_does_not_let_us_go_there(proxy: TestProxy) -> None:
    proxy.ways = {"login.microsoftonline.com": WAYS["login.microsoftonline.com"]}
    said = await says(Severity.PROBLEM, proxy_url=proxy.url)
    assert "makes no way to graph.microsoft.com: it answered '403 Not there'" in said
    assert "Allow CONNECT to graph.microsoft.com" in said


async def test_it_is_not_there() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert "does not answer" in await says(Severity.PROBLEM, proxy_url=url)
    said = await says(Severity.PROBLEM, proxy_url="http://nowhere.invalid:3128")
    assert "The name nowhere.invalid cannot be resolved" in said
    assert "Check DESKBRIDGE_PROXY_URL" in said


@pytest.mark.parametrize("greeting", [b"", b"220 mail ESMTP\r\n\r\n", b"x" * 100_000])
async def test_it_is_something_else(greeting: bytes) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(greeting)
        with contextlib.suppress(OSError):
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        assert "no proxy for HTTP" in await says(Severity.PROBLEM, proxy_url=url)


async def test_nothing_of_microsoft_is_looked_at_without_it(settings: Settings) -> None:
    given = {"proxy_url": f"http://127.0.0.1:{free_port()}", "microsoft_client_id": "x"}
    found = [each async for each in examine(settings.model_copy(update=given), system_clock)]
    assert _abouts(found)[-1] == "outgoing proxy"


def _abouts(found: list[Finding]) -> list[str]:
    return [each.about for each in found]


def _wrong_files(folder: Path) -> Iterator[tuple[Path, str]]:
    yield folder / "none", "cannot be read (FileNotFoundError)"
    for name, content in (("bytes", b"desk:\xff"), ("bare", b"no colon"), ("two", b"desk:a\nb")):
        (folder / name).write_bytes(content)
        yield folder / name, "cannot be read" if name == "bytes" else "cannot be used"


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    for file, words in _wrong_files(tmp_path):
        with pytest.raises(WrongSetting) as raised:
            proxy_of(Settings.load(proxy_url="http://proxy.test:3128", proxy_credentials_file=file))
        assert words in raised.value.message
        assert "DESKBRIDGE_PROXY_CREDENTIALS_FILE" in raised.value.message
        assert "such as deskbridge:" in raised.value.message


def test_a_password_in_the_address_is_refused_and_not_shown() -> None:
    with pytest.raises(WrongSetting) as raised:
        Settings.load(proxy_url="http://desk:very-secret@proxy.example.com:3128")
    assert "DESKBRIDGE_PROXY_CREDENTIALS_FILE" in raised.value.message
    assert "very-secret" not in raised.value.message


def test_the_password_is_in_no_description(tmp_path: Path) -> None:
    (tmp_path / "proxy").write_text("desk:very-secret")
    proxy = proxy_of(Settings.load(proxy_url="http://proxy.test:3128", proxy_credentials_file=tmp_path / "proxy"))
    assert proxy is not None
    assert proxy.headers["Proxy-Authorization"].removeprefix("Basic ") not in repr(proxy)
