"""How long requests take: by the route's template, never by an address that somebody made up."""

from __future__ import annotations

from typing import Final

from prometheus_client import Histogram
from starlette.types import Scope

_METHODS: Final = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3, 10)

seconds = Histogram(
    "deskbridge_http_seconds",
    "Requests, by method, route and status.",
    ["method", "route", "status"],
    buckets=_BUCKETS,
)


def observe(scope: Scope, status: int, took: float, webhooks: str) -> str:
    """One request has been answered; what it was of."""
    path = getattr(scope.get("route"), "path", None)
    route = "webhooks" if scope["path"].startswith(webhooks) else path or "none"
    method = scope["method"] if scope["method"] in _METHODS else "other"
    seconds.labels(method, route, str(status)).observe(took)
    return f"{method} {route}"
