"""What guards every request: own origin only, headers against misuse, a limit on bodies, a request id in the logs."""

from __future__ import annotations

import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deskbridge import tracing
from deskbridge.admin import csv_file
from deskbridge.api.breaking_off import BrokeOff
from deskbridge.api.desk import get_desk, origin_of
from deskbridge.api.measuring import observe
from deskbridge.conversations.keeping import MOST_PICTURE
from deskbridge.errors import DeskbridgeError, TooManyRequests, WrongOrigin

MOST_BYTES = 1_000_000
"""Of a request's body; the largest that is meant is a message of 28 KB."""
_FILES = {"/api/v1/admin/imports/csv": csv_file.MOST_BYTES}
"""Where files are sent, and how large they may be."""
_PICTURES = re.compile(r"/api/v1/conversations/[^/]+/images/[^/]+")
_ATTACHED = re.compile(r"/api/v1/conversations/[^/]+/files/[^/]+")

_SAFE = {"GET", "HEAD", "OPTIONS"}
_API = "/api/"
_WEBHOOKS = "/api/v1/webhooks/"


class TooLarge(DeskbridgeError):
    """The body is larger than anything that is meant."""

    code, status, sentence = "request_too_large", 413, "The request is too large."


def own_origins(public_url: str, host: str | None) -> set[str]:
    """The origins that are ours; without TLS also the name by which the browser reached us, as 127.0.0.1."""
    return {public_url} if public_url.startswith("https://") else {public_url, f"http://{host}"}


def _most_bytes(path: str, most_attached: int) -> int:
    if _ATTACHED.fullmatch(path):
        return most_attached
    return MOST_PICTURE if _PICTURES.fullmatch(path) else _FILES.get(path, MOST_BYTES)


def _too_large(path: str, most_attached: int) -> TooLarge:
    if _ATTACHED.fullmatch(path):
        return TooLarge(f"A file may have {most_attached // 1024**2} MB at most. Send it in another way.")
    if path in _FILES:
        return TooLarge(csv_file.TOO_LARGE)
    if _PICTURES.fullmatch(path):
        return TooLarge(f"A picture may have {MOST_PICTURE // 1024**2} MB at most. Make it smaller, then attach it.")
    return TooLarge()


def _limited(receive: Receive, path: str, most_attached: int) -> Receive:
    """A body that is sent in parts does not say how long it will be: counted as it comes."""
    received = 0

    async def receive_limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > _most_bytes(path, most_attached):
            raise _too_large(path, most_attached)
        return message

    return receive_limited


def answer(error: DeskbridgeError) -> JSONResponse:
    """`{code, message}`, and when to come again where that is known."""
    headers = {"retry-after": str(error.retry_after)} if isinstance(error, TooManyRequests) else None
    return JSONResponse({"code": error.code, "message": error.message}, error.status, headers)


def _too_fast(scope: Scope) -> TooManyRequests | None:
    """Microsoft's notifications have an intake of their own, and what is not the API costs nothing."""
    request = HTTPConnection(scope)
    desk = get_desk(request)
    try:
        desk.rate_limit.check(request.cookies.get(desk.cookie, ""), origin_of(request), scope["path"])
    except TooManyRequests as error:
        return error
    return None


def _request_id(given: str) -> str:
    """The browser's own, where it is an id and not something else that would get into our logs; else a new one."""
    try:
        return str(uuid.UUID(given))
    except ValueError:
        return str(uuid.uuid4())


class Guard:
    """ASGI middleware around the whole application; webhooks prove themselves in their own way."""

    def __init__(self, app: ASGIApp, public_url: str, most_attached: int) -> None:
        self._app = app
        self._most_attached = most_attached
        self._public_url = public_url
        self._secure = public_url.startswith("https://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then let through with the headers added."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers.get("x-request-id", ""))
        began, status = time.perf_counter(), 500
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(MutableHeaders(scope=message), request_id)
            await send(message)

        with (
            structlog.contextvars.bound_contextvars(request_id=request_id),
            tracing.span("request", "server", headers.get("traceparent"), request_id=request_id) as span,
        ):
            try:
                await self._let_through(scope, headers, receive, send_guarded)
            except BrokeOff:
                # Without its end: the server closes the connection.
                return
            finally:
                route = observe(scope, status, time.perf_counter() - began, _WEBHOOKS)
                if span is not None:
                    span.update_name(route)
                    span.set_attribute("http.response.status_code", status)

    async def _let_through(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        in_webhooks = scope["path"].startswith(_WEBHOOKS)
        refusal = None if in_webhooks else self._refusal(scope["method"], scope["path"], headers)
        if refusal is None and not in_webhooks and scope["path"].startswith(_API):
            refusal = _too_fast(scope)
        if refusal is not None:
            await answer(refusal)(scope, receive, send)
            return
        await self._app(scope, receive if in_webhooks else _limited(receive, scope["path"], self._most_attached), send)

    def _refusal(self, method: str, path: str, headers: Headers) -> DeskbridgeError | None:
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > _most_bytes(path, self._most_attached):
            return _too_large(path, self._most_attached)
        if method in _SAFE:
            return None
        origin = headers.get("origin")
        own = own_origins(self._public_url, headers.get("host"))
        # Browsers send Origin with every unsafe request; a program without one holds nobody's cookie by accident.
        if (origin is not None and origin not in own) or headers.get("sec-fetch-site") == "cross-site":
            return WrongOrigin()
        return None

    def _add_headers(self, headers: MutableHeaders, request_id: str) -> None:
        headers["x-request-id"] = request_id
        headers["x-content-type-options"] = "nosniff"
        headers["referrer-policy"] = "same-origin"
        headers["x-frame-options"] = "DENY"
        headers["cross-origin-opener-policy"] = "same-origin"
        headers.setdefault("cache-control", "no-store")
        headers.setdefault(
            "content-security-policy", "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
        )
        if self._secure:
            headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"
