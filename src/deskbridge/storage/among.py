"""Asking about hundreds of ids with one statement that is always the same: all of them are one value, as JSON.

What SQLAlchemy makes of `IN` with hundreds of values has to be written anew each time, which takes longer than the
database needs to answer (docs/decisions/0018).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Boolean, Column, ColumnElement, Integer, TextClause, bindparam, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Among(FunctionElement[bool]):
    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> Any:
        """As it is: for SQLite, which has no truth values, SQLAlchemy would add `= 1`, and no index is walked then."""
        return self


def among(column: Column[Any], name: str = "ids") -> ColumnElement[bool]:
    """Whether it is one of those that are given by that name, with `as_json`."""
    return _Among(column, bindparam(name))


def as_json(values: Iterable[Any]) -> str:
    """Ids, or pairs of them, as one value."""
    return msgspec.json.encode(list(values)).decode()


def with_pairs(statement: str) -> dict[str, TextClause]:
    """A statement for each kind of database, in which `{pairs}` is a table `given` with columns `one` and `two`."""
    return {kind: text(statement.format(pairs=f"({each}) AS given")) for kind, each in _PAIRS.items()}


_PAIRS = {
    "sqlite": "SELECT json_extract(value, '$[0]') AS one, json_extract(value, '$[1]') AS two FROM json_each(:pairs)",
    "postgresql": "SELECT value->>0 AS one, value->>1 AS two FROM json_array_elements(CAST(:pairs AS json))",
}


@compiles(_Among, "sqlite")
def _on_sqlite(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, given = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({given}))"  # noqa: S608  # Our own names and a parameter.


@compiles(_Among, "postgresql")
def _on_postgresql(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    is_number = isinstance(next(iter(element.clauses)).type, Integer)
    column, given = (compiler.process(each, **options) for each in element.clauses)
    each = f"json_array_elements_text(CAST({given} AS json))"
    return f"{column} = ANY(ARRAY(SELECT {f'CAST({each} AS bigint)' if is_number else each}))"
