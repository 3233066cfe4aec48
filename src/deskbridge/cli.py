"""The `deskbridge` command: serve, migrate, account, user, import, openapi, demo, and what is in operating/."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import socket
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from deskbridge import logs, migrate, tracing
from deskbridge.accounts import setup_codes
from deskbridge.accounts.setup_codes import SetupCode
from deskbridge.admin import csv_file
from deskbridge.admin.import_progress import ImportProgress
from deskbridge.api.desk import Desk
from deskbridge.app import create_app, open_desk, tidied
from deskbridge.directory import report_store
from deskbridge.directory.imports import ImportState, ImportView
from deskbridge.errors import BadFile, DeskbridgeError, WrongSetting
from deskbridge.operating import (
    account_switches,
    audit_log,
    commands,
    health,
    imports,
    matches,
    organisations,
    people,
    sso,
)
from deskbridge.operating.export import export
from deskbridge.operating.organisations import set_up_hint
from deskbridge.operating.people import account_named, choose_groups
from deskbridge.proxy import create_session, proxy_of
from deskbridge.settings import ProcessRole, Settings
from deskbridge.storage.opening import check_folder

app = typer.Typer(
    help="Deskbridge: a web workspace in which contact-centre agents chat with people in Microsoft Teams. "
    "Settings come from environment variables with prefix DESKBRIDGE_.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
user_app = typer.Typer(help="People who sign in.", no_args_is_help=True)
app.add_typer(organisations.account_app, name="account")
app.add_typer(user_app, name="user")
app.add_typer(audit_log.audit_app, name="audit")
app.add_typer(sso.sso_app, name="single-sign-on")
app.add_typer(imports.app)
app.add_typer(health.app)
app.add_typer(matches.match_app, name="match")
app.add_typer(matches.person_app, name="person")
people.add_to(user_app)
account_switches.add_to(organisations.account_app)
app.add_typer(commands.app)
app.add_typer(organisations.app)
app.add_typer(commands.keys_app, name="keys")
app.command()(export)
app.command()(people.licenses)


def _with_desk(work: Callable[[Desk], Coroutine[Any, Any, None]]) -> None:
    settings = Settings.load()
    logs.configure("WARNING", settings.log_format)

    async def run() -> None:
        async with open_desk(settings) as desk:
            _avoid_pauses()
            await work(desk)

    asyncio.run(run())


def _avoid_pauses() -> None:
    """What is loaded stays: looking through all of it again for garbage stopped everything for half a second.

    Threads change places each millisecond, not each five: a request that goes to the database and back waits for
    each of them while an import works.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    sys.setswitchinterval(0.001)


@app.command()
def serve(role: Annotated[ProcessRole, typer.Option(help="What this process does.")] = ProcessRole.ALL) -> None:
    """Serve the workspace and its API, and do the background work."""
    import uvicorn  # Only here: other commands start faster without.

    from deskbridge.api.serving import SPEAKING

    settings = Settings.load()
    logs.configure(settings.log_level, settings.log_format)
    tracing.begin_exporting(settings.traces_url, create_session(proxy_of(settings)))
    # Opened and closed once before: what is wrong is then a sentence, not a traceback out of the server's start.
    code = asyncio.run(_first_look(settings))
    listening = _listen(settings.host, settings.port)
    typer.echo(f"Deskbridge serves {settings.public_url} on {settings.host}:{listening.getsockname()[1]}", err=True)
    if code:
        typer.echo(set_up_hint(settings, code), err=True)
    config = uvicorn.Config(
        create_app(settings, role),
        **SPEAKING,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
    )
    server = uvicorn.Server(config)
    _avoid_pauses()
    server.run(sockets=[listening])
    if not server.started:
        raise typer.Exit(1)


async def _first_look(settings: Settings) -> SetupCode | None:
    async with open_desk(settings) as desk:
        return await setup_codes.make_code(desk.db, desk.clock())


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = "is in use by another program" if error.errno == errno.EADDRINUSE else f"cannot be used ({error})"
        raise WrongSetting(
            f"The port {port} on {host} {reason}. Stop that program or choose another, "
            "for example DESKBRIDGE_PORT=8001 (and DESKBRIDGE_PUBLIC_URL to match)."
        ) from error


