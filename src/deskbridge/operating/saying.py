"""How commands say what they found: for people, or with `--json` for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterable, Sequence
from typing import Any, Final

import typer

from deskbridge.accounts.model import AccountId, View
from deskbridge.api import exporting
from deskbridge.api.desk import Desk
from deskbridge.audit import service as audit
from deskbridge.audit.model import CONSOLE, Action

AS_JSON: Final = typer.Option("--json", help="For programs: one JSON object.")
LINES_OF_JSON: Final = typer.Option("--json", help="One JSON object a line, in place of CSV.")


async def note_reading(desk: Desk, account_id: AccountId, name: str, **detail: str) -> None:
    """Whoever reads a list of people out leaves the entry that the same list leaves in the browser."""
    async with desk.db.transaction() as tx:
        await audit.record(tx, account_id, (CONSOLE, Action.EXPORTED), desk.clock(), None, list=name, **detail)


async def write_list(heads: Sequence[str], rows: AsyncIterable[Sequence[object]], *, as_json: bool) -> None:
    """A list on standard output as its rows come: CSV as the browser's, or one JSON object a line."""
    if not as_json:
        sys.stdout.write(exporting.line(heads))
    async for row in rows:
        if as_json:
            said = {
                head: cell if isinstance(cell, int | float | None) else str(cell)
                for head, cell in zip(heads, row, strict=True)
            }
            sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
        else:
            sys.stdout.write(exporting.line(row))


def _as_it_is(cell: object) -> object:
    return cell if isinstance(cell, int | float | None) else str(cell)


def write_json(view: View, **more: Any) -> None:
    """One object, with the names that the API has, too."""
    typer.echo(json.dumps(view.model_dump(mode="json") | more, ensure_ascii=False))


def on_off(value: bool) -> str:
    """As switches are said."""
    return "on" if value else "off"
