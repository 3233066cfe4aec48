"""`deskbridge audit`: the audit log proved and exported at the console."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from deskbridge.api import exporting
from deskbridge.api.desk import Desk
from deskbridge.audit import service as audit
from deskbridge.audit.model import CONSOLE, Action
from deskbridge.errors import DeskbridgeError
from deskbridge.operating.commands import with_desk
from deskbridge.operating.people import ACCOUNT, account_named
from deskbridge.settings import Settings

audit_app = typer.Typer(help="Who did what to whom, when and from where.", no_args_is_help=True)

_TAMPERED = "The rest cannot be read: it was changed outside of Deskbridge. Run: deskbridge audit verify"


@audit_app.command("verify")
def verify_audit(account: Annotated[str | None, ACCOUNT] = None) -> None:
    """Prove that no entry was changed, added between or taken out; compare the last hash with one noted elsewhere."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        number, last, wrong = await audit.verify(desk.db, found.id)
        if wrong is not None:
            raise DeskbridgeError(
                f"The audit log does not hold at entry {wrong}: it was changed outside of Deskbridge."
            )
        typer.echo(f"The audit log holds: {number} entries, the last one's hash is {last}.")

    with_desk(run)


@audit_app.command("export")
def export_audit(account: Annotated[str | None, ACCOUNT] = None) -> None:
    """The whole audit log as CSV, on standard output."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        async with desk.db.transaction() as tx:
            await audit.record(tx, found.id, (CONSOLE, Action.EXPORTED), desk.clock(), list="audit")
        sys.stdout.write(exporting.line(exporting.AUDIT))
        try:
            async for page in audit.read_all(desk.db, found.id):
                sys.stdout.writelines(exporting.line(exporting.audit_row(each)) for each in page)
        except audit.UNREADABLE as error:
            raise DeskbridgeError(_TAMPERED) from error

    with_desk(run)
