"""`deskbridge backup` and `deskbridge restore`: everything stored, in one file that does not care which database.

A backup is a gzipped text: a first line that says what it is, then one line for each row, table by table in the order
in which they refer to each other, all from one moment of the database while the product runs. So what was backed up
from SQLite can be restored into PostgreSQL and the other way round. The encryption key is not in it.

Restoring fills an empty database of the same schema, and makes two things right that a copy of files leaves wrong: the
epoch changes, so that browsers which are ahead of the backup fetch everything anew, and every chat is asked to be read
again, so that what was said in Teams since comes back.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final, TextIO

from sqlalchemy import Column, Integer, Table, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge import migrate
from deskbridge.accounts.session_store import sessions
from deskbridge.clock import Clock
from deskbridge.conversations import search_tables
from deskbridge.errors import WrongSetting
from deskbridge.storage import feed
from deskbridge.storage.database import Database, Transaction
from deskbridge.tables import metadata
from deskbridge.teams.store import gaps, subscriptions
from deskbridge.teams.store.delays import delays
from deskbridge.teams.store.leases import leases

FORMAT: Final = "deskbridge backup 1"
BATCH: Final = 500
LEFT_OUT: Final = frozenset(
    {"setup_codes", feed.instance.name, feed.log.name, feed.heads.name, leases.name, sessions.name}
    | {search_tables.search.name, search_tables.due.name, delays.name}
)
"""What only lives: events belong to the old epoch, leases and measurements to processes that are gone, and whoever has
signed out since must not be signed in again. The index of messages is made anew: each that comes back is due for it."""


async def back_up(db: Database, path: Path, clock: Clock) -> int:
    """Write the file, whole or not at all; how many rows are in it."""
    count = 0
    with _whole_file(path) as file:
        head = {"format": FORMAT, "schema": migrate.revision(), "at": clock().isoformat()}
        file.write(json.dumps(head) + "\n")
        async with db.read() as connection:
            async for line in _rows(connection):
                file.write(line)
                count += 1
        file.write(json.dumps({"rows": count}) + "\n")
    return count


@contextmanager
def _whole_file(path: Path) -> Iterator[TextIO]:
    """Has its name only once everything in it is on disk."""
    if path.exists():
        raise WrongSetting(f"{path} exists already. Choose another name, or remove it.")
    draft = path.with_name(f".{path.name}.draft")
    try:
        # Everything that anybody wrote is in it: for its owner's eyes only.
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as raw:
            with gzip.open(raw, "wt", encoding="utf-8", compresslevel=6) as file:
                yield file
            raw.flush()
            os.fsync(raw.fileno())
        draft.rename(path)
    except OSError as error:
        raise WrongSetting(f"{path} cannot be written ({error.strerror}).") from error
    finally:
        draft.unlink(missing_ok=True)


async def restore(db: Database, path: Path, clock: Clock) -> int:
    """Fill an empty database, in one transaction; how many rows came back."""
    async with db.transaction() as tx:
        await _check_empty(tx.connection)
        count = 0
        for table, rows in _batches(path):
            await tx.connection.execute(table.insert(), rows)
            count += len(rows)
        await _begin_anew(tx, clock())
    return count


async def _rows(connection: AsyncConnection) -> AsyncIterator[str]:
    for table in _kept():
        async for row in await connection.stream(select(table)):
            yield json.dumps([table.name, [_to_json(value) for value in row]], ensure_ascii=False) + "\n"


def _kept() -> list[Table]:
    return [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]


def _to_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {"object": value}
    return {"moment": value.isoformat()} if isinstance(value, datetime) else value


def _from_json(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    kind, inner = next(iter(value.items()))
    match kind:
        case "bytes":
            return base64.b64decode(inner)
        case "moment":
            return datetime.fromisoformat(inner)
        case "object":
            return inner
    raise KeyError(kind)


def _batches(path: Path) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """The rows of a backup, many of one table at a time; raises WrongSetting where it is not a whole backup."""
    tables = {table.name: table for table in _kept()}
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            _check_head(json.loads(file.readline()))
            count = 0
            for name, lines in groupby(
                map(json.loads, file), key=lambda line: line[0] if isinstance(line, list) else ""
            ):
                if not name:
                    if next(lines) != {"rows": count}:
                        raise WrongSetting(_DAMAGED.format(path))
                    return
                columns = [column.name for column in tables[name].columns]
                while some := [
                    dict(zip(columns, map(_from_json, row), strict=True)) for _, row in islice(lines, BATCH)
                ]:
                    count += len(some)
                    yield tables[name], some
    except (OSError, EOFError, ValueError, KeyError, zlib.error) as error:
        raise WrongSetting(_DAMAGED.format(path)) from error
    raise WrongSetting(_DAMAGED.format(path))


_DAMAGED: Final = "{} is not a whole backup. Nothing was restored. Take another one."


def _check_head(head: Any) -> None:
    if head["format"] != FORMAT:
        raise ValueError(head)
    if head["schema"] != migrate.revision():
        raise WrongSetting(
            f"The backup has version {head['schema']} of the database, this is {migrate.revision()}. "
            "Restore it with the release that made it, then upgrade."
        )


async def _check_empty(connection: AsyncConnection) -> None:
    for table in _kept():
        if await connection.scalar(select(func.count()).select_from(table)):
            raise WrongSetting("The database is not empty. Restore into a new one, and point the settings at it.")


async def _begin_anew(tx: Transaction, now: datetime) -> None:
    await tx.connection.execute(delete(feed.instance))
    await gaps.ask_for_sync(tx.connection, has_gap=True)
    # Some may have been replaced since: renewing finds out.
    await tx.connection.execute(update(subscriptions.subscriptions).values(renew_at=now))
    if tx.connection.dialect.name == "postgresql":
        for table in _kept():
            for column in table.primary_key.columns:
                if isinstance(column.type, Integer) and column.autoincrement is True:
                    await _move_sequence(tx.connection, table, column)


async def _move_sequence(connection: AsyncConnection, table: Table, column: Column[Any]) -> None:
    """Rows came with their numbers; the next number is the one after them."""
    sequence = func.pg_get_serial_sequence(table.name, column.name)
    await connection.execute(select(func.setval(sequence, func.coalesce(func.max(column), 0) + 1, False)))