@app.command(name="migrate")
def run_migrations() -> None:
    """Bring the database to this version; safe to repeat."""
    settings = Settings.load()
    if settings.database_url is None:
        check_folder(settings.data_dir)
    migrate.upgrade(settings.resolved_database_url)
    typer.echo("The database is at this version.")


_ACCOUNT = typer.Option("--account", help="Name or id of the account; not needed where there is only one.")


@app.command(name="import")
def import_people(
    account: Annotated[str | None, _ACCOUNT] = None,
    full: Annotated[bool, typer.Option("--full", help="Read everybody, not only what changed.")] = False,
    group: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this group's members, by its object id, from now on; again for more, 'all' for everybody."
        ),
    ] = None,
) -> None:
    """Import the organisation's Teams users from Microsoft: all the first time, then what changed."""

    async def work(desk: Desk) -> None:
        found = await account_named(desk, account)
        if group:
            await choose_groups(desk, found.id, group)
        async with tidied(desk, found.id):
            with ImportProgress() as progress:
                done = await desk.connector.importer.run_once(found.id, full=full, on_progress=progress.show)
        _report(done)

    _with_desk(work)


@app.command(name="import-csv")
def import_csv(
    file: Annotated[Path, typer.Argument(help="A file of users; see deskbridge csv-template.")],
    account: Annotated[str | None, _ACCOUNT] = None,
) -> None:
    """Import agents and Work users from a file; every row that is left out is named."""
    try:
        with file.open("rb") as opened:
            # One byte too many is enough to refuse it, whatever its size.
            content = opened.read(csv_file.MOST_BYTES + 1)
    except OSError as error:
        raise BadFile(f"The file {file} cannot be read ({error.strerror}).") from error

    async def work(desk: Desk) -> None:
        found = await account_named(desk, account)
        async with tidied(desk, found.id):
            with ImportProgress() as progress:
                done = await desk.csv_importer.run_once(found.id, content, on_progress=progress.show)
        async with desk.db.read() as connection:
            entries, more = await report_store.list_entries(connection, done.id, 0, 50)
        for each in entries:
            typer.echo(f"Line {each.line}: {each.name or each.address or '-'}: {each.words}")
        typer.echo("The whole report can be downloaded in the workspace." if more else "", nl=bool(more))
        _report(done)

    _with_desk(work)


def _report(done: ImportView) -> None:
    skipped = ", ".join(f"{each.count} {each.reason}" for each in done.skipped) or "none"
    typer.echo(
        f"Read {done.read}: added {done.added}, changed {done.changed}, merged {done.merged}, removed {done.removed}, "
        f"for an admin to decide {done.ambiguous}; skipped: {skipped}."
    )
    if done.state is not ImportState.DONE:
        raise DeskbridgeError(done.error or "The import did not finish; run it again, it goes on where it was.")


@app.command()
def openapi(
    folder: Annotated[Path, typer.Argument(help="Where to write openapi.json and protocol.schema.json.")],
) -> None:
    """Write the API's and the WebSocket protocol's schemas, from which web/ is generated."""
    from deskbridge.api.schemas import schemas  # Only here.

    for name, schema in schemas().items():
        text = json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False)
        (folder / name).write_text(text + "\n", encoding="utf-8")


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the workspace listens.")] = 8000,
    m365_port: Annotated[int, typer.Option(help="Where the simulated Microsoft 365 listens.")] = 8365,
    data_dir: Annotated[Path, typer.Option(help="Where both keep their data.")] = Path(".demo"),
) -> None:
    """Start m365sim and the product with a demo organisation, until Ctrl-C."""
    from deskbridge.demo.launcher import run_demo  # Only here.

    raise typer.Exit(run_demo(port, m365_port, data_dir))


def main() -> None:
    """Entry point: every trouble is a sentence on the console and an exit status, never a traceback."""
    try:
        app()
    except DeskbridgeError as error:
        typer.echo(f"deskbridge: {error.message}", err=True)
        raise SystemExit(2 if isinstance(error, WrongSetting) else 1) from None
    except BaseExceptionGroup as group:
        wrong, others = group.split(DeskbridgeError)
        if wrong is None or others is not None:
            raise
        typer.echo(f"deskbridge: {wrong.exceptions[0]}", err=True)
        raise SystemExit(2) from None
