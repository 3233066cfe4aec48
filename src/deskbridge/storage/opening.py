"""Opening a database of either kind: its engines, and how their connections begin; apart from `database.py` by size."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.url import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from deskbridge.addresses import POSTGRESQL, for_driver
from deskbridge.clock import Clock
from deskbridge.errors import WrongSetting
from deskbridge.events import Bus
from deskbridge.storage.compiled import COMPILED
from deskbridge.storage.database import Database
from deskbridge.storage.one_way import OneWayConnection
from deskbridge.storage.shared import Seat


def open_database(url: str, bus: Bus, clock: Clock) -> Database:
    """The database at that address: `sqlite:///path` or `postgresql://…`."""
    if url.startswith(POSTGRESQL):
        address, tls = for_driver(url)
        engine = _engine(address, pool_size=10, connect_args=tls)
        # As in SQLite, a reader sees one moment of the database, and changes nothing.
        read = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        quick = _engine(address, pool_size=5, connect_args={"server_settings": _QUICK, **tls})
        quick = quick.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return Database(engine, read, bus, clock, quick)
    path = Path(make_url(url).database or "")
    check_folder(path.parent)
    seat = Seat()
    shared = {"check_same_thread": False, "factory": seat, "async_creator_fn": OneWayConnection}
    write = _engine(
        f"sqlite+aiosqlite:///{path}", isolation_level="AUTOCOMMIT", poolclass=StaticPool, connect_args=shared
    )
    same = create_engine(
        "sqlite://",
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",
        poolclass=StaticPool,
        creator=lambda: seat.taken,
        pool_reset_on_return=None,
        execution_options=_SHARED,
    )
    own = {"async_creator_fn": OneWayConnection}
    read = _engine(f"sqlite+aiosqlite:///{path}", pool_size=4, max_overflow=4, connect_args=own)
    at_once = create_engine(
        f"sqlite:///{path}", hide_parameters=True, pool_size=4, max_overflow=4, execution_options=_SHARED
    )
    for each, pragmas in ((write.sync_engine, _WRITER), (read.sync_engine, _READER), (at_once, _READER)):
        _on_connect(each, pragmas)
    return Database((write, same), read, bus, clock, at_once)


def _engine(url: str, **options: Any) -> AsyncEngine:
    # What a statement was run with may be what somebody wrote: it never gets into an error or a log.
    return create_async_engine(url, hide_parameters=True, execution_options=_SHARED, **options)


_SHARED: Final = {"compiled_cache": COMPILED}

# What is read at once is written to be found by indexes. So planning is done once for each statement, compiling is not
# worth it, and an estimate that is wrong because nobody has counted a new table yet leads nowhere else.
_QUICK = {"jit": "off", "plan_cache_mode": "force_generic_plan"} | {
    f"enable_{each}": "off" for each in ("seqscan", "bitmapscan", "hashjoin", "mergejoin")
}
# The writer keeps 64 MiB of what it changes in memory, and carries the log over into the file when that has 40 MB
# instead of 4: a page that changes a hundred times meanwhile is written there once. What a statement with a trigger
# changes is noted beside, in case it fails: in memory, since a file for it takes longer than the statement.
_WRITER = (
    *("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"),
    *("cache_size=-65536", "wal_autocheckpoint=10000", "temp_store=MEMORY"),
)
_READER = ("busy_timeout=10000", "query_only=ON", "cache_size=-16000")


def _on_connect(engine: Engine, pragmas: tuple[str, ...]) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    if pragmas is _READER:

        @event.listens_for(engine, "begin")
        def begin(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN")


def check_folder(folder: Path) -> None:
    """Make the folder of a database's file; raises WrongSetting where that cannot be."""
    try:
        # What people wrote is in there: nobody else on the machine needs to read it.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / ".can-write"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise WrongSetting(
            f"The folder {folder} cannot be written ({error.strerror}). Set DESKBRIDGE_DATA_DIR to one that can, "
            "for example DESKBRIDGE_DATA_DIR=/var/lib/deskbridge"
        ) from error
