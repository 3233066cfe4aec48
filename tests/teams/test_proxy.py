"""Where the internet is reached only through a proxy: everything goes there, and nothing past it.

Microsoft has its own names here, which lead nowhere: only the proxy knows where they are.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from deskbridge.proxy import create_session, proxy_of
from deskbridge.settings import Settings
from deskbridge.teams.graph import create_http
from support.proxy import TestProxy, outgoing_proxy
from support.servers import m365sim_server
from teams.office import ROBIN, Office

LOGIN, GRAPH = "login.microsoftonline.com", "graph.microsoft.com"
PASSWORD = "only: the proxy knows ü"


@pytest.fixture(scope="module")
def m365() -> Iterator[dict[str, Any]]:
    with m365sim_server("--as-microsoft") as info:
        yield info


@pytest.fixture
def ways(m365: dict[str, Any]) -> dict[str, int]:
    """What only somebody beyond the proxy can find."""
    return {LOGIN: m365["https_port"], GRAPH: m365["https_port"]}


@pytest.fixture
async def proxy(ways: dict[str, int]) -> AsyncIterator[TestProxy]:
    async with outgoing_proxy(ways, f"desk:{PASSWORD}") as proxy:
        yield proxy


@pytest.fixture
def road() -> SimpleNamespace:
    """Graph is where it is for everybody."""
    return SimpleNamespace(url=f"https://{GRAPH}/v1.0")


@pytest.fixture
def settings(settings: Settings, proxy: TestProxy, tmp_path: Path) -> Settings:
    file = tmp_path / "proxy"
    file.write_text(f"desk:{PASSWORD}\n", "utf-8")
    return settings.model_copy(update={"proxy_url": proxy.url, "proxy_credentials_file": file})


@pytest.fixture
async def anne_gets_out(office: Office, ways: dict[str, int], m365: dict[str, Any]) -> AsyncIterator[None]:
    """Her browser has a proxy too, so that what passes ours is the product's."""
    trust = ssl.create_default_context(cafile=m365["ca_file"])
    async with outgoing_proxy(ways) as hers:
        mounts = {f"https://{LOGIN}": httpx.AsyncHTTPTransport(proxy=hers.url, verify=trust)}
        async with httpx.AsyncClient(base_url=office.anne.base, mounts=mounts, trust_env=False) as browser:
            browser.cookies = office.anne.http.cookies
            office.anne.http, before = browser, office.anne.http
            yield
            office.anne.http = before


@pytest.mark.usefixtures("anne_gets_out")
async def test_everything_goes_through_it(office: Office, proxy: TestProxy, caplog: pytest.LogCaptureFixture) -> None:
    await office.said_and_answered()
    await office.in_teams(ROBIN, "Hello Anne")
    await office.work()
    assert await office.texts_here() == ["Hello Robin", "Hello Anne"]
    await proxy.cut()
    before = proxy.passed[LOGIN]
    issuer = f"https://{LOGIN}/{office.sim.info['tenant_id']}/v2.0"
    body = {"issuer": issuer, "client_id": "x", "client_secret": "y"}
    await office.dana.call("PUT", "/admin/single-sign-on", json=body)

    assert proxy.passed[LOGIN] > before
    assert proxy.passed.keys() == {LOGIN, GRAPH}
    assert not proxy.refused
    assert {head.partition(" ")[0] for head in proxy.heads} == {"CONNECT"}
    assert PASSWORD not in caplog.text


@pytest.mark.usefixtures("anne_gets_out")
async def test_what_it_does_not_let_through_waits_and_goes_once(office: Office, proxy: TestProxy) -> None:
    await office.said_and_answered()
    proxy.wants = "desk:another password"
    await proxy.cut()
    sent = await office.write("Are you there?")
    await office.pass_time(5)
    assert (await office.delivery(sent))["state"] == "queued"
    assert GRAPH in proxy.refused

    proxy.wants = f"desk:{PASSWORD}"
    await office.pass_time(60)
    assert (await office.delivery(sent))["state"] == "sent"
    assert await office.texts_there() == ["Hello Robin", "Are you there?"]


@pytest.mark.parametrize(
    ("url", "is_for"),
    [
        ("http://localhost:8000/", False),
        ("http://127.8.9.10/", False),
        ("http://[::1]:99/x", False),
        ("https://10.1.2.3/", False),
        ("https://11.1.2.3/", True),
        ("https://EXAMPLE.com./", False),
        ("https://id.example.com/", False),
        ("https://notexample.com/", True),
        ("https://localhost.example.org/", True),
    ],
)
def test_this_machine_and_what_the_operator_says_are_left_out(url: str, is_for: bool) -> None:
    not_for = f"{Settings.model_fields['proxy_not_for'].default},10.0.0.0/8, Example.com"
    proxy = proxy_of(Settings.load(proxy_url="http://proxy.test:3128", proxy_not_for=not_for))
    assert proxy is not None
    assert proxy.is_for(url) is is_for


async def test_the_settings_alone_say_where_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    way = {"127.0.0.1": 9}
    async with outgoing_proxy({}) as there, outgoing_proxy(way) as ours, outgoing_proxy(way) as of_environment:
        ours.ways = {"127.0.0.1": urlsplit(there.url).port or 0}
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, of_environment.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        await _ask(there.url, Settings.load(proxy_url=ours.url, proxy_not_for=""))
        assert (len(there.heads), ours.passed["127.0.0.1"]) == (2, 2)
        monkeypatch.delenv("NO_PROXY")
        await _ask(there.url, Settings.load(proxy_url=ours.url))
        await _ask(there.url, Settings.load())
        assert (len(there.heads), ours.passed["127.0.0.1"]) == (6, 2)
        assert of_environment.heads == []


async def _ask(url: str, settings: Settings) -> None:
    """By each of the two clients."""
    async with create_http(None, proxy_of(settings)) as http:
        assert (await http.get(url)).status_code == 403
    with create_session(proxy_of(settings)) as session:
        assert (await asyncio.to_thread(session.get, url)).status_code == 403
