"""Statements that are run for everything that is sent: put into words once, and given to SQLite's driver as they are.

What SQLAlchemy does around a statement takes ten times as long as SQLite does to answer one by an index: measured, a
message that was stored alone took 3.5 ms of a core, and 0.3 of that in SQLite.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Executable, Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler

from deskbridge.storage.shared import AtOnce

_SQLITE = sqlite.dialect()
_Change = Callable[[Any], Any]


class Prepared:
    """A statement whose words never change, whatever it is given: one for all databases, or one for each kind."""

    def __init__(self, said: Executable | Mapping[str, Executable]) -> None:
        self._said = said

    async def all(self, connection: AsyncConnection, given: Mapping[str, Any]) -> Sequence[Any]:
        """The rows that it finds, whose columns are attributes."""
        if isinstance(connection, AtOnce):
            return self._bare.all(connection, given)
        return (await connection.execute(self._for(connection.dialect.name), given)).all()

    async def each(self, connection: AsyncConnection, given: Sequence[Mapping[str, Any]]) -> None:
        """Run it with each of these; nothing when there are none."""
        if not given:
            return
        if isinstance(connection, AtOnce):
            self._bare.each(connection, given)
        else:
            await connection.execute(self._for(connection.dialect.name), given)

    def _for(self, kind: str) -> Executable:
        return self._said[kind] if isinstance(self._said, Mapping) else self._said

    @cached_property
    def _bare(self) -> _Bare:
        return _Bare(self._for("sqlite"))


class _Bare:
    """The same in SQLite's words, and what has to be done with what goes in and comes out."""

    def __init__(self, said: Executable) -> None:
        compiled = said.compile(dialect=_SQLITE)  # type: ignore[attr-defined]  # Whatever can be executed can be compiled.
        if not isinstance(compiled, SQLCompiler):
            raise TypeError(f"Nothing that is given values: {compiled}")
        self._words = str(compiled)
        # Nothing at all is a value as well: what has to be given is told apart by its parameter.
        self._fixed = {name: value for name, value in compiled.params.items() if not compiled.binds[name].required}
        self._names = compiled.positiontup or ()
        self._into = {name: change for name in self._names if (change := _into(compiled.binds[name].type)) is not None}
        self._out: list[tuple[int, _Change]] = []
        self._row: Callable[[Any], Any] | None = None
        if isinstance(said, Select):
            columns = list(said.selected_columns)
            self._row = _maker([str(each.key) for each in columns])
            out = [(place, _out_of(each.type)) for place, each in enumerate(columns)]
            self._out = [(place, change) for place, change in out if change is not None]

    def all(self, connection: AtOnce, given: Mapping[str, Any]) -> Sequence[Any]:
        cursor = connection.run(self._words, self._values(given))
        rows = cursor.fetchall()
        if self._row is None:
            if not rows:
                return ()
            self._row = _maker([each[0] for each in cursor.description])
        make = self._row
        return [make(self._changed(row)) for row in rows] if self._out else [make(row) for row in rows]

    def each(self, connection: AtOnce, given: Sequence[Mapping[str, Any]]) -> None:
        connection.run_each(self._words, [self._values(each) for each in given])

    def _values(self, given: Mapping[str, Any]) -> list[Any]:
        whole = {**self._fixed, **given}
        for name, change in self._into.items():
            whole[name] = change(whole[name])
        return [whole[name] for name in self._names]

    def _changed(self, row: Sequence[Any]) -> list[Any]:
        changed = list(row)
        for place, change in self._out:
            changed[place] = change(changed[place])
        return changed


def _maker(names: Sequence[str]) -> Callable[[Any], Any]:
    row: Any = namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024  # Its columns are known at run time only.
    make: Callable[[Any], Any] = row._make
    return make


def _into(kind: Any) -> _Change | None:
    change: _Change | None = kind.dialect_impl(_SQLITE).bind_processor(_SQLITE)
    return change


def _out_of(kind: Any) -> _Change | None:
    change: _Change | None = kind.dialect_impl(_SQLITE).result_processor(_SQLITE, None)
    return change
