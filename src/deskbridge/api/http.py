"""The ASGI application: routes, guards, and every error as `{code, message}`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import cache
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from deskbridge.api import (
    admin,
    audit,
    conversations,
    files,
    first_run,
    health,
    imports,
    list_order,
    lists,
    matches,
    microsoft,
    own_sign_in,
    pages,
    people,
    pictures,
    proof,
    record,
    second_factor,
    security,
    session,
    single_sign_on,
    tabs,
    teams,
    users,
    workspace,
)
from deskbridge.api.models import Problem
from deskbridge.api.security import Guard
from deskbridge.errors import BadRequest, DatabaseUnavailable, DeskbridgeError, NotFound, NotSignedIn, Unprocessable
from deskbridge.storage import failures

log = structlog.get_logger(__name__)

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

_ANSWERS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "Refused; docs/errors.md lists the codes."},
    "5XX": {"model": Problem, "description": "Something here or at Microsoft is away."},
}


class _Application(FastAPI):
    """Tabs stay all day, and go past everything that is for requests (tabs.py)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == tabs.PATH:
            await tabs.serve_tab(self.state.desk, scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _operation_id(route: APIRoute) -> str:
    return route.name


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """The same for every application in a process: to put them together takes longer than all else at its start."""
    whole = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, generate_unique_id_function=_operation_id)
    api = APIRouter(prefix="/api/v1", responses=_ANSWERS)
    for module in (
        session,
        proof,
        first_run,
        workspace,
        teams,
        people,
        conversations,
        files,
        pictures,
        record,
        admin,
        microsoft,
        imports,
        list_order,
        lists,
        matches,
        health,
        users,
        audit,
        second_factor,
        own_sign_in,
        single_sign_on,
    ):
        api.include_router(module.router)
    whole.include_router(api)
    whole.include_router(health.probes)
    whole.include_router(pages.router)
    return tuple(whole.router.routes)


def create_api(public_url: str, lifespan: Lifespan | None = None, *, most_attached: int = 0) -> FastAPI:
    """The application without a Desk; `app.py` puts one into `state.desk`. Files may have that many bytes."""
    app = _Application(
        title="Deskbridge",
        version="0.1.0",
        description="The API that the web workspace uses. Errors are `{code, message}`.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
    )
    app.add_middleware(Guard, public_url=public_url, most_attached=most_attached)
    app.router.routes.extend(_routes())
    _add_error_handlers(app)
    _add_last_handlers(app)
    return app


def _place(parts: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in parts[1:]) or str(parts[0])


def _answer(error: DeskbridgeError) -> JSONResponse:
    return security.answer(error)


def _is_nowhere(request: Request) -> bool:
    """Whether only the workspace is at that address, which is at every address and is only looked at."""
    return getattr(request.scope.get("route"), "path", None) == pages.EVERYWHERE


def _note_refusal(request: Request, code: str, status: int) -> None:
    """Who goes round trying doors shows in the log: by the route's template, as an address may hold anything."""
    # Who opens the sign-in page has no session yet, and nobody tried anything.
    is_new = code == NotSignedIn.code and not request.cookies
    if status in {400, 401, 403, 413, 422, 429} and not is_new:
        route = getattr(request.scope.get("route"), "path", "none")
        origin = request.client.host if request.client else "unknown"
        log.info("refused", code=code, status=status, method=request.method, route=route, origin=origin)


def _add_error_handlers(app: FastAPI) -> None:
    @app.exception_handler(DeskbridgeError)
    async def on_ours(request: Request, error: DeskbridgeError) -> JSONResponse:
        _note_refusal(request, error.code, error.status)
        return _answer(error)

    @app.exception_handler(DatabaseUnavailable)
    async def on_away(request: Request, error: DatabaseUnavailable) -> JSONResponse:
        # Not a defect: one line, without the way that led there.
        log.warning("database_away", path=request.url.path, error=repr(error.__cause__)[:200])
        return _answer(error)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        _note_refusal(request, "invalid", 422)
        if first["type"] == "json_invalid":
            return _answer(BadRequest("The body is not JSON."))
        return _answer(Unprocessable(f"{_place(first['loc'])}: {first['msg']}."))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 404 or _is_nowhere(request):
            return _answer(NotFound())
        if error.status_code != 405:
            # FastAPI wraps whatever goes wrong while the body is read.
            return _answer(error.__cause__ if isinstance(error.__cause__, DeskbridgeError) else BadRequest())
        body = {"code": "method_not_allowed", "message": "This address does not take that method."}
        return JSONResponse(body, error.status_code, headers=error.headers)


def _add_last_handlers(app: FastAPI) -> None:
    @app.exception_handler(DBAPIError)
    async def on_database(request: Request, error: DBAPIError) -> JSONResponse:
        return _answer(BadRequest()) if failures.is_unfit(error) else await on_surprise(request, error)

    @app.exception_handler(Exception)
    async def on_surprise(request: Request, error: Exception) -> JSONResponse:
        log.error("request_failed", path=request.url.path, exc_info=error)
        return _answer(DeskbridgeError())
