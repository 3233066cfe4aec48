"""Graph's front door: tokens, permissions, licenses, headers and errors around every operation."""

import base64
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from urllib.parse import parse_qsl

import msgspec

from m365sim.addresses import GRAPH_APP_ID, GRAPH_RESOURCE
from m365sim.graph.call import Answer, Call, Caller
from m365sim.graph.errors import (
    GraphError,
    bad_request,
    bad_token,
    error_body,
    forbidden,
    from_refusal,
    no_license,
)
from m365sim.graph.odata import KNOWN_OPTIONS, apply_select, selected
from m365sim.graph.operations import Operation
from m365sim.graph.router import Match, Router, split_path
from m365sim.identity.tokens import BadToken, Tokens
from m365sim.world import directory
from m365sim.world.refusals import Refusal
from m365sim.world.world import World

_AUDIENCES = (GRAPH_RESOURCE, GRAPH_RESOURCE + "/", GRAPH_APP_ID)
_CONTENT_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
_DIAGNOSTIC = '{"ServerInfo":{"DataCenter":"M365SIM","Slice":"E","Ring":"1","ScaleUnit":"000"}}'
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class HttpRequest:
    """A request as it came; `path` is still percent-encoded and without the version."""

    method: str
    origin: str
    version: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class HttpResponse:
    """What goes back."""

    status: int
    headers: dict[str, str]
    body: bytes


Guard = Callable[[Operation, Call], None]
Watcher = Callable[[HttpRequest, Operation | None, Caller | None, HttpResponse], None]


