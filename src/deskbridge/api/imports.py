"""Imports of people (D1): begin one, see how far it is, download its report, choose when and whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from deskbridge.admin import csv_file
from deskbridge.admin.import_settings import choose_settings
from deskbridge.api.desk import Admin, Desk, Origin, ProvedAdmin, TheDesk
from deskbridge.api.exporting import csv_answer
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, actor
from deskbridge.directory import import_store, report_store
from deskbridge.directory.imports import ImportEntry, ImportSettings, ImportView
from deskbridge.errors import NotFound
from deskbridge.teams.import_begin import begin

router = APIRouter(prefix="/admin/imports", tags=["admin"])

_PAGE: Final = 1000
REPORT: Final = ("kind", "line", "name", "address", "reason", "words")


class ReportFormat(StrEnum):
    """How a report is written."""

    CSV = "csv"
    JSON = "json"


@router.post("", status_code=202)
async def start_import(
    desk: TheDesk,
    admin: Admin,
    origin: Origin,
    full: Annotated[bool, Query(description="Read everybody, not only what changed.")] = False,
) -> ImportView:
    """Import the organisation's Teams users; goes on in the background."""
    async with desk.acting(admin, recorded=True) as tx:
        import_id = await begin(tx, admin.account_id, desk.clock(), full=full, by=actor(admin, origin))
    return await _find(desk, admin, import_id)


@router.get("")
async def list_imports(desk: TheDesk, admin: Admin) -> list[ImportView]:
    """The last imports, newest first, with their progress and reports."""
    async with desk.db.read() as connection:
        found = await import_store.latest_imports(connection, admin.account_id)
    return [each.shown(desk.clock()) for each in found]


_BODY = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.post("/csv", status_code=202, openapi_extra=_BODY)
async def import_csv(request: Request, desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> ImportView:
    """Import agents and Work users from a file, which is the body; bad rows are named in the report."""
    content = await request.body()
    async with desk.acting(admin, recorded=True) as tx:
        return await desk.csv_importer.start(tx, admin.account_id, content, actor(admin, origin))


@router.get("/csv/template", response_class=Response)
async def csv_template(admin: Admin) -> Response:
    """A file to fill in."""
    return Response(csv_file.TEMPLATE_FILE, media_type="text/csv", headers=_as_file("deskbridge-users.csv"))


@router.get("/settings")
async def get_import_settings(desk: TheDesk, admin: Admin) -> ImportSettings:
    """When Teams users are imported by themselves, and who of them."""
    async with desk.db.read() as connection:
        return await import_store.get_settings(connection, admin.account_id)


@router.put("/settings")
async def set_import_settings(body: ImportSettings, desk: TheDesk, admin: Admin, origin: Origin) -> ImportSettings:
    """From the next import on; when others are chosen than before, that one looks at everybody."""
    async with desk.acting(admin, recorded=True) as tx:
        await choose_settings(tx, admin.account_id, (actor(admin, origin), desk.clock()), body)
    return body


@router.get("/{import_id}")
async def get_import(import_id: str, desk: TheDesk, admin: Admin) -> ImportView:
    """One import, with its progress or report."""
    return await _find(desk, admin, import_id)


@router.get("/{import_id}/report", response_class=StreamingResponse)
async def download_report(
    import_id: str,
    desk: TheDesk,
    admin: ProvedAdmin,
    origin: Origin,
    format: ReportFormat = ReportFormat.CSV,  # Query parameters have the names that users of the API see.
) -> StreamingResponse:
    """How many were added and changed, and by name who was merged, left out, removed or is to be decided about.

    The names are kept for 30 days.
    """
    view = await _find(desk, admin, import_id)
    async with desk.acting(admin, recorded=True) as tx:
        what = (actor(admin, origin), Action.EXPORTED)
        which = {"list": "import report", "started": view.started_at.isoformat(), "id": view.id}
        await audit.record(tx, admin.account_id, what, desk.clock(), None, **which)
    name = f"deskbridge-import-{view.started_at:%Y-%m-%d}"
    if format is ReportFormat.CSV:
        return csv_answer(name, REPORT, report_rows(desk, view))
    return StreamingResponse(_as_json(desk, view), media_type="application/json", headers=_as_file(f"{name}.json"))


async def _find(desk: Desk, admin: Admin, import_id: str) -> ImportView:
    async with desk.db.read() as connection:
        row = await import_store.find_import(connection, admin.account_id, import_id)
    if row is None:
        raise NotFound("There is no such import in your organisation.")
    return row.shown(desk.clock())


def _as_file(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}


async def _pages(desk: Desk, import_id: str) -> AsyncIterator[list[ImportEntry]]:
    after = 0
    while True:
        async with desk.db.read() as connection:
            entries, after = await report_store.list_entries(connection, import_id, after, _PAGE)
        yield entries
        if not after:
            return


async def report_rows(desk: Desk, view: ImportView) -> AsyncIterator[tuple[object, ...]]:
    """How many were added and changed, who are not named, then everybody in the report; in the order of REPORT."""
    for kind, count in (("added", view.added), ("changed", view.changed)):
        yield (kind, None, None, None, None, f"{count} {'was' if count == 1 else 'were'} {kind}.")
    async for entries in _pages(desk, view.id):
        for each in entries:
            yield tuple(getattr(each, name) for name in REPORT)


async def _as_json(desk: Desk, view: ImportView) -> AsyncIterator[bytes]:
    yield b'{"import":' + view.model_dump_json().encode() + b',"people":['
    comma = b""
    async for entries in _pages(desk, view.id):
        for each in entries:
            yield comma + msgspec.json.encode(each.model_dump(mode="json"))
            comma = b","
    yield b"]}"
