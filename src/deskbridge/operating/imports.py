"""Imports at the console, besides running them: the last ones, their reports, when and whom."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from pydantic import ValidationError

from deskbridge.admin.csv_file import TEMPLATE_FILE
from deskbridge.admin.import_settings import choose_settings
from deskbridge.api import exporting, list_rows
from deskbridge.api.desk import Desk
from deskbridge.api.imports import REPORT, report_rows
from deskbridge.audit.model import CONSOLE
from deskbridge.directory import import_store
from deskbridge.directory.imports import ImportSettings
from deskbridge.errors import NotFound, WrongSetting
from deskbridge.operating.commands import with_desk
from deskbridge.operating.people import ACCOUNT, account_named
from deskbridge.operating.saying import AS_JSON, LINES_OF_JSON, note_reading, write_json, write_list
from deskbridge.settings import Settings

app = typer.Typer()


@app.command("csv-template")
def csv_template() -> None:
    """A file of users to fill in, for import-csv; needs no database."""
    typer.echo(TEMPLATE_FILE, nl=False)


@app.command("import-list")
def list_imports(
    account: Annotated[str | None, ACCOUNT] = None, as_json: Annotated[bool, LINES_OF_JSON] = False
) -> None:
    """All imports with their counts, the newest first, as CSV."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        await note_reading(desk, found.id, "imports")
        await write_list(exporting.IMPORTS, list_rows.imports(desk, found.id), as_json=as_json)

    with_desk(run)


@app.command("import-report")
def report(
    import_: Annotated[str, typer.Argument(metavar="IMPORT", help="Its id, as deskbridge import-list names it.")],
    account: Annotated[str | None, ACCOUNT] = None,
    as_json: Annotated[bool, LINES_OF_JSON] = False,
) -> None:
    """How many an import added and changed, and by name whom it merged, left out, removed or leaves to an admin."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        async with desk.db.read() as connection:
            row = await import_store.find_import(connection, found.id, import_)
        if row is None:
            raise NotFound(f"There is no import {import_!r}. See: deskbridge import-list")
        await note_reading(desk, found.id, "import report", started=row.started_at.isoformat(), id=row.id)
        await write_list(REPORT, report_rows(desk, row.shown(desk.clock())), as_json=as_json)

    with_desk(run)


@app.command("import-settings")
def set_settings(
    at: Annotated[str | None, typer.Option(help="Time of day of the import each night, HH:MM; or 'never'.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Whose time that is, such as Europe/Berlin.")] = None,
    domain: Annotated[
        list[str] | None, typer.Option(help="Only who has an address in this domain; again for more, 'all' for all.")
    ] = None,
    guests: Annotated[bool | None, typer.Option(help="Whether guests are imported.")] = None,
    group: Annotated[
        list[str] | None, typer.Option(help="Only this group's members, by its id; again for more, 'all' for all.")
    ] = None,
    account: Annotated[str | None, ACCOUNT] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """When Teams users are imported by themselves, and who of them; what is left out stays."""
    told: dict[str, Any] = {
        "at": None if at == "never" else at,
        "time_zone": time_zone,
        "domains": [] if domain == ["all"] else domain,
        "guests": guests,
        "groups": [] if group == ["all"] else group,
    }
    changes = {name: value for name, value in told.items() if value is not None or (name, at) == ("at", "never")}

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        async with desk.db.transaction() as tx:
            chosen = await import_store.get_settings(tx.connection, found.id)
            if changes:
                chosen = _changed(chosen, changes)
                await choose_settings(tx, found.id, (CONSOLE, desk.clock()), chosen)
        if as_json:
            write_json(chosen)
            return
        typer.echo(_in_words(chosen))

    with_desk(run)


def _changed(before: ImportSettings, changes: dict[str, Any]) -> ImportSettings:
    try:
        return ImportSettings.model_validate(before.model_dump() | changes)
    except ValidationError as error:
        wrong = error.errors()[0]
        raise WrongSetting(f"--{str(wrong['loc'][0]).replace('_', '-')}: {wrong['msg']}.") from error


def _in_words(chosen: ImportSettings) -> str:
    when = f"each night at {chosen.at} ({chosen.time_zone})" if chosen.at else "only when somebody begins it"
    who = f"people of {', '.join(chosen.domains)}" if chosen.domains else "people of all domains"
    guests = "guests too" if chosen.guests else "no guests"
    groups = f"only members of {', '.join(chosen.groups)}" if chosen.groups else "of all groups"
    return f"Imported {when}: {who}, {guests}, {groups}."
