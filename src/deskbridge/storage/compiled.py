"""Statements in SQL's words, kept for all databases of a process: each is put into words once, and not by each engine.

Measured: to put a statement into words takes one to three milliseconds of a core. A process that has just started does
nothing else for its first requests, and on SQLite it would do it four times: for its writers and its readers.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.engine import Compiled
from sqlalchemy.util import LRUCache

MOST: Final = 2000
"""Statements that are kept; those used least recently go first. There are about 600, in each kind's words."""


class CompiledStatements(LRUCache[Any, Compiled]):
    """SQLAlchemy keeps them by the dialect's object, of which each engine has its own, and by what they say."""

    def get(self, key: Any, default: Any = None) -> Any:
        """The one that any engine of that kind has left."""
        return super().get(_by_kind(key), default)

    def __getitem__(self, key: Any) -> Compiled:
        return super().__getitem__(_by_kind(key))

    def __setitem__(self, key: Any, value: Compiled) -> None:
        super().__setitem__(_by_kind(key), value)


def _by_kind(key: Any) -> Any:
    dialect, *rest = key
    # What a server does not know is put otherwise; of its version nothing is known before the first connection.
    return type(dialect), dialect.server_version_info, *rest


COMPILED: Final = CompiledStatements(MOST)
