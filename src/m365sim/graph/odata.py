"""OData query options as far as the operations allow them (facts.md 3, 5, 6.3)."""

import base64
import json
import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from m365sim.graph.call import Call, Json
from m365sim.graph.errors import bad_request

KNOWN_OPTIONS = frozenset(
    {
        "$top", "$skip", "$skiptoken", "$deltatoken", "$select", "$expand", "$filter", "$orderby", "$search",
        "$count", "$format",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """How much is asked."""

    top: int
    token: dict[str, object] | None


def read_page(call: Call, *, default: int, limit: int) -> Page:
    """$top and $skiptoken; too large a $top is refused as the chat endpoints do."""
    text = call.query.get("$top")
    top = default
    if text is not None:
        if not text.isdigit() or int(text) == 0:
            raise bad_request(f"Invalid value '{text}' for $top query option found. It must be positive.")
        top = int(text)
        if top > limit:
            raise bad_request(f"The limit of '{limit}' for Top query has been exceeded. The value is '{top}'.")
    token = call.query.get("$skiptoken")
    return Page(top, None if token is None else read_token(token))


def make_token(content: dict[str, object]) -> str:
    """An opaque token."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def read_token(token: str) -> dict[str, object]:
    """What is in an opaque token; a made-up one is BadRequest."""
    try:
        content = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError as trouble:
        raise bad_request("The $skiptoken or $deltatoken is invalid.") from trouble
    if not isinstance(content, dict):
        raise bad_request("The $skiptoken or $deltatoken is invalid.")
    return content


def link(call: Call, changed: dict[str, str]) -> str:
    """The request's own address with other options."""
    path = "/".join(quote(segment, safe="@:'()!$,;=._-~") for segment in call.path)
    query = {**call.query, **changed}
    return f"{call.base}/{path}?{urlencode(query, safe='$', quote_via=quote)}"


def collection(context: str, value: list[Json], next_link: str | None = None, count: int | None = None) -> Json:
    """A collection's envelope."""
    body: Json = {"@odata.context": context}
    if count is not None:
        body["@odata.count"] = count
    if next_link:
        body["@odata.nextLink"] = next_link
    body["value"] = value
    return body


def selected(call: Call) -> list[str] | None:
    """$select as property names; None when everything is wanted."""
    text = call.query.get("$select")
    if text is None:
        return None
    return [name.strip() for name in text.split(",") if name.strip()]


def apply_select(body: Json, names: list[str]) -> Json:
    """Only the chosen properties of an entity, or of each in a collection; annotations stay."""

    def chosen(entity: object) -> object:
        if not isinstance(entity, dict):
            return entity
        return {name: value for name, value in entity.items() if name in names or "@" in name}

    if isinstance(value := body.get("value"), list):
        return body | {"value": [chosen(entity) for entity in value]}
    only = chosen(body)
    return only if isinstance(only, dict) else body


def expanded(call: Call, allowed: tuple[str, ...]) -> set[str]:
    """$expand, checked."""
    names = {name.strip() for name in call.query.get("$expand", "").split(",") if name.strip()}
    plain = {name.split("(")[0] for name in names}
    unknown = plain - set(allowed)
    if unknown:
        raise bad_request(f"Parsing OData Select and Expand failed: Could not find a property named '{min(unknown)}'.")
    return plain


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`."""

    left: str
    operator: str
    right: str


_COMPARISON = re.compile(r"^\s*([\w/]+)\s+(eq|ne|gt|ge|lt|le)\s+('(?:[^']|'')*'|[^\s']+)\s*$", re.IGNORECASE)
_STARTS_WITH = re.compile(r"^\s*startswith\(\s*([\w/]+)\s*,\s*('(?:[^']|'')*')\s*\)\s*$", re.IGNORECASE)
_ENDS_WITH = re.compile(r"^\s*endswith\(\s*([\w/]+)\s*,\s*('(?:[^']|'')*')\s*\)\s*$", re.IGNORECASE)
_IN = re.compile(r"^\s*([\w/]+)\s+in\s*\((.*)\)\s*$", re.IGNORECASE | re.DOTALL)


def read_filter(text: str) -> list[list[Comparison]]:
    """A filter as alternatives ("or") of conditions ("and"); parentheses are not understood."""
    return [[_comparison(part) for part in _split(alternative, "and")] for alternative in _split(text, "or")]


def quoted_list(text: str) -> list[str]:
    """The strings in `'a','b'`."""
    return [unquoted(part) for part in re.findall(r"'(?:[^']|'')*'", text)]


def unquoted(text: str) -> str:
    """A literal without its quotes."""
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return text


def _comparison(text: str) -> Comparison:
    if match := _COMPARISON.match(text):
        return Comparison(match[1], match[2].lower(), unquoted(match[3]))
    if match := _STARTS_WITH.match(text):
        return Comparison(match[1], "startswith", unquoted(match[2]))
    if match := _ENDS_WITH.match(text):
        return Comparison(match[1], "endswith", unquoted(match[2]))
    if match := _IN.match(text):
        return Comparison(match[1], "in", match[2])
    raise bad_request(f"Invalid filter clause: syntax error in '{text.strip()}'.")


def _split(text: str, word: str) -> list[str]:
    """Split at a word that stands outside of quotes."""
    parts = re.split(rf"\s+{word}\s+(?=(?:[^']*'[^']*')*[^']*$)", text, flags=re.IGNORECASE)
    return [
        part.strip().removeprefix("(").removesuffix(")")
        if word == "or" and len(parts) > 1 and part.strip().startswith("(") and part.strip().endswith(")")
        else part
        for part in parts
    ]
