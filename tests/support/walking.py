"""Every route called once, with the ids of something that may be somebody else's."""

from __future__ import annotations

from typing import Any

from deskbridge.api.schemas import schemas
from support.agents import Agent


class AnyId(dict[str, str]):
    """An id for every name; those that we do not know are the conversation's."""

    def __missing__(self, name: str) -> str:
        return self["conversation_id"]


def bodies(operation: Any, ids: dict[str, str], components: Any) -> Any:
    """A body of the right shape, with the other Account's ids wherever an id is meant."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return None if content is None else example("", content["schema"], ids, components)


def example(name: str, schema: Any, ids: dict[str, str], components: Any) -> Any:
    """Something that this schema allows."""
    schema = components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if "anyOf" in schema:
        return example(name, schema["anyOf"][0], ids, components)
    if schema.get("type") == "object":
        return {key: example(key, each, ids, components) for key, each in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [example(name.removesuffix("s"), schema.get("items", {}), ids, components)]
    plain = {"boolean": False, "integer": max(1, schema.get("minimum", 1)), "number": 1}
    text = "https://127.0.0.1:9" if "https" in schema.get("pattern", "") else dict(ids).get(name, "walked")
    text = {"client_id": "00000000-0000-4000-8000-000000000000", "email": "walked@fabrikam.example"}.get(name, text)
    return schema["enum"][0] if "enum" in schema else plain.get(schema.get("type", ""), text)


USERS_FILE = b"username,name,email\nbob,Taken Over,taken@fabrikam.example\nfinn,Finn New,finn@fabrikam.example\n"
"""Names somebody of the other Account, too."""


def valid(route: str, ids: dict[str, str]) -> Any:
    """What a made-up body does not reach: things that have to fit together."""
    return {
        "POST /api/v1/admin/people/merge": {"person_ids": [ids["person_id"], ids["my_person_id"]]},
        "PUT /api/v1/admin/imports/settings": {"at": "03:30", "time_zone": "Europe/Vienna", "domains": ["x.example"]},
    }.get(route)


async def walk(browser: Agent, ids: dict[str, str]) -> list[tuple[str, int, str]]:
    """Call everything once with these ids; what each answered."""
    document = schemas()["openapi.json"]
    answers = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if path == "/api/v1/session" and method == "delete":
                continue
            where = path.format_map(ids)
            route = f"{method.upper()} {path}"
            body = valid(route, ids) or bodies(operation, ids, document["components"]["schemas"])
            content = {"content": USERS_FILE} if path.endswith("/imports/csv") else {"json": body}
            query = {
                each["name"]: ids[each["name"]]
                for each in operation.get("parameters", [])
                if each["in"] == "query" and each["name"] in ids
            }
            answer = await browser.http.request(method.upper(), where, params=query, **content)
            answers.append((route, answer.status_code, answer.text))
    return answers
