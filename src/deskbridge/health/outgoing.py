"""Whether the outgoing proxy is there and lets us through to Microsoft."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Final
from urllib.parse import urlsplit

from deskbridge.health.findings import Finding, ok, problem
from deskbridge.proxy import Proxy, proxy_of
from deskbridge.settings import Settings

_WITHIN: Final = 10.0
_MOST_ANSWER: Final = 64 * 1024
_ABOUT: Final = "outgoing proxy"


class _Wrong(Exception):
    """What does not work, and the remedy."""

    def __init__(self, says: str, remedy: str) -> None:
        super().__init__(says)
        self.remedy = remedy


_NO_PROXY: Final = _Wrong("What answers there is no proxy for HTTP.", "Check DESKBRIDGE_PROXY_URL.")


async def check_proxy(settings: Settings) -> list[Finding]:
    """One finding, or none where there is no proxy."""
    proxy = proxy_of(settings)
    if proxy is None:
        return []
    named = (settings.microsoft_login_url, settings.microsoft_graph_url)
    through = [urlsplit(each) for each in named if proxy.is_for(each)]
    places = list(dict.fromkeys((each.hostname or "", each.port or _PORT[each.scheme]) for each in through))
    try:
        for place in places:
            await _try(proxy, place)
    except _Wrong as wrong:
        return [problem(_ABOUT, str(wrong), wrong.remedy)]
    where = _place_of(proxy)[0]
    if not places:
        return [ok(_ABOUT, f"{where} is not used for Microsoft: DESKBRIDGE_PROXY_NOT_FOR names it.")]
    return [ok(_ABOUT, f"{where} lets us through to {' and '.join(host for host, _ in places)}.")]


_PORT: Final = {"http": 80, "https": 443}


def _place_of(proxy: Proxy) -> tuple[str, int]:
    parts = urlsplit(proxy.url)
    return parts.hostname or "", parts.port or 80


async def _try(proxy: Proxy, place: tuple[str, int]) -> None:
    """Ask for a way there as a request would, and go no further; raises _Wrong."""
    at, port = _place_of(proxy)
    named = f"{at}:{port}"
    try:
        async with asyncio.timeout(_WITHIN):
            head = await _ask(proxy, (at, port), place)
    except socket.gaierror as error:
        remedy = "Check DESKBRIDGE_PROXY_URL and how this machine resolves names."
        raise _Wrong(f"The name {at} cannot be resolved.", remedy) from error
    except (OSError, TimeoutError) as error:
        remedy = "Start it, or check DESKBRIDGE_PROXY_URL and what is between here and there."
        raise _Wrong(f"{named} does not answer ({error or type(error).__name__}).", remedy) from error
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise _NO_PROXY from error
    _judge(proxy, place[0], head)


def _judge(proxy: Proxy, wanted: str, head: str) -> None:
    line, *headers = head.split("\r\n")
    version, _, status = line.partition(" ")
    if not version.startswith("HTTP/"):
        raise _NO_PROXY
    if status.startswith("2"):
        return
    if not status.startswith("407"):
        says = f"It makes no way to {wanted}: it answered {status[:100]!r}."
        raise _Wrong(says, f"Allow CONNECT to {wanted} there, and see whether the proxy itself reaches it.")
    asked = [each.partition(":")[2].split() for each in headers if each.lower().startswith("proxy-authenticate:")]
    ways = [words[0] for words in asked if words]
    if ways and "basic" not in {each.lower() for each in ways}:
        says = f"It asks who we are by {', '.join(ways)}, and only Basic is spoken here."
        raise _Wrong(says, "Have it take Basic, or let this machine through without, or put one that does in between.")
    if proxy.authorization:
        raise _Wrong(
            "It does not take the user and the password (407).",
            "Correct the file of DESKBRIDGE_PROXY_CREDENTIALS_FILE, and restart.",
        )
    raise _Wrong(
        "It asks for a user and a password (407).",
        "Write them into a file as user:password, and name that in DESKBRIDGE_PROXY_CREDENTIALS_FILE.",
    )


async def _ask(proxy: Proxy, at: tuple[str, int], place: tuple[str, int]) -> str:
    host = f"[{place[0]}]" if ":" in place[0] else place[0]
    wanted = f"{host}:{place[1]}"
    lines = [f"CONNECT {wanted} HTTP/1.1", f"Host: {wanted}", *(f"{k}: {v}" for k, v in proxy.headers.items())]
    reader, writer = await asyncio.open_connection(*at, limit=_MOST_ANSWER)
    try:
        with contextlib.suppress(ConnectionError):
            writer.write("\r\n".join([*lines, "", ""]).encode())
            await writer.drain()
        return (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip()
    finally:
        writer.close()
