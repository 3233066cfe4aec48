"""The operator's commands, as the command line has them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from typing import Annotated, Any

import typer

from deskbridge import logs
from deskbridge.api.desk import Desk
from deskbridge.app import open_desk
from deskbridge.operating import keys
from deskbridge.operating.doctor import examine
from deskbridge.operating.findings import Severity
from deskbridge.settings import Settings
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
