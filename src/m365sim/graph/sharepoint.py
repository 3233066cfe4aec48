"""Where Graph sends clients for the bytes of files: addresses that carry their own permission (facts.md 6.2)."""

import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from m365sim.clock import graph_time
from m365sim.graph.drive import Brought, keep
from m365sim.graph.render_drive import item_json, paths_of
from m365sim.world.files import Upload, free_path
from m365sim.world.world import World

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}


class SharePoint:
    """Downloads, and large files in pieces."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """What Graph hands out addresses of."""
        methods = ["GET", "PUT", "DELETE", "OPTIONS"]
        return [
            Route("/_layouts/15/download.aspx", self._download),
            Route("/_api/v2.0/drive/uploadSession", self._piece, methods=methods),
        ]

    async def _download(self, request: Request) -> Response:
        ticket = request.query_params.get("tempauth", "")
        file = next((file for file in self._world.files.values() if ticket and file.ticket == ticket), None)
        if file is None:
            return _refused(401, "unauthenticated", "The address is not valid or no longer valid.")
        name = f"attachment; filename*=UTF-8''{quote(file.name)}"
        headers = _ANY_ORIGIN | {"Content-Disposition": name}
        return Response(file.data, media_type=file.content_type, headers=headers)

    async def _piece(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            asked = request.headers.get("access-control-request-headers", "content-range")
            allowed = {"Access-Control-Allow-Methods": "GET, PUT, DELETE", "Access-Control-Allow-Headers": asked}
            return Response(headers=_ANY_ORIGIN | allowed)
        session = self._world.uploads.get(request.query_params.get("tempauth", ""))
        if session is None or session.expires_at <= self._world.clock.now():
            return _refused(404, "itemNotFound", "The upload session was not found.")
        if request.method == "DELETE":
            self._world.forget(session)
            return Response(status_code=204, headers=_ANY_ORIGIN)
        if request.method == "GET":
            return _expecting(session, 200)
        return self._take(session, request, await request.body())

    def _take(self, session: Upload, request: Request, data: bytes) -> Response:
        given = _RANGE.fullmatch(request.headers.get("content-range", ""))
        if given is None:
            return _refused(400, "invalidRequest", "The Content-Range header is missing or malformed.")
        start, end, size = (int(number) for number in given.groups())
        if end - start + 1 != len(data) or end >= size or session.size not in (None, size):
            return _refused(400, "invalidRequest", "The Content-Range header does not fit the content.")
        if start != len(session.data):
            return _refused(416, "invalidRange", "The uploaded fragment overlaps with data that has been received.")
        session.data, session.size = session.data + data, size
        if len(session.data) < size:
            self._world.save(session)
            return _expecting(session, 202)
        return self._finish(session, f"{request.url.scheme}://{request.url.netloc}/v1.0")

    def _finish(self, session: Upload, base: str) -> Response:
        world = self._world
        world.forget(session)
        path = session.path
        taken = paths_of(world, session.owner_id)
        if session.conflict == "fail" and path in taken:
            return _refused(409, "nameAlreadyExists", "The specified item name already exists.")
        if session.conflict == "rename":
            path = free_path(taken, path)
        file, is_new = keep(world, session.owner_id, path, session.data, Brought(app_id=session.app_id))
        return JSONResponse(item_json(world, file, base), 201 if is_new else 200, headers=_ANY_ORIGIN)


def _expecting(session: Upload, status: int) -> Response:
    expires = graph_time(int(session.expires_at * 1000))
    body = {"expirationDateTime": expires, "nextExpectedRanges": [f"{len(session.data)}-"]}
    return JSONResponse(body, status, headers=_ANY_ORIGIN)


def _refused(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers=_ANY_ORIGIN)
