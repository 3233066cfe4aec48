"""Graph as an ASGI application: bytes in, bytes out."""

from collections.abc import Iterable

from starlette.types import Message, Receive, Scope, Send

from m365sim.graph.gate import Gate, HttpRequest, HttpResponse

VERSIONS = ("/v1.0/", "/beta/")
#: What Graph lets scripts of other origins read.
_EXPOSED = (
    "ETag, Location, Preference-Applied, Content-Range, request-id, client-request-id, Retry-After, SdkVersion,"
    " WWW-Authenticate"
)
#: The largest that Graph takes in one request is a file.
MAX_BODY = 250 * 1024 * 1024


class GraphWire:
    """Raw ASGI, as this path has to be fast."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["method"] == "OPTIONS":
            await write_response(HttpResponse(200, preflight(scope["headers"]), b""), send)
            return
        response = await self._gate.handle(await read_request(scope, receive))
        await write_response(response, send)


def preflight(asked: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """What scripts of any origin may send: each header that they name, as they add their own."""
    names = dict(asked).get(b"access-control-request-headers", b"authorization, content-type")
    return {
        "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
        "Access-Control-Allow-Headers": names.decode("latin-1"),
        "Access-Control-Max-Age": "3600",
    }


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
    """What is larger than anything that Graph takes is cut off: one byte more is enough to be refused."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        chunks.append(chunk)
        size += len(chunk)
        if not message.get("more_body") or size > MAX_BODY:
            return b"".join(chunks)
