"""What a database says when it fails, and what that means."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from deskbridge.errors import DatabaseUnavailable

_AWAY_STATES: Final = frozenset({"08", "53", "57"})
"""Classes of PostgreSQL's SQLSTATE: the connection is lost, something is used up, somebody ends or starts it."""

_AWAY_KINDS: Final = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN}
)
"""What SQLite says when somebody else holds the file, or the disk does not do its part."""


@contextlib.asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection; raises DatabaseUnavailable when none can be had."""
    try:
        connection = await engine.connect()
    except (OSError, PoolTimeout) as error:
        raise DatabaseUnavailable from error
    try:
        yield connection
    finally:
        await asyncio.shield(connection.close())


@contextlib.contextmanager
def saying_that_it_is_away() -> Iterator[None]:
    """Raises DatabaseUnavailable for every error that means that; all others pass."""
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated or _is_away(error.orig):
            raise DatabaseUnavailable from error
        raise
    except (sqlite3.Error, asyncpg.PostgresError) as error:
        if _is_away(error):
            raise DatabaseUnavailable from error
        raise


def _is_away(error: BaseException | None) -> bool:
    state = str(getattr(error, "sqlstate", None) or "")
    # The low byte is the kind; the rest says which of its variants.
    kind = int(getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    return state[:2] in _AWAY_STATES or kind in _AWAY_KINDS


def is_unfit(error: DBAPIError) -> bool:
    """Whether what was given cannot be stored: PostgreSQL takes no NUL (SQLSTATE class 22)."""
    return str(getattr(error.orig, "sqlstate", None) or "").startswith("22")