class Gate:
    """Takes an HTTP request to its operation and back."""

    def __init__(self, world: World, tokens: Tokens) -> None:
        self._world = world
        self._tokens = tokens
        self._router = Router([])
        #: Called before each operation; may raise GraphError (throttling).
        self.guards: list[Guard] = []
        #: Told of every request and its answer (the conduct judge).
        self.watchers: list[Watcher] = []

    def serve(self, operations: list[Operation]) -> None:
        """Open for these operations."""
        self._router = Router(operations)

    async def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one request; what it changed is durable before the answer leaves."""
        mark = self._world.journal.position()
        request_id = self._world.chance.guid()
        found: Match | None = None
        caller: Caller | None = None
        try:
            segments = split_path(request.path)
            caller = self._caller(request)
            found = self._find(request.method, segments)
            call = self._call(request, segments, found, caller)
            answer = await self._run(found.operation, call)
            response = self._respond(answer)
        except GraphError as error:
            response = self._refuse(error, request, request_id)
        except Refusal as refusal:
            response = self._refuse(from_refusal(refusal), request, request_id)
        if self._world.journal.position() != mark:
            await self._world.journal.commit()
        self._finish(response, request, request_id)
        if found is not None and found.operation.family == "directory":
            response.headers["x-ms-resource-unit"] = "1"
        for watcher in self.watchers:
            watcher(request, found.operation if found else None, caller, response)
        return response

    def refuse(self, error: GraphError, request: HttpRequest) -> HttpResponse:
        """An error for a request that never reached its operation; the watchers are told all the same."""
        request_id = self._world.chance.guid()
        response = self._refuse(error, request, request_id)
        self._finish(response, request, request_id)
        caller = self._caller_or_none(request)
        found = self._router.find(request.method, split_path(request.path))
        operation = found.operation if isinstance(found, Match) else None
        for watcher in self.watchers:
            watcher(request, operation, caller, response)
        return response

    def _caller_or_none(self, request: HttpRequest) -> Caller | None:
        try:
            return self._caller(request)
        except GraphError:
            return None

    async def _run(self, operation: Operation, call: Call) -> Answer:
        for guard in self.guards:
            guard(operation, call)
        _check_permission(operation, call)
        user = call.caller.user
        if operation.family == "teams" and user is not None and not directory.has_teams(self._world, user):
            raise no_license()
        answer = operation.handler(call)
        answer = await _awaited(answer) if inspect.isawaitable(answer) else answer
        names = selected(call) if operation.method == "GET" else None
        if names and answer.body is not None:
            answer.body = apply_select(answer.body, names)
        return answer

    def _find(self, method: str, segments: list[str]) -> Match:
        found = self._router.find(method, segments)
        if isinstance(found, Match):
            return found
        if found is None:
            raise bad_request(f"Resource not found for the segment '{segments[-1]}'.")
        raise GraphError(
            405,
            "Request_BadRequest",
            f"Specified HTTP method is not allowed for the request target: {method}.",
            headers={"Allow": ", ".join(sorted(found))},
        )

    def _caller(self, request: HttpRequest) -> Caller:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise bad_token("Access token is empty.")
        try:
            bearer = self._tokens.check(token.strip())
        except BadToken as trouble:
            raise bad_token("Access token validation failure. Invalid signature or format.") from trouble
        if bearer.audience not in _AUDIENCES:
            raise bad_token("Access token validation failure. Invalid audience.")
        if bearer.expires_at <= self._world.clock.now():
            raise bad_token("Lifetime validation failed, the token is expired.")
        if bearer.user_id is None:
            return Caller(bearer, None)
        user = self._world.users.get(bearer.user_id)
        if user is None or user.deleted:
            raise bad_token("The user account does not exist.")
        if not user.enabled:
            raise bad_token("The user account has been disabled.")
        if bearer.generation < user.generation:
            raise _revoked(self._world.clock.now())
        return Caller(bearer, user)

    def _call(self, request: HttpRequest, segments: list[str], found: Match, caller: Caller) -> Call:
        query = dict(parse_qsl(request.query, keep_blank_values=True)) if request.query else {}
        unknown = [name for name in query if name.startswith("$") and name not in KNOWN_OPTIONS]
        if unknown:
            raise bad_request(f"The query parameter '{unknown[0]}' is not supported.")
        return Call(
            world=self._world,
            caller=caller,
            base=f"{request.origin}/{request.version}",
            path=tuple(segments),
            ids=found.ids,
            query=query,
            headers=request.headers,
            body=request.body,
        )

    def _respond(self, answer: Answer) -> HttpResponse:
        headers = dict(answer.headers)
        if answer.raw is not None:
            return HttpResponse(answer.status, headers, answer.raw)
        if answer.body is None:
            return HttpResponse(answer.status, headers, b"")
        headers["Content-Type"] = _CONTENT_TYPE
        headers["OData-Version"] = "4.0"
        return HttpResponse(answer.status, headers, _encode(answer.body))

    def _refuse(self, error: GraphError, request: HttpRequest, request_id: str) -> HttpResponse:
        theirs = request.headers.get("client-request-id", request_id)
        body = error_body(error, request_id, theirs, self._world.clock.now())
        headers = {"Content-Type": "application/json", **error.headers}
        return HttpResponse(error.status, headers, _encode(body))

    def _finish(self, response: HttpResponse, request: HttpRequest, request_id: str) -> None:
        response.headers |= {
            "Cache-Control": "no-cache",
            "Date": _http_date(int(self._world.clock.now())),
            "request-id": request_id,
            "client-request-id": request.headers.get("client-request-id", request_id),
            "x-ms-ags-diagnostic": _DIAGNOSTIC,
        }


@lru_cache(maxsize=64)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


async def _awaited(answer: Awaitable[Answer]) -> Answer:
    return await answer


def _revoked(since: float) -> GraphError:
    """Continuous access evaluation: the client must sign the user in again (facts.md 10)."""
    error = bad_token("TokenCreatedWithOutdatedPolicies: Continuous access evaluation resulted in challenge.")
    claims = f'{{"access_token":{{"nbf":{{"essential":true,"value":"{int(since)}"}}}}}}'
    error.headers["WWW-Authenticate"] += (
        f', error="insufficient_claims", claims="{base64.b64encode(claims.encode()).decode()}"'
    )
    return error


def _check_permission(operation: Operation, call: Call) -> None:
    delegated = call.caller.user is not None
    needed = operation.delegated if delegated else operation.application
    if needed == ("*",):
        return
    if not delegated and call.path[0].lower() == "me":
        raise bad_request("/me request is only valid with delegated authentication flow.")
    held = call.caller.bearer.scopes if delegated else call.caller.bearer.roles
    if delegated and not needed:
        raise GraphError(412, "PreconditionFailed", "Requested API is not supported in delegated context")
    if not held.isdisjoint(needed):
        return
    if operation.family == "directory":
        raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    words = ("scope", "Scopes") if delegated else ("role", "Roles")
    raise forbidden(
        f"Missing {words[0]} permissions on the request. API requires one of '{', '.join(needed)}'."
        f" {words[1]} on the request '{', '.join(sorted(held))}'"
    )
