"""Reading request bodies: known shapes, and no property that Graph's type lacks (facts.md 10).

The quick way reads a body that has only what we use. What else Graph's type has is accepted and left out, annotations
(`@odata.type` and such) are ignored as OData wants, and anything else is a mistake of the client.
"""

from typing import ClassVar, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import Struct, structs

from m365sim.graph.errors import GraphError, bad_request

_T = TypeVar("_T")
Json = dict[str, object]


class Body(Struct, forbid_unknown_fields=True):
    """A type of Graph; `accepted` are properties that it has and that make no difference here."""

    graph_type: ClassVar[str] = "microsoft.graph.entity"
    accepted: ClassVar[frozenset[str]] = frozenset()


class Parameters(Body):
    """The parameters of an action; `graph_type` is its name."""


def read_body(text: bytes, shape: type[_T], *, refuse_unknown: bool) -> _T:
    """The body in its shape; GraphError 400 names what is wrong."""
    try:
        return msgspec.json.decode(text or b"{}", type=shape)
    except msgspec.ValidationError as trouble:
        if "unknown field" not in str(trouble):
            raise _unreadable(trouble) from trouble
    except msgspec.DecodeError as trouble:
        raise bad_request(
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid"
            " JSON format."
        ) from trouble
    content = _pruned(msgspec.json.decode(text), shape, refuse_unknown)
    try:
        return msgspec.convert(content, shape)
    except msgspec.ValidationError as trouble:
        raise _unreadable(trouble) from trouble


def _pruned(value: object, hint: object, refuse: bool) -> object:
    """The same without what makes no difference; raises for what Graph does not know."""
    shape = _shape_in(hint)
    if shape is None:
        return value
    if isinstance(value, list):
        return [_pruned(item, shape, refuse) for item in value]
    if not isinstance(value, dict):
        return value
    hints = get_type_hints(shape)
    fields = {field.encode_name: hints[field.name] for field in structs.fields(shape)}
    kept: Json = {}
    for name, item in value.items():
        if name in fields:
            kept[name] = _pruned(item, fields[name], refuse)
        elif refuse and "@" not in name and name not in shape.accepted:
            raise _unknown(name, shape)
    return kept


def _shape_in(hint: object) -> type[Body] | None:
    """The type of Graph in `T`, `T | None` or `list[T]`."""
    if isinstance(hint, type) and issubclass(hint, Body):
        return hint
    return next((found for part in get_args(hint) if (found := _shape_in(part)) is not None), None)


def _unknown(name: str, shape: type[Body]) -> GraphError:
    if issubclass(shape, Parameters):
        return bad_request(
            f"The parameter '{name}' in the request payload is not a valid parameter for the operation"
            f" '{shape.graph_type}'."
        )
    return bad_request(
        f"The property '{name}' does not exist on type '{shape.graph_type}'. Make sure to only use property names"
        " that are defined by the type or mark the type as open type."
    )


def _unreadable(trouble: msgspec.ValidationError) -> GraphError:
    return bad_request(f"Unable to read JSON request payload. {trouble}")
