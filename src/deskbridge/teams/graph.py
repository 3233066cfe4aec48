"""The Graph client: one connection pool, one place where requests are made and troubles translated.

It knows no operation; each part of teams/ says what it wants and parses the answer with `resources`.
"""

from __future__ import annotations

import asyncio
import ssl
import uuid
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import structlog

from deskbridge import tracing
from deskbridge.clock import Clock
from deskbridge.proxy import Proxy, ProxyOrNot
from deskbridge.settings import Settings
from deskbridge.teams.graph_errors import (
    GraphTrouble,
    NoAnswer,
    NotReached,
    Refused,
    Throttled,
    date_of,
    from_answer,
    from_transport,
)
from deskbridge.teams.ids import Bearer
from deskbridge.teams.outcomes import requests

log = structlog.get_logger(__name__)

POST_WITHIN: Final = 10.0
"""Seconds for one request, all in all; less than a lease lasts (store/leases.py), which a sender renews just before,
so that whoever takes the lease over knows that nothing of the former holder is on its way any more."""
MOST_BYTES: Final = 16 * 1024 * 1024
_TRUST_DATE: Final = timedelta(seconds=2)
"""For clocks that drift. The Date of an answer is cut to whole seconds and arrives late, so that what is reckoned from
it is early already."""
_CLOCKS_UNKNOWN: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Answer:
    """A success, and when Microsoft says it was given."""

    body: bytes
    at: datetime


def create_http(ca_file: Path | None, proxy: Proxy | None = None) -> httpx.AsyncClient:
    """The pool for everything that we ask of Microsoft; proxies and certificates of the environment do not apply."""
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=30)
    return httpx.AsyncClient(
        transport=ProxyOrNot(proxy, verify=_trust(ca_file), limits=limits),
        trust_env=False,
        timeout=httpx.Timeout(POST_WITHIN, connect=5.0),
        follow_redirects=False,
        headers={"User-Agent": "Deskbridge/0.1"},
    )


@cache
def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """Whose certificates are good: read once, as reading the system's stops everything else for a while."""
    return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)


