"""`deskbridge audit`: the audit log proved and exported at the console."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Final

import typer

from deskbridge.api import exporting, list_rows
from deskbridge.api.desk import Desk
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action
from deskbridge.errors import DeskbridgeError
from deskbridge.operating.commands import with_desk
from deskbridge.operating.people import ACCOUNT, account_named
from deskbridge.operating.saying import LINES_OF_JSON, note_reading, write_list
from deskbridge.settings import Settings

audit_app = typer.Typer(help="Who did what to whom, when and from where.", no_args_is_help=True)

_ACTION: Final = exporting.AUDIT.index("action")


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
def export_audit(
    account: Annotated[str | None, ACCOUNT] = None, as_json: Annotated[bool, LINES_OF_JSON] = False
) -> None:
    """The whole audit log as CSV, on standard output; an entry that was tampered with is there as `unreadable`."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        await note_reading(desk, found.id, "audit")
        unreadable = 0

        async def rows() -> AsyncIterator[tuple[object, ...]]:
            nonlocal unreadable
            async for row in list_rows.audit_log(desk, found.id):
                unreadable += row[_ACTION] == Action.UNREADABLE
                yield row

        await write_list(exporting.AUDIT, rows(), as_json=as_json)
        if unreadable:
            raise DeskbridgeError(
                f"{unreadable} entries cannot be read: they were changed outside of Deskbridge. "
                "Run: deskbridge audit verify"
            )

    with_desk(run)
