"""Graph as an ASGI application: bytes in, bytes out."""

from starlette.types import Message, Receive, Scope, Send

from m365sim.graph.gate import Gate, HttpRequest, HttpResponse

VERSIONS = ("/v1.0/", "/beta/")
_EXPOSED = "ETag, Location, Retry-After, request-id, client-request-id"
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": (
        "authorization, content-type, client-request-id, consistencylevel, prefer, sdkversion, if-match"
    ),
    "Access-Control-Max-Age": "3600",
}
MAX_BODY = 8 * 1024 * 1024


class GraphWire:
    """Raw ASGI, as this path has to be fast."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["method"] == "OPTIONS":
            await write_response(HttpResponse(200, dict(_PREFLIGHT), b""), send)
            return
        response = await self._gate.handle(await read_request(scope, receive))
        await write_response(response, send)


async def read_request(scope: Scope, receive: Receive) -> HttpRequest:
    """The whole request; Graph's paths are matched before percent-decoding."""
    raw = scope.get("raw_path") or scope["path"].encode()
    path = raw.decode("latin-1").partition("?")[0]
    _, version, rest = path.split("/", 2)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return HttpRequest(
        method=scope["method"],
        origin=f"{scope['scheme']}://{headers.get('host', 'localhost')}",
        version=version,
        path=rest,
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=await _body(receive),
    )


async def write_response(response: HttpResponse, send: Send) -> None:
    """Send the answer."""
    response.headers["Content-Length"] = str(len(response.body))
    # Scripts of any origin may call Graph.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = _EXPOSED
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in response.headers.items()]
    start: Message = {"type": "http.response.start", "status": response.status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": response.body})


async def _body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body") or sum(map(len, chunks)) > MAX_BODY:
            return b"".join(chunks)
