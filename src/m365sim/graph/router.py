"""Finding the operation for a path.

Graph's paths come in several spellings that mean the same: `users('x')` and `users/x`, `delta` and `delta()`,
with or without `microsoft.graph.`, and in any case.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from m365sim.graph.operations import Operation

SDK_ME = "me-token-to-replace"
#: Microsoft's SDKs leave the first word of the namespace out of a cast.
_SHORT = {"graph.user": "user"}
_KEYED = re.compile(r"^([A-Za-z]+)\('(.*)'\)$")


@dataclass(slots=True)
class _Node:
    children: dict[str, "_Node"] = field(default_factory=dict)
    parameter: "tuple[str, _Node] | None" = None
    operations: dict[str, Operation] = field(default_factory=dict)


@dataclass(slots=True)
class Match:
    """An operation and the ids in its path."""

    operation: Operation
    ids: dict[str, str]


class Router:
    """A tree of path segments."""

    def __init__(self, operations: list[Operation]) -> None:
        self._root = _Node()
        for operation in operations:
            for path in operation.paths:
                self._add(path, operation)

    def find(self, method: str, segments: list[str]) -> Match | set[str] | None:
        """The match; or the methods that the path has; or None when there is no such path."""
        ids: dict[str, str] = {}
        node = _walk(self._root, segments, 0, ids)
        if node is None or not node.operations:
            return None
        operation = node.operations.get(method)
        return Match(operation, ids) if operation else set(node.operations)

    def _add(self, path: str, operation: Operation) -> None:
        node = self._root
        for segment in path.strip("/").split("/"):
            if segment.startswith("{"):
                if node.parameter is None:
                    node.parameter = (segment[1:-1], _Node())
                node = node.parameter[1]
            else:
                node = node.children.setdefault(segment.lower(), _Node())
        node.operations[operation.method] = operation


def split_path(raw: str) -> list[str]:
    """Segments of a path, spellings evened out; `raw` is still percent-encoded."""
    segments: list[str] = []
    for part in raw.strip("/").split("/"):
        segment = unquote(part) if "%" in part else part
        if segment.startswith("root:/"):
            # Microsoft's SDKs take `root:/a/b.docx:` for the id of an item, and encode it whole.
            segments += segment.split("/")
            continue
        keyed = _KEYED.match(segment) if segment.endswith("')") else None
        if keyed:
            segments += [keyed[1], keyed[2].replace("''", "'")]
            continue
        segments.append(_SHORT.get(segment, segment).removesuffix("()").removeprefix("microsoft.graph."))
    if "root:" in segments:
        segments = _with_path(segments)
    # Microsoft's SDKs write this for /me, and replace it only in their default pipeline.
    if [segment.lower() for segment in segments[:2]] == ["users", SDK_ME]:
        return ["me", *segments[2:]]
    return segments


def _with_path(segments: list[str]) -> list[str]:
    """`root:/a/b.docx:/content` addresses by path; the path becomes one segment."""
    start = segments.index("root:")
    ends = [at for at, segment in enumerate(segments) if at > start and segment.endswith(":")]
    end = ends[0] if ends else len(segments) - 1
    path = "/".join(segments[start + 1 : end + 1]).removesuffix(":")
    return [*segments[:start], "root", "path", path, *segments[end + 1 :]]


def _walk(node: _Node, segments: list[str], at: int, ids: dict[str, str]) -> _Node | None:
    if at == len(segments):
        return node
    fixed = node.children.get(segments[at].lower())
    if fixed is not None:
        found = _walk(fixed, segments, at + 1, ids)
        if found is not None and found.operations:
            return found
    if node.parameter is None or not segments[at]:
        return None
    name, child = node.parameter
    found = _walk(child, segments, at + 1, ids)
    if found is not None:
        ids[name] = segments[at]
    return found
