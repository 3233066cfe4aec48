"""Every list that admins see, as CSV for spreadsheets: written as it is read, and in the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from fastapi import APIRouter
from starlette.responses import Response

from deskbridge.accounts.model import User
from deskbridge.api import exporting, list_rows
from deskbridge.api.desk import Desk, MyAccount, Origin, ProvedAdmin, TheDesk
from deskbridge.api.user_list import count
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, actor
from deskbridge.health.picture import draw

router = APIRouter(prefix="/admin", tags=["lists"])


@router.get("/users.csv", response_class=Response)
async def export_users(desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> Response:
    """Every User of the Account and their Teams connections."""
    await _note(desk, (admin, origin), "users")
    return exporting.csv_answer("users", exporting.USERS, list_rows.users(desk, admin.account_id))


@router.get("/connections.csv", response_class=Response)
async def export_connections(desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> Response:
    """Who is connected to which Microsoft user since when, and why who is not."""
    await _note(desk, (admin, origin), "connections")
    rows = list_rows.connections(desk, admin.account_id)
    return exporting.csv_answer("connections", exporting.CONNECTIONS, rows)


@router.get("/licenses.csv", response_class=Response)
async def export_licenses(desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> Response:
    """How many Users hold each license."""
    counted = await count(desk.db, admin.account_id)
    await _note(desk, (admin, origin), "licenses")
    return exporting.csv_answer("licenses", exporting.LICENSES, _as_they_are(counted.model_dump().items()))


@router.get("/contacts.csv", response_class=Response)
async def export_contacts(desk: TheDesk, admin: ProvedAdmin, account: MyAccount, origin: Origin) -> Response:
    """Everybody in Contacts in their order, with a row for each account of theirs."""
    await _note(desk, (admin, origin), "contacts")
    return exporting.csv_answer("contacts", exporting.CONTACTS, list_rows.contacts(desk, account))


@router.get("/contact-policy.csv", response_class=Response)
async def export_contact_policy(desk: TheDesk, admin: ProvedAdmin, account: MyAccount, origin: Origin) -> Response:
    """Whom agents may contact in Teams: each domain, and whether guests."""
    await _note(desk, (admin, origin), "contact policy")
    rows = _as_they_are(exporting.policy_rows(account.contact_policy))
    return exporting.csv_answer("contact-policy", exporting.POLICY, rows)


@router.get("/matches.csv", response_class=Response)
async def export_matches(desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> Response:
    """Who may be the same person, to be decided, with a row for each account."""
    await _note(desk, (admin, origin), "matches")
    return exporting.csv_answer("matches", exporting.MATCHES, list_rows.matches(desk, admin.account_id))


@router.get("/decisions.csv", response_class=Response)
async def export_decisions(desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> Response:
    """What was decided about who is the same person, by whom."""
    await _note(desk, (admin, origin), "decisions")
    return exporting.csv_answer("decisions", exporting.DECISIONS, list_rows.decisions(desk, admin.account_id))


@router.get("/imports.csv", response_class=Response)
async def export_imports(desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> Response:
    """Every import with its counts, newest first."""
    await _note(desk, (admin, origin), "imports")
    return exporting.csv_answer("imports", exporting.IMPORTS, list_rows.imports(desk, admin.account_id))


@router.get("/health.csv", response_class=Response)
async def export_health(desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> Response:
    """What the Health page says at this moment."""
    health = await draw(desk.db, desk.clock, desk.connector, admin.account_id)
    await _note(desk, (admin, origin), "health")
    return exporting.csv_answer("health", exporting.HEALTH, list_rows.health(desk, admin.account_id, health))


@router.get("/audit.csv", response_class=Response)
async def export_audit(desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> Response:
    """The whole audit log, in order."""
    await _note(desk, (admin, origin), "audit")
    return exporting.csv_answer("audit", exporting.AUDIT, list_rows.audit_log(desk, admin.account_id))


async def _as_they_are(rows: Iterable[tuple[object, ...]]) -> AsyncIterator[tuple[object, ...]]:
    for row in rows:
        yield row


async def _note(desk: Desk, who: tuple[User, str], name: str) -> None:
    admin, origin = who
    async with desk.acting(admin, recorded=True) as tx:
        what = (actor(admin, origin), Action.EXPORTED)
        await audit.record(tx, admin.account_id, what, desk.clock(), list=name)
