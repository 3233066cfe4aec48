"""What the product stands on: its address, the key file, the database, NATS."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from deskbridge import migrate
from deskbridge.api import scanning
from deskbridge.clock import Clock
from deskbridge.errors import DatabaseUnavailable, WrongSetting
from deskbridge.events import LocalBus, open_bus
from deskbridge.health.findings import Finding, ok, problem, unknown, warning
from deskbridge.settings import Settings
from deskbridge.storage import feed
from deskbridge.storage.opening import open_database
from deskbridge.teams.crypto import key_file

LITTLE_SPACE: Final = 1024**3


def check_key_file(settings: Settings) -> Finding:
    """The keys that encrypt secrets at rest."""
    file = key_file(settings.secret_key_file, settings.data_dir)
    if settings.secret_key_file is None and not file.path.exists():
        return ok("secret key", f"{file.path} is made at the first start.")
    try:
        how_many = len(file.read())
    except WrongSetting as error:
        return problem("secret key", error.message, "Restore the file from where you keep it, apart from the database.")
    if file.path.stat().st_mode & 0o077:
        return warning(
            "secret key", f"{file.path} can be read by others on this machine.", f"Run: chmod 600 {file.path}"
        )
    return ok("secret key", f"{file.path}, {how_many} {'key' if how_many == 1 else 'keys'}.")


async def check_database(settings: Settings, clock: Clock) -> list[Finding]:
    """Reachable, at this version, writable, with room."""
    url = settings.resolved_database_url
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite") and not await asyncio.to_thread(file.exists):
        return [unknown("database", f"There is none yet at {file}.", "Run: deskbridge serve, which makes it.")]
    try:
        if await asyncio.to_thread(migrate.standing, url) is not migrate.Standing.CURRENT:
            return [_not_current(url)]
        await _try_to_write(url, clock)
    except (SQLAlchemyError, DatabaseUnavailable, OSError, WrongSetting) as error:
        return [
            problem(
                "database",
                f"It cannot be opened or written ({str(error).splitlines()[0]}).",
                "Start it, and check DESKBRIDGE_DATABASE_URL or DESKBRIDGE_DATA_DIR and their rights.",
            )
        ]
    found = [ok("database", "It answers, is at this version and can be written.")]
    if url.startswith("sqlite"):
        free = shutil.disk_usage(file.parent).free
        if free < LITTLE_SPACE:
            says = f"Only {free // 1024**2} MB are left on its disk."
            found.append(warning("database", says, "Make room, or move DESKBRIDGE_DATA_DIR to a larger disk."))
    return found


def _not_current(url: str) -> Finding:
    if url.startswith("sqlite"):
        return unknown("database", "It is not at this version.", "Run: deskbridge migrate; or serve does it.")
    return problem("database", "It is not at this version.", "Run: deskbridge migrate")


async def _try_to_write(url: str, clock: Clock) -> None:
    database = open_database(url, LocalBus(), clock)
    try:
        async with database.transaction() as tx:
            epoch = await feed.epoch(tx.connection)
            await tx.connection.execute(
                text("UPDATE instance SET epoch = :epoch WHERE epoch = :epoch"), {"epoch": epoch}
            )
    finally:
        await database.close()


async def check_events(settings: Settings) -> Finding:
    """What tells several processes of each other."""
    if settings.events_url is None:
        if settings.database_url and settings.database_url.startswith("postgresql"):
            return warning(
                "events",
                "There is no NATS server: several processes learn of each other's changes up to 20 seconds late.",
                "Set DESKBRIDGE_EVENTS_URL where more than one process runs.",
            )
        return ok("events", "Within one process.")
    try:
        bus = await open_bus(settings.events_url)
        await bus.close()
    except OSError as error:
        return problem(
            "events", f"The NATS server does not answer ({error}).", "Start it, or check DESKBRIDGE_EVENTS_URL."
        )
    return ok("events", "The NATS server answers.")


async def check_scanner(settings: Settings) -> list[Finding]:
    """The virus scanner, where one is set."""
    if settings.scanner_url is None:
        return []
    if await scanning.answers(settings.scanner_url):
        return [ok("scanner", "The virus scanner answers.")]
    remedy = "Start clamd, or check DESKBRIDGE_SCANNER_URL and the rights of its socket."
    return [warning("scanner", "The virus scanner does not answer: nobody can attach anything.", remedy)]


def check_plain(settings: Settings) -> list[Finding]:
    """What is said to other machines without TLS, because a setting accepts it."""
    return [
        warning(
            "encryption",
            f"DESKBRIDGE_{name.upper()} leads to another machine without TLS, which a setting accepts.",
            "Use sslmode=verify-full for PostgreSQL, tls:// for NATS and a scanner on this machine, or see "
            "docs/operating.md, Scaling.",
        )
        for name in settings.plain
    ]
