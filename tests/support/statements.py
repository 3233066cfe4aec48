"""Which SQL requests had executed, and which of it does not say whose rows it is about."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import structlog
from sqlalchemy import Engine, event

import deskbridge.tables
from deskbridge.storage.schema import metadata

_ = deskbridge.tables
OF_ACCOUNTS = {table.name for table in metadata.tables.values() if "account_id" in table.columns}
_TOUCHED = re.compile(r'\b(?:FROM|JOIN|UPDATE|INTO|,)\s+"?([a-z_]+)"?')


@contextlib.contextmanager
def recorded() -> Iterator[set[str]]:
    """Every statement that is executed for a request while the block lasts; not those of work in the background."""
    statements: set[str] = set()

    def listen(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if "request_id" in structlog.contextvars.get_contextvars():
            statements.add(" ".join(statement.split()))

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", listen)


def touched(statement: str) -> set[str]:
    """The tables with rows of Accounts that it reads or writes."""
    return set(_TOUCHED.findall(statement)) & OF_ACCOUNTS


def is_scoped(statement: str) -> bool:
    """Whether it names the Account: in a condition, or among what it stores."""
    if statement.startswith("INSERT"):
        return "account_id" in statement.partition("VALUES")[0]
    condition = statement.partition(" WHERE ")[2] + "".join(re.findall(r" ON (.*?)(?: WHERE | JOIN |$)", statement))
    return "account_id" in condition
