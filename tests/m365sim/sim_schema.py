"""Strict validation of Graph's answers against Microsoft's own metadata, when that file is there."""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

DEFAULT_FOLDER = Path(__file__).resolve().parents[3] / "shared" / "graph"
FOLDER = Path(os.environ.get("GRAPH_FACTS", DEFAULT_FOLDER))
FILE = FOLDER / "openapi-subset.json"
PREFIX = "microsoft.graph."


@cache
def _document() -> dict[str, Any]:
    return json.loads(FILE.read_text()) if FILE.exists() else {"paths": {}, "components": {"schemas": {}}}


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    found = []
    for path in _document()["paths"]:
        pattern = re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(path)).replace(r"\(\)", r"(?:\(\))?")
        found.append((re.compile(f"^{pattern}$", re.IGNORECASE), path))
    # Fixed paths win over those with parameters.
    return sorted(found, key=lambda item: item[1].count("{"))


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """The described operation of a path below the version."""
    path = re.sub(r"(\w+)\('([^']*)'\)", r"\1/\2", path)
    for pattern, name in _paths():
        operation = _document()["paths"][name].get(method.lower())
        if operation and pattern.match(path):
            return operation
    return None


def problems(method: str, path: str, status: int, body: Any) -> list[str]:
    """What in an answer Microsoft's metadata does not allow; an unknown operation has none."""
    if not FILE.exists():
        return []
    if status >= 400:
        return list(_check(body, {"$ref": f"#/components/schemas/{PREFIX}ODataErrors.ODataError"}, "error"))
    operation = operation_of(method, path)
    if operation is None:
        return []
    response = operation["responses"].get(str(status))
    if response is None:
        # An existing 1:1 chat may be answered with 200 (undocumented).
        return [f"{method} {path}: status {status} is not described"]
    content = response.get("content", {}).get("application/json")
    return list(_check(body, content["schema"], "answer")) if content else []


def problems_of(body: Any, type_name: str) -> list[str]:
    """The same for one resource."""
    if not FILE.exists():
        return []
    return list(_check(body, {"$ref": f"#/components/schemas/{PREFIX}{type_name}"}, type_name))


def _schema(name: str) -> dict[str, Any]:
    return _document()["components"]["schemas"][name]


def _flat(schema: dict[str, Any], value: Any) -> tuple[dict[str, Any], set[str], bool]:
    """Properties, required ones and openness of an object schema with its bases."""
    properties: dict[str, Any] = {}
    required: set[str] = set()
    is_open = bool(schema.get("x-odata-open-type") or schema.get("additionalProperties"))
    for part in [*schema.get("allOf", []), schema]:
        if "$ref" in part:
            more, needed, opened = _flat(_schema(part["$ref"].rsplit("/", 1)[-1]), value)
            properties |= more
            required |= needed
            is_open = is_open or opened
        else:
            properties |= part.get("properties", {})
            required |= set(part.get("required", []))
            is_open = is_open or bool(part.get("x-odata-open-type") or part.get("additionalProperties"))
    return properties, required, is_open


def _derived(schema: dict[str, Any], value: Any) -> dict[str, Any]:
    """The subtype that `@odata.type` names."""
    named = value.get("@odata.type") if isinstance(value, dict) else None
    if isinstance(named, str):
        name = PREFIX + named.lstrip("#").removeprefix(PREFIX)
        if name in _document()["components"]["schemas"]:
            return _schema(name)
    return schema


def _check(value: Any, schema: dict[str, Any], where: str) -> list[str]:  # noqa: PLR0911  # One for each keyword.
    if "$ref" in schema:
        schema = _schema(schema["$ref"].rsplit("/", 1)[-1])
    if "anyOf" in schema:
        if value is None and any(option.get("nullable") for option in schema["anyOf"]):
            return []
        return min((_check(value, option, where) for option in schema["anyOf"][:1]), key=len)
    if value is None:
        return [] if schema.get("nullable") else [f"{where} is null"]
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{where}: {value!r} is not one of {schema['enum']}"]
    kinds = {"string": str, "boolean": bool, "integer": int, "number": (int, float), "array": list}
    kind = schema.get("type")
    if kind in kinds and not isinstance(value, kinds[kind]):
        return [f"{where}: {value!r} is not a {kind}"]
    if kind == "array":
        return [found for at, item in enumerate(value) for found in _check(item, schema["items"], f"{where}[{at}]")]
    if kind == "object" or "allOf" in schema or "properties" in schema:
        return _check_object(value, _derived(schema, value), where)
    return []


def _check_object(value: Any, schema: dict[str, Any], where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is not an object"]
    properties, required, is_open = _flat(schema, value)
    found = [f"{where}.{name} is missing" for name in required - value.keys()]
    for name, item in value.items():
        if name in properties:
            found += _check(item, properties[name], f"{where}.{name}")
        elif "@odata." not in name and not is_open and name != "@removed":
            found.append(f"{where}.{name} is unknown to Microsoft's metadata")
    return found
