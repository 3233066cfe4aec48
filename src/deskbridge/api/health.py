"""How the product is: for an admin's page, for Prometheus, for load balancers."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from typing import Annotated, Final

from fastapi import APIRouter, Query
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from deskbridge.api.desk import Admin, Desk, TheDesk
from deskbridge.errors import DatabaseUnavailable, NotFound, NotSignedIn
from deskbridge.health import store
from deskbridge.health.agents import list_agents
from deskbridge.health.exposition import expose
from deskbridge.health.picture import draw
from deskbridge.health.views import AgentChoice, AgentHealthPage, HealthView

router = APIRouter(prefix="/admin", tags=["admin"])
probes = APIRouter(include_in_schema=False)

_WITHIN: Final = 2.0
_WRITES_WITHIN: Final = 5.0
"""What is written comes after what waits already."""


@router.get("/health")
async def get_health(desk: TheDesk, admin: Admin) -> HealthView:
    """How many connections and subscriptions there are, queues, delays, the last import, what expires when."""
    return await draw(desk.db, desk.clock, desk.connector, admin.account_id)


@router.get("/health/agents")
async def list_agents_health(
    desk: TheDesk,
    admin: Admin,
    show: AgentChoice = AgentChoice.ALL,
    search: Annotated[str, Query(max_length=100)] = "",
    after: Annotated[str | None, Query(max_length=3000)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AgentHealthPage:
    """Each agent's connection with its remedy, and until when Microsoft tells on their behalf."""
    wanted, page = (show, search.strip()), (after, limit)
    return await list_agents(desk.db, desk.clock, admin.account_id, wanted, page)


@probes.api_route("/healthz", methods=["GET", "HEAD"])
async def healthz() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@probes.api_route("/readyz", methods=["GET", "HEAD"])
async def readyz(desk: TheDesk) -> JSONResponse:
    """Whether requests can be answered: the database is there, at our version and can be written; the bus is there."""
    found = {"database": False, "migrations": False, "writable": False, "events": desk.bus.is_up}
    try:
        async with asyncio.timeout(_WITHIN), desk.db.read() as connection:
            # A later release may have migrated already: what serves goes on (docs/operating.md, Upgrading).
            found |= {"database": True, "migrations": (await store.revision(connection) or "") >= desk.revision}
    except (SQLAlchemyError, DatabaseUnavailable, TimeoutError):
        found["database"] = False
    if found["migrations"]:
        with contextlib.suppress(SQLAlchemyError, DatabaseUnavailable, TimeoutError):
            async with asyncio.timeout(_WRITES_WITHIN):
                found["writable"] = await desk.db.perform(store.takes_changes)
    ready = all(found.values())
    return JSONResponse({"status": "ok" if ready else "not ready", **found}, 200 if ready else 503)


@probes.get("/metrics")
async def metrics(desk: TheDesk, request: Request) -> Response:
    """Only for who knows the token of the settings; without one there are none."""
    _check_token(desk, request.headers.get("authorization", ""))
    text = await expose(desk.db, desk.clock, desk.hub, desk.connector)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _check_token(desk: Desk, given: str) -> None:
    token = desk.settings.metrics_token
    if token is None:
        raise NotFound
    if not hmac.compare_digest(given.encode(), f"Bearer {token.get_secret_value()}".encode()):
        raise NotSignedIn
