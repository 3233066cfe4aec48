"""The audit log in the browser: read, proved and exported by admins, written by nobody."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from deskbridge.api import exporting
from deskbridge.api.desk import Admin, Origin, TheDesk
from deskbridge.api.models import AuditPage, AuditProof
from deskbridge.audit import service as audit
from deskbridge.audit import store
from deskbridge.audit.model import Action, actor

router = APIRouter(prefix="/admin", tags=["audit"])


@router.get("/audit")
async def list_audit(
    desk: TheDesk,
    admin: Admin,
    before: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AuditPage:
    """A page of the audit log, newest first; `next` is the number to ask before for the following page."""
    async with desk.db.read() as connection:
        entries = await store.newest(connection, admin.account_id, before, limit)
    more = len(entries) == limit and entries[-1].number > 1
    return AuditPage(entries=entries, next=entries[-1].number if more else None)


@router.get("/audit/proof")
async def prove_audit(desk: TheDesk, admin: Admin) -> AuditProof:
    """Whether the chain of hashes holds from the first entry to the last."""
    number, last, wrong = await audit.verify(desk.db, admin.account_id)
    return AuditProof(entries=number, last_hash=last, wrong_at=wrong)


@router.get("/audit.csv", response_class=Response)
async def export_audit(desk: TheDesk, admin: Admin, origin: Origin) -> Response:
    """The whole log as a table, in order."""
    async with desk.db.transaction() as tx:
        what = (actor(admin, origin), Action.EXPORTED)
        await audit.record(tx, admin.account_id, what, desk.clock(), list="audit")
    rows = [exporting.audit_row(each) async for page in audit.read_all(desk.db, admin.account_id) for each in page]
    return exporting.csv_answer("audit", exporting.AUDIT, rows)
