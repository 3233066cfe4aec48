"""The rows of every list, read in pages: the same for downloads in the browser and for commands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import Account, AccountId
from deskbridge.api import exporting
from deskbridge.api.desk import Desk
from deskbridge.api.user_list import read_admin_users
from deskbridge.audit import service as audit
from deskbridge.directory import import_store, match_views
from deskbridge.directory.import_store import ImportRow
from deskbridge.directory.matching import Pair
from deskbridge.directory.model import Person
from deskbridge.directory.searching import Place, Question
from deskbridge.directory.words import asked
from deskbridge.health.agents import read_all
from deskbridge.health.views import HealthView
from deskbridge.teams.model import ConnectionState

PAGE: Final = 200
_MATCHES: Final = 50

Rows = AsyncIterator[tuple[object, ...]]


async def users(desk: Desk, account_id: AccountId) -> Rows:
    """Every User and their Teams connections, in the order of exporting.USERS."""
    async for each in read_admin_users(desk.db, account_id, PAGE):
        yield exporting.user_row(each)


async def connections(desk: Desk, account_id: AccountId) -> Rows:
    """Who is connected to which Microsoft user since when, in the order of exporting.CONNECTIONS."""
    async for each in read_admin_users(desk.db, account_id, PAGE):
        if each.connection.state is not ConnectionState.OFF:
            yield exporting.connection_row(each)


async def contacts(desk: Desk, account: Account, search: str = "") -> Rows:
    """Everybody in Contacts, or who is found there, in the order of exporting.CONTACTS."""
    question = Question(asked(search), None, with_teams=account.teams_chat_enabled)
    place: Place | None = None
    while True:
        page = await desk.search.list_people(account.id, question, place, PAGE)
        for each in page.listed:
            for row in exporting.contact_rows(Person.model_validate(each)):
                yield row
        place = page.end
        if place is None:
            return


async def matches(desk: Desk, account_id: AccountId) -> Rows:
    """Who may be the same person, in the order of exporting.MATCHES."""
    after: str | None = None
    while True:
        async with desk.db.read() as connection:
            found, after = await match_views.list_matches(connection, account_id, after, _MATCHES)
        for each in found:
            for row in exporting.match_rows(each):
                yield row
        if after is None:
            return


async def decisions(desk: Desk, account_id: AccountId) -> Rows:
    """What was decided of whom, in the order of exporting.DECISIONS."""
    after: Pair | None = None
    while True:
        async with desk.db.read() as connection:
            found, after = await match_views.following_decisions(connection, account_id, after, PAGE)
            by = {each.decided_by for each in found if each.decided_by is not None}
            names = await accounts_store.find_users(connection, by)
        for each in found:
            decider = names.get(each.decided_by) if each.decided_by else None
            yield exporting.decision_row(each, decider)
        if after is None:
            return


async def imports(desk: Desk, account_id: AccountId) -> Rows:
    """Every import with its counts, newest first, in the order of exporting.IMPORTS."""
    before: ImportRow | None = None
    while True:
        async with desk.db.read() as connection:
            found = await import_store.latest_imports(connection, account_id, None, PAGE, before)
        for each in found:
            yield exporting.import_row(each.shown(desk.clock()))
        if len(found) < PAGE:
            return
        before = found[-1]


async def health(desk: Desk, account_id: AccountId, drawn: HealthView) -> Rows:
    """What the Health page says, in the order of exporting.HEALTH."""
    for row in exporting.health_rows(drawn):
        yield row
    async for each in read_all(desk.db, desk.clock, account_id):
        for row in exporting.agent_rows(each):
            yield row


async def audit_log(desk: Desk, account_id: AccountId) -> Rows:
    """The whole audit log in order, as exporting.AUDIT."""
    async for page in audit.read_all(desk.db, account_id):
        for each in page:
            yield exporting.audit_row(each)
