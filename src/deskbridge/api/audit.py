"""The audit log in the browser: read and proved by admins, written by nobody."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from deskbridge.api.desk import Admin, TheDesk
from deskbridge.api.models import AuditPage, AuditProof
from deskbridge.audit import service as audit
from deskbridge.audit import store

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
