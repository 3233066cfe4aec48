"""Faults of requests, around the whole ASGI application: answers refused, held back or cut off."""

import asyncio
from collections.abc import Callable
from urllib.parse import unquote

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from m365sim.faults.plan import REQUEST_FAULTS, Fault, Occasion, Plan
from m365sim.graph.errors import GraphError
from m365sim.graph.gate import Gate, HttpRequest, HttpResponse
from m365sim.graph.throttle import too_many
from m365sim.graph.wire import VERSIONS, read_request, write_response
from m365sim.identity.tokens import BadToken, Tokens
from m365sim.world.world import World

DEFAULT_RETRY_AFTER = 10.0
DEFAULT_TIMEOUT = 60.0
_SENTENCES = {
    500: ("InternalServerError", "An internal server error has occurred."),
    502: ("BadGateway", "The gateway received an invalid response."),
    503: ("ServiceUnavailable", "The service is temporarily unavailable. Please retry later."),
    504: ("GatewayTimeout", "The gateway timed out. Please retry later."),
    507: ("InsufficientStorage", "The storage quota has been reached."),
}


class FaultyRequests:
    """Lets requests through to the application unless the plan says otherwise."""

    def __init__(self, world: World, plan: Plan, gate: Gate, tokens: Tokens) -> None:
        self._world = world
        self._plan = plan
        self._gate = gate
        self._tokens = tokens
        #: Told of tenant faults that a request sets off.
        self.set_off: Callable[[Occasion], None] = lambda _occasion: None

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """One request to Graph or to the identity platform."""
        occasion = self._occasion(scope)
        self.set_off(occasion)
        fault = self._plan.strike(REQUEST_FAULTS, occasion, self._world.chance)
        if fault is None:
            await app(scope, receive, send)
            return
        match fault.fault:
            case "throttle" | "server-error":
                await self._refuse(fault, scope, receive, send)
            case "slow":
                await asyncio.sleep(fault.seconds or 5.0)
                await app(scope, receive, send)
            case "timeout-before" | "cut-before":
                await _vanish(fault, receive, send)
            case _:
                await app(scope, receive, _swallow)
                await _vanish(fault, receive, send)

    async def within_batch(self, request: HttpRequest) -> HttpResponse:
        """One request of a batch: it has no connection of its own, so it can only be refused."""
        occasion = self._occasion_of(request.method, f"/{request.path}", request.headers.get("authorization", ""))
        self.set_off(occasion)
        fault = self._plan.strike(("throttle", "server-error"), occasion, self._world.chance)
        if fault is not None:
            return self._gate.refuse(_error(fault), request)
        return await self._gate.handle(request)

    def _occasion(self, scope: Scope) -> Occasion:
        raw = scope.get("raw_path") or scope["path"].encode()
        path = raw.decode("latin-1").partition("?")[0]
        for version in VERSIONS:
            path = "/" + path.removeprefix(version) if path.startswith(version) else path
        headers = dict(scope["headers"])
        return self._occasion_of(scope["method"], path, headers.get(b"authorization", b"").decode("latin-1"))

    def _occasion_of(self, method: str, path: str, authorization: str) -> Occasion:
        token = authorization.partition(" ")[2]
        user = None
        if token:
            try:
                user = self._world.users.get(self._tokens.check(token).user_id or "")
            except BadToken:
                user = None
        return Occasion(method, unquote(path), user.id if user else "", user.upn if user else "")

    async def _refuse(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        # The sign-in's addresses are told apart like Graph's: to ask for another one is no early retry.
        request = HttpRequest(
            scope["method"], "", "", str(scope["path"]).lstrip("/"), scope["query_string"].decode("latin-1"), {}, b""
        )
        if scope["path"].startswith(VERSIONS):
            request = await read_request(scope, receive)
        await write_response(self._gate.refuse(_error(fault), request), send)


def _error(fault: Fault) -> GraphError:
    """A refusal as Graph words it."""
    if fault.fault == "throttle":
        return too_many(int(fault.seconds or DEFAULT_RETRY_AFTER))
    code, sentence = _SENTENCES.get(fault.status, _SENTENCES[503])
    headers = {} if fault.seconds is None else {"Retry-After": str(int(fault.seconds))}
    return GraphError(fault.status, code, sentence, headers=headers)


async def _swallow(message: object) -> None:
    """The effect happens, the answer is lost."""
    del message


async def _vanish(fault: Fault, receive: Receive, send: Send) -> None:
    """Never answer: hold the connection for a while, or cut it at once."""
    if fault.fault.startswith("timeout"):
        await _wait_for_disconnect(receive, fault.seconds or DEFAULT_TIMEOUT)
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        # In-process there is no connection to cut; the client's own exception comes closest.
        raise httpx.ReadError("The simulated connection was cut.")
    transport.abort()
    await _wait_for_disconnect(receive, DEFAULT_TIMEOUT)


async def _wait_for_disconnect(receive: Receive, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                continue
    except TimeoutError:
        return
