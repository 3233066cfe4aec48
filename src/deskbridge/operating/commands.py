"""The operator's commands, as the command line has them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.exc import SQLAlchemyError

from deskbridge import logs, migrate
from deskbridge.api.desk import Desk
from deskbridge.app import open_desk
from deskbridge.clock import system_clock
from deskbridge.errors import DatabaseUnavailable, WrongSetting
from deskbridge.events import LocalBus
from deskbridge.health.findings import Severity
from deskbridge.operating import keys
from deskbridge.operating.backup import back_up
from deskbridge.operating.backup import restore as bring_back
from deskbridge.operating.doctor import examine
from deskbridge.settings import Settings
from deskbridge.storage.database import Database
from deskbridge.storage.opening import check_folder, open_database
from deskbridge.teams.crypto import key_file

app = typer.Typer()
keys_app = typer.Typer(help="The keys that encrypt secrets at rest.", no_args_is_help=True)


def with_desk(work: Callable[[Settings, Desk], Coroutine[Any, Any, None]]) -> None:
    """Open everything, work, close everything."""
    settings = Settings.load()
    logs.configure("WARNING", settings.log_format)

    async def run() -> None:
        async with open_desk(settings) as desk:
            await work(settings, desk)

    asyncio.run(run())


@keys_app.command("rotate")
def rotate_keys(
    prepare: Annotated[bool, typer.Option(help="Only add the next key to the file, to copy it to machines.")] = False,
    forget_old: Annotated[bool, typer.Option(help="Only remove the old keys from the file.")] = False,
) -> None:
    """Encrypt all secrets with a new key, while the product serves; safe to repeat."""
    if prepare and forget_old:
        raise WrongSetting("Give --prepare before the rotation or --forget-old after it, not both.")
    settings = Settings.load()
    file = key_file(settings.secret_key_file, settings.data_dir)
    if prepare:
        keys.prepare(file, typer.echo)
        return

    async def work(settings: Settings, desk: Desk) -> None:
        change = keys.forget_old if forget_old else keys.rotate
        await change(desk.db, desk.connector.vault, file, typer.echo)

    with_desk(work)


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """Check the installation and its set-up at Microsoft; says what is wrong and what to do."""
    settings = Settings.load()
    logs.configure("ERROR", settings.log_format)

    async def run() -> bool:
        well = True
        async for finding in examine(settings):
            typer.echo(json.dumps(asdict(finding)) if as_json else finding.in_words())
            well = well and finding.severity is not Severity.PROBLEM
        return well

    if not asyncio.run(run()):
        raise typer.Exit(1)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to write it; must not exist yet.")]) -> None:
    """Write everything stored into one file, while the product runs; the encryption key is not in it."""
    count = _with_database(lambda db: back_up(db, file, system_clock))
    typer.echo(f"{file}: {count} rows. Keep the key file too, apart from it.")


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="What deskbridge backup wrote.")]) -> None:
    """Fill an empty database from a backup; browsers then fetch everything anew, and chats are read again."""
    settings = Settings.load()
    if settings.database_url is None:
        check_folder(settings.data_dir)
    migrate.upgrade(settings.resolved_database_url)
    count = _with_database(lambda db: bring_back(db, file, system_clock))
    typer.echo(f"Restored {count} rows. Put the key file in place, then start: deskbridge serve")


def _with_database(work: Callable[[Database], Coroutine[Any, Any, int]]) -> int:
    settings = Settings.load()
    logs.configure("WARNING", settings.log_format)

    async def run() -> int:
        db = open_database(settings.resolved_database_url, LocalBus(), system_clock)
        try:
            return await work(db)
        finally:
            await db.close()

    try:
        return asyncio.run(run())
    except (SQLAlchemyError, DatabaseUnavailable) as error:
        reason = str(error).splitlines()[0]
        raise WrongSetting(f"The database cannot be read or written ({reason}). Run: deskbridge doctor") from error
