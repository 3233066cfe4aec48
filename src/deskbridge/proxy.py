"""The outgoing proxy: who asks something of the internet goes through it (docs/decisions/0032).

Each client decides for every request, also for one that another answer led to. Variables of the environment such as
`HTTPS_PROXY` have no say: a process would go where another program was meant to go, and nothing here would show it.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import requests
from requests.adapters import HTTPAdapter

from deskbridge.errors import WrongSetting
from deskbridge.settings import Settings

_FILE: Final = "DESKBRIDGE_PROXY_CREDENTIALS_FILE"
_EXAMPLE: Final = "one line with the user, a colon and the password, such as deskbridge:correct horse"


@dataclass(frozen=True, slots=True)
class Proxy:
    """One for everything; `not_for` names hosts, each with all below it, and networks of addresses."""

    url: str
    not_for: frozenset[str | IPv4Network | IPv6Network]
    authorization: str | None = field(repr=False)
    """What it is shown, as a header's value."""

    @property
    def headers(self) -> Mapping[str, str]:
        """For the proxy alone; who is reached through it does not see them."""
        return {"Proxy-Authorization": self.authorization} if self.authorization else {}

    def is_for(self, url: str) -> bool:
        """Whether what is at that address is asked through the proxy. Names are not looked up to find networks."""
        host = (urlsplit(url).hostname or "").rstrip(".")
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            parts = host.split(".")
            return self.not_for.isdisjoint(".".join(parts[begin:]) for begin in range(len(parts)))
        return not any(address in each for each in self.not_for if not isinstance(each, str))


def proxy_of(settings: Settings) -> Proxy | None:
    """As the settings have it; raises WrongSetting where the file with user and password cannot be used."""
    if settings.proxy_url is None:
        return None
    file = settings.proxy_credentials_file
    named = (each.strip().lower() for each in settings.proxy_not_for.split(","))
    return Proxy(
        settings.proxy_url,
        frozenset(_network(each) or each for each in named if each),
        _authorization(file) if file else None,
    )


def _network(named: str) -> IPv4Network | IPv6Network | None:
    try:
        return ipaddress.ip_network(named)
    except ValueError:
        return None


def _authorization(file: Path) -> str:
    try:
        said = file.read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSetting(f"The file of {_FILE} cannot be read ({type(error).__name__}): {_EXAMPLE}.") from error
    if ":" not in said or not said.isprintable():
        raise WrongSetting(f"What is in the file of {_FILE} cannot be used: it has to be {_EXAMPLE}.")
    return f"Basic {base64.b64encode(said.encode()).decode()}"


class ProxyOrNot(httpx.AsyncBaseTransport):
    """For httpx: two ways out, of which each request takes the one that is for its host."""

    def __init__(self, proxy: Proxy | None, **given: Any) -> None:
        self._proxy = proxy
        through = httpx.Proxy(proxy.url, headers=dict(proxy.headers)) if proxy else None
        self._past = httpx.AsyncHTTPTransport(trust_env=False, **given)
        self._through = httpx.AsyncHTTPTransport(trust_env=False, proxy=through, **given)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx asks for it."""
        is_for = self._proxy is not None and self._proxy.is_for(str(request.url))
        return await (self._through if is_for else self._past).handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections of both."""
        await self._past.aclose()
        await self._through.aclose()


class _ProxyOrNot(HTTPAdapter):
    """The same for requests."""

    def __init__(self, proxy: Proxy | None) -> None:
        super().__init__()
        self._proxy = proxy

    def send(self, request: requests.PreparedRequest, *given: Any, **named: Any) -> requests.Response:
        proxy = self._proxy
        is_for = proxy is not None and proxy.is_for(request.url or "")
        return super().send(request, *given, **{**named, "proxies": {"all": proxy.url} if proxy and is_for else {}})

    def proxy_headers(self, proxy: str) -> dict[str, str]:
        return dict(self._proxy.headers) if self._proxy else {}


def create_session(proxy: Proxy | None) -> requests.Session:
    """For what knows only requests: MSAL, and the exporter of traces."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, _ProxyOrNot(proxy))
    return session
