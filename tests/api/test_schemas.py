"""The schemas in web/, from which the workspace's types are generated, are those of this code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deskbridge.api.schemas import schemas

WEB = Path(__file__).resolve().parents[2] / "web"


@pytest.mark.parametrize("name", ["openapi.json", "protocol.schema.json"])
def test_it_is_up_to_date(name: str) -> None:
    """After a change: make schemas."""
    assert json.loads((WEB / name).read_text(encoding="utf-8")) == json.loads(json.dumps(schemas()[name]))


def test_every_route_says_how_it_refuses() -> None:
    paths = schemas()["openapi.json"]["paths"]

    for path, operations in paths.items():
        for method, operation in operations.items():
            answers = operation["responses"]
            assert {"4XX", "5XX"} <= answers.keys(), (method, path)
            refusal = answers["4XX"]["content"]["application/json"]["schema"]
            assert refusal == {"$ref": "#/components/schemas/Problem"}
