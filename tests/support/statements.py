"""Which SQL had been executed, what it found, and which of it does not say whose rows it is about."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

import deskbridge.tables
from deskbridge.storage.schema import metadata
from deskbridge.storage.shared import AtOnce

_ = deskbridge.tables
OF_NOBODY = {
    "accounts": "the Accounts themselves, looked for by their own id, their name or their tenant",
    "failed_sign_ins": "counted by the name that was tried, which may be nobody's",
    "feed_events": "by topic, which is the id of the User whose feed it is",
    "feed_heads": "by topic, which is the id of the User whose feed it is",
    "instance": "one row of the installation",
    "presence_connected": "which process has a tab of which User, for all processes",
    "presence_processes": "the installation's processes",
    "setup_codes": "of the installation, before there is an Account",
    "teams_certificates": "of the installation: the keys that Microsoft encrypts notifications with",
    "teams_leases": "which process works on what",
}
"""Tables whose rows belong to no Account or say of none, and why that is well."""
BY_ITSELF = {
    "directory_leavers": {"segment_id"},
    "directory_postings": {"segment_id"},
    "directory_standings": {"segment_id"},
    "message_search": {"message_id", "number"},
    "message_search_due": {"message_id"},
    "teams_inbox": {"link_id"},
}
"""Columns that say whose a row is and are no foreign keys, so that storing them is quick."""


def _says_whose() -> dict[str, set[str]]:
    found = {}
    for name, table in metadata.tables.items():
        parents = {each.parent.name for each in table.foreign_keys} | BY_ITSELF.get(name, set())
        found[name] = {"account_id"} if "account_id" in table.columns else parents
    return {name: columns for name, columns in found.items() if name not in OF_NOBODY}


SAYS_WHOSE = _says_whose()
"""For each table with rows of Accounts: the columns of which a statement has to name one."""

Listener = Callable[[str, Any, Callable[[], list[Any]]], None]
"""Called with a statement, its values, and a function that finds what it finds."""
_TOUCHED = re.compile(r'\b(?:FROM|JOIN|UPDATE|INTO|,)\s+"?([a-z_]+)"?')


@contextlib.contextmanager
def heard(listen: Listener) -> Iterator[None]:
    """Everything that is executed while the block lasts, also what is given to SQLite's driver as it is (`AtOnce`)."""

    def on_execute(conn: Connection, cursor: Any, statement: str, values: Any, *rest: Any) -> None:
        listen(statement, values, lambda: _found(conn.connection.cursor(), statement, values))

    run, run_each = AtOnce.run, AtOnce.run_each

    def heard_run(self: AtOnce, words: str, values: Any = ()) -> Any:
        listen(words, values, lambda: _found(self.driver.cursor(), words, values))
        return run(self, words, values)

    def heard_run_each(self: AtOnce, words: str, values: Any) -> None:
        listen(words, values, list)
        run_each(self, words, values)

    event.listen(Engine, "before_cursor_execute", on_execute)
    with pytest.MonkeyPatch.context() as patch:
        # Nothing is replaced: each is run as it would be, after it was heard.
        patch.setattr(AtOnce, "run", heard_run)
        patch.setattr(AtOnce, "run_each", heard_run_each)
        try:
            yield
        finally:
            event.remove(Engine, "before_cursor_execute", on_execute)


@contextlib.contextmanager
def once_executed(words: str, times: int) -> Iterator[asyncio.Event]:
    """Set when a statement with those words was executed so many times: what it finds is decided by then."""
    loop, happened, left = asyncio.get_running_loop(), asyncio.Event(), itertools.count(times - 1, -1)

    def note(statement: str) -> None:
        if words in statement and next(left) == 0:
            loop.call_soon_threadsafe(happened.set)

    def after_execute(conn: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        note(statement)

    run = AtOnce.run

    def noted_run(self: AtOnce, statement: str, values: Any = ()) -> Any:
        cursor = run(self, statement, values)
        note(statement)
        return cursor

    event.listen(Engine, "after_cursor_execute", after_execute)
    with pytest.MonkeyPatch.context() as patch:
        # Nothing is replaced, as above.
        patch.setattr(AtOnce, "run", noted_run)
        try:
            yield happened
        finally:
            event.remove(Engine, "after_cursor_execute", after_execute)


def _found(cursor: Any, statement: str, values: Any) -> list[Any]:
    if not statement.lstrip().startswith(("SELECT", "WITH")):
        return []
    cursor.execute(statement, values)
    rows = list(cursor.fetchall())
    cursor.close()
    return rows


@contextlib.contextmanager
def recorded() -> Iterator[set[str]]:
    """Every statement, each in one line."""
    statements: set[str] = set()
    with heard(lambda statement, values, find: statements.add(in_a_line(statement))):
        yield statements


def in_a_line(statement: str) -> str:
    """As it can be compared."""
    return " ".join(statement.split())


def touched(statement: str) -> set[str]:
    """The tables with rows of Accounts that it reads or writes."""
    return set(_TOUCHED.findall(statement)) & set(SAYS_WHOSE)


def is_scoped(statement: str) -> bool:
    """Whether it names whose rows it is about: with a value in a condition, or among what it stores.

    What one table's column only has in common with another's says nothing.
    """
    columns = "|".join(sorted({each for table in touched(statement) for each in SAYS_WHOSE[table]}))
    if re.match(r"INSERT INTO \w+ VALUES", statement):
        return True
    if statement.startswith("INSERT"):
        return re.search(rf"\b({columns})\b", re.split(r"VALUES|SELECT", statement)[0]) is not None
    conditions = re.split(r" (?:WHERE|ON) ", statement, maxsplit=1)[-1] if " SET " in statement else statement
    compared = rf'\b({columns})"?\)? *(?:= *(?!"?[a-z_]+"?\.)|IN )'
    return re.search(compared, conditions) is not None
