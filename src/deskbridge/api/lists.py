"""Every list that admins see, as CSV for spreadsheets: written as it is read, and in the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from deskbridge.accounts.model import AccountId, User
from deskbridge.api import exporting
from deskbridge.api.desk import Desk, MyAccount, Origin, ProvedAdmin, TheDesk
from deskbridge.api.user_list import list_admin_users
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, actor
from deskbridge.directory import match_views
from deskbridge.directory.model import Person
from deskbridge.directory.searching import Place, Question
from deskbridge.directory.words import asked
from deskbridge.health.agents import read_all
from deskbridge.health.picture import draw
from deskbridge.teams.model import ConnectionState

router = APIRouter(prefix="/admin", tags=["lists"])

PAGE: Final = 200
_MATCHES: Final = 50

Rows = AsyncIterator[tuple[object, ...]]


@router.get("/users.csv", response_class=Response)
async def export_users(desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> Response:
    """Every User of the Account and their Teams connections."""

    async def rows() -> Rows:
        for each in await list_admin_users(desk.db, admin.account_id):
            yield exporting.user_row(each)

    await _note(desk, (admin, origin), "users")
    return exporting.csv_answer("users", exporting.USERS, rows())


@router.get("/connections.csv", response_class=Response)
async def export_connections(desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> Response:
    """Who is connected to which Microsoft user since when, and why who is not."""

    async def rows() -> Rows:
        for each in await list_admin_users(desk.db, admin.account_id):
            if each.connection.state is not ConnectionState.OFF:
                yield exporting.connection_row(each)

    await _note(desk, (admin, origin), "connections")
    return exporting.csv_answer("connections", exporting.CONNECTIONS, rows())


@router.get("/contacts.csv", response_class=Response)
async def export_contacts(desk: TheDesk, admin: ProvedAdmin, account: MyAccount, origin: Origin) -> Response:
    """Everybody in Contacts in their order, with a row for each account of theirs."""
    await _note(desk, (admin, origin), "contacts")
    rows = _contacts(desk, admin.account_id, Question(asked(""), None, with_teams=account.teams_chat_enabled))
    return exporting.csv_answer("contacts", exporting.CONTACTS, rows)


async def _contacts(desk: Desk, account_id: AccountId, question: Question) -> Rows:
    place: Place | None = None
    while True:
        page = await desk.search.list_people(account_id, question, place, PAGE)
        for each in page.listed:
            for row in exporting.contact_rows(Person.model_validate(each)):
                yield row
        place = page.end
        if place is None:
            return


@router.get("/matches.csv", response_class=Response)
async def export_matches(desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> Response:
    """Who may be the same person, to be decided, with a row for each account."""
    await _note(desk, (admin, origin), "matches")
    return exporting.csv_answer("matches", exporting.MATCHES, _matches(desk, admin.account_id))


async def _matches(desk: Desk, account_id: AccountId) -> Rows:
    after: str | None = None
    while True:
        async with desk.db.read() as connection:
            matches, after = await match_views.list_matches(connection, account_id, after, _MATCHES)
        for each in matches:
            for row in exporting.match_rows(each):
                yield row
        if after is None:
            return


@router.get("/health.csv", response_class=Response)
async def export_health(desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> Response:
    """What the Health page says at this moment."""

    async def rows() -> Rows:
        for row in exporting.health_rows(health):
            yield row
        async for each in read_all(desk.db, desk.clock, admin.account_id):
            for row in exporting.agent_rows(each):
                yield row

    health = await draw(desk.db, desk.clock, desk.connector, admin.account_id)
    await _note(desk, (admin, origin), "health")
    return exporting.csv_answer("health", exporting.HEALTH, rows())


@router.get("/audit.csv", response_class=Response)
async def export_audit(desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> Response:
    """The whole audit log, in order."""

    async def rows() -> Rows:
        async for page in audit.read_all(desk.db, admin.account_id):
            for each in page:
                yield exporting.audit_row(each)

    await _note(desk, (admin, origin), "audit")
    return exporting.csv_answer("audit", exporting.AUDIT, rows())


async def _note(desk: Desk, who: tuple[User, str], name: str) -> None:
    admin, origin = who
    async with desk.db.transaction() as tx:
        what = (actor(admin, origin), Action.EXPORTED)
        await audit.record(tx, admin.account_id, what, desk.clock(), list=name)
