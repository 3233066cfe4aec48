"""The schemas from which the web workspace's types are generated."""

from __future__ import annotations

from functools import cache
from typing import Any

from deskbridge.api.http import create_api
from deskbridge.realtime import protocol


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """File name and content of each, not to be changed: to put them together takes a moment."""
    frames = {
        "server": protocol.server_frame.json_schema(mode="serialization"),
        "client": protocol.client_frame.json_schema(),
    }
    return {"openapi.json": create_api("http://localhost").openapi(), "protocol.schema.json": frames}