class GraphClient:
    """Graph at the address of the settings."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient, clock: Clock) -> None:
        self._base = settings.microsoft_graph_url
        self._http = http
        self._clock = clock
        self._ahead: timedelta | None = None

    def surely_not_before(self) -> datetime:
        """A moment that is already past on Microsoft's clock, and not by much: whatever is created from now on is
        created after it."""
        if self._ahead is None:
            return self._clock() - _CLOCKS_UNKNOWN
        return self._clock() + self._ahead - _TRUST_DATE

    async def get(
        self,
        bearer: Bearer,
        path: str,
        params: Mapping[str, str] | None = None,
        prefer: str | None = None,
        *,
        eventual: bool = False,
    ) -> Answer:
        """Read; `path` may be a link that Graph gave. `eventual`: counting people needs it (facts.md 3)."""
        headers = {"Prefer": prefer} if prefer else {}
        if eventual:
            headers["ConsistencyLevel"] = "eventual"
        return await self._ask("GET", bearer, path, params=params, headers=headers)

    async def post(self, bearer: Bearer, path: str, body: Any) -> Answer:
        """Create, or act."""
        return await self._ask("POST", bearer, path, json=body)

    async def patch(self, bearer: Bearer, path: str, body: Any) -> Answer:
        """Change."""
        return await self._ask("PATCH", bearer, path, json=body)

    async def put(self, bearer: Bearer, path: str, content: bytes, params: Mapping[str, str]) -> Answer:
        """Bytes to a place of their own."""
        kind = {"Content-Type": "application/octet-stream"}
        return await self._ask("PUT", bearer, path, content=content, params=params, headers=kind)

    async def piece(self, address: str, content: bytes, place: str) -> Answer:
        """A piece of a file to the address that Graph gave for it; our token stays here (facts.md 6.2)."""
        given = urlsplit(address)
        if given.scheme != "https" and given.netloc != urlsplit(self._base).netloc:
            raise Refused(0, "ForeignLink", "Graph gave a link that leads elsewhere.")
        headers = {"Content-Range": place, "Content-Type": "application/octet-stream"}
        return await self._noted("PUT", "upload", self._exchange("PUT", address, headers, {"content": content}), "")

    async def delete(self, bearer: Bearer, path: str) -> Answer:
        """Delete."""
        return await self._ask("DELETE", bearer, path)

    async def fetch(self, address: str) -> bytes:
        """A public document of the identity platform; raises httpx.HTTPError."""
        async with self._http.stream("GET", address) as answer:
            answer.raise_for_status()
            try:
                return await _whole(answer)
            except NoAnswer as error:
                raise httpx.TransportError(str(error)) from error

    async def headers(self, address: str) -> httpx.Headers:
        """Those of the answer to a public document; raises httpx.HTTPError."""
        async with self._http.stream("GET", address) as answer:
            return answer.headers

    def _address(self, path: str) -> str:
        if path.startswith("/"):
            return self._base + path
        ours, theirs = urlsplit(self._base), urlsplit(path)
        # A link from an answer gets our token only where that answer came from.
        if (theirs.scheme, theirs.netloc) != (ours.scheme, ours.netloc) or not theirs.path.startswith(ours.path + "/"):
            raise Refused(0, "ForeignLink", "Graph gave a link that leads elsewhere.")
        return path

    async def _ask(self, method: str, bearer: Bearer, path: str, **given: Any) -> Answer:
        request_id = _request_id()
        headers = {
            **given.pop("headers", {}),
            "Authorization": f"Bearer {bearer}",
            "client-request-id": request_id,
        }
        exchange = self._exchange(method, self._address(path), headers, given)
        return await self._noted(method, _shape(path), exchange, request_id)

    async def _noted(self, method: str, shape: str, exchange: Coroutine[Any, Any, Answer], request_id: str) -> Answer:
        try:
            with tracing.span(f"{method} {shape}", "client", client_request_id=request_id):
                answer = await self._in_time(exchange)
        except GraphTrouble as error:
            requests.labels(_END.get(type(error), "refused")).inc()
            log.info("graph_trouble", method=method, path=shape, request_id=request_id, error=repr(error))
            raise
        requests.labels("answered").inc()
        return answer

    async def _in_time(self, exchange: Coroutine[Any, Any, Answer]) -> Answer:
        try:
            async with asyncio.timeout(POST_WITHIN):
                return await exchange
        except TimeoutError as error:
            raise NoAnswer("no answer in time") from error

    async def _exchange(self, method: str, address: str, headers: dict[str, str], given: dict[str, Any]) -> Answer:
        started = False
        try:
            async with self._http.stream(method, address, headers=headers, **given) as response:
                started = True
                body = await _whole(response)
        except httpx.InvalidURL as error:
            raise NotReached(repr(error)) from error
        except httpx.HTTPError as error:
            raise NoAnswer(repr(error)) if started else from_transport(error) from error
        at = date_of(response.headers)
        if at is not None:
            self._ahead = at - self._clock()
        if not response.is_success:
            raise from_answer(response, body)
        return Answer(body, at or self.surely_not_before())


_END: Final[Mapping[type[GraphTrouble], str]] = {
    Throttled: "throttled",
    NoAnswer: "no_answer",
    NotReached: "not_reached",
}


def _request_id() -> str:
    """That of the request which we are serving, so that one id leads from a browser to Microsoft; else a new one."""
    known = structlog.contextvars.get_contextvars().get("request_id")
    return str(known or uuid.uuid4())


async def _whole(response: httpx.Response) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > MOST_BYTES:
            raise NoAnswer("more than we read")
        chunks.append(chunk)
    return b"".join(chunks)


def _shape(path: str) -> str:
    """The path for logs: no ids of people or chats, no names of files, no tokens in links."""
    bare = urlsplit(path).path
    if "/root:" in bare:
        return f"{bare.partition('/root:')[0]}/root:…"
    return "/".join("…" if len(part) > 30 else part for part in bare.split("/"))
