"""Importing the organisation's Teams users (D1, D2): `/users/delta` with the app's own permission (facts.md 3).

The first import reads everyone; later ones continue from its delta link. Progress is stored with each piece of a page,
in the transaction that put these people into the directory: killed anywhere, it goes on there, and nobody is counted
or added twice. When Microsoft has forgotten the delta link (7 days), the next import reads everyone again, and whoever
was not seen has left.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId
from deskbridge.clock import Clock
from deskbridge.errors import MicrosoftUnavailable, TeamsChatOff
from deskbridge.storage.database import Database
from deskbridge.storage.schema import new_id
from deskbridge.teams.graph import GraphClient
from deskbridge.teams.graph_errors import GraphTrouble, NoAnswer, NotReached, Refused, Throttled
from deskbridge.teams.ids import TenantId
from deskbridge.teams.lanes import NotYet, backoff
from deskbridge.teams.model import ImportState, ImportView
from deskbridge.teams.msal_app import MicrosoftApp, SignInRefused
from deskbridge.teams.people import put_user, remove_user
from deskbridge.teams.reasons import sentence
from deskbridge.teams.resources import DirectoryUser, Unreadable, UserPage, parse
from deskbridge.teams.store import people
from deskbridge.teams.store.leases import LEASE, Leases
from deskbridge.teams.store.people import EMPTY_REPORT, ImportRow

log = structlog.get_logger(__name__)

PIECE: Final = 20
"""People in one transaction: chats go on meanwhile."""
FIRST_PAGE: Final = (
    "/users/delta?$select=id,displayName,userPrincipalName,mail,proxyAddresses,jobTitle,department,accountEnabled,"
    "userType,assignedPlans"
)


class Importer:
    """Runs imports, one lane for each Account."""

    def __init__(self, db: Database, clock: Clock, graph: GraphClient, app: MicrosoftApp) -> None:
        self._db = db
        self._clock = clock
        self._graph = graph
        self._app = app
        self._leases = Leases(db, clock, always=True)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def start(self, account_id: AccountId) -> str:
        """Begin one, or find the one that is running; the answer is its id."""
        async with self._db.transaction() as tx:
            account = await accounts_store.find_account(tx.connection, account_id)
            if account is None or not account.teams_chat_enabled:
                raise TeamsChatOff
            latest = await people.latest_imports(tx.connection, account_id)
            running = next((each for each in latest if each.state is ImportState.RUNNING), None)
            if running is not None:
                return running.id
            last = next((each for each in latest if each.state is ImportState.DONE), None)
            row = ImportRow(
                id=new_id(),
                account_id=account_id,
                state=ImportState.RUNNING,
                started_at=self._clock(),
                finished_at=None,
                is_full=last is None or last.delta_link is None,
                next_link=last.delta_link if last else None,
                done_of_page=0,
                delta_link=None,
                report=EMPTY_REPORT,
                error=None,
            )
            await people.insert_import(tx.connection, row)
            tx.announce(f"teams_import.{account_id}")
        return row.id

    async def latest(self, account_id: AccountId) -> list[ImportView]:
        """The last imports, newest first."""
        async with self._db.read() as connection:
            return [each.shown() for each in await people.latest_imports(connection, account_id)]

    async def run_once(self, account_id: AccountId) -> ImportView:
        """Begin one and see it through, whoever does the work; for the command line."""
        import_id = await self.start(account_id)
        while True:
            try:
                await self.work(account_id)
            except NotYet as wait:
                log.info("import_waits", until=wait.until.isoformat())
            found = next(each for each in await self.latest(account_id) if each.id == import_id)
            if found.state is not ImportState.RUNNING:
                return found
            await asyncio.sleep(1)

    async def find(self) -> list[str]:
        """Accounts with an import that has not ended."""
        async with self._db.read() as connection:
            return list(await people.list_running(connection))

    async def work(self, key: str) -> datetime | None:
        """Go on with the Account's import until its end."""
        async with self._turns[key]:
            return await self._work(key)

    async def _work(self, key: str) -> datetime | None:
        lease = f"import:{key}"
        while await self._leases.claim(lease):
            async with self._db.read() as connection:
                latest = await people.latest_imports(connection, AccountId(key))
                tenant_id = await accounts_store.tenant_of(connection, AccountId(key))
            row = next((each for each in latest if each.state is ImportState.RUNNING), None)
            if row is None:
                await self._leases.release(lease)
                return None
            await self._next_page(row, TenantId(tenant_id or ""))
        return self._clock() + LEASE

    async def _next_page(self, row: ImportRow, tenant_id: TenantId) -> None:
        try:
            page = await self._fetch(row, tenant_id)
        except Throttled as error:
            raise NotYet(self._clock() + (error.retry_after or backoff(4))) from error
        except (NoAnswer, NotReached, MicrosoftUnavailable) as error:
            raise NotYet(self._clock() + backoff(4)) from error
        except Refused as error:
            if row.next_link is not None and error.status in {400, 404, 410}:
                log.info("delta_forgotten", account_id=row.account_id, error=str(error)[:200])
                await self._begin_anew(row)
                return
            await self._fail(row, error)
            return
        except (SignInRefused, Unreadable) as error:
            await self._fail(row, error)
            return
        await self._put_page(row, page)

    async def _fetch(self, row: ImportRow, tenant_id: TenantId) -> UserPage:
        bearer = await self._app.app_token(tenant_id)
        return parse(UserPage, (await self._graph.get(bearer, row.next_link or FIRST_PAGE)).body)

    async def _put_page(self, row: ImportRow, page: UserPage) -> None:
        report = row.report
        for begin in range(row.done_of_page, len(page.value), PIECE):
            report = await self._put_piece(row, page.value[begin : begin + PIECE], begin, report)
        if page.next_link:
            async with self._db.transaction() as tx:
                await people.update_import(tx.connection, row.id, next_link=page.next_link, done_of_page=0)
            return
        if row.is_full:
            report = await self._remove_unseen(row, report)
        async with self._db.transaction() as tx:
            await people.update_import(
                tx.connection,
                row.id,
                state=ImportState.DONE,
                finished_at=self._clock(),
                delta_link=page.delta_link,
                report=report,
            )
        log.info("import_done", account_id=row.account_id, **report)

    async def _put_piece(
        self, row: ImportRow, users: Sequence[DirectoryUser], begin: int, report: dict[str, object]
    ) -> dict[str, object]:
        now = self._clock()
        async with self._db.transaction() as tx:
            await self._leases.renew(tx.connection, f"import:{row.account_id}")
            outcomes = [await put_user(tx, row.account_id, row.id, each, now) for each in users]
            after = _counted(report, [(each, 1) for each in outcomes], read=len(users))
            await people.update_import(tx.connection, row.id, report=after, done_of_page=begin + len(users))
        return after

    async def _remove_unseen(self, row: ImportRow, report: dict[str, object]) -> dict[str, object]:
        while True:
            async with self._db.transaction() as tx:
                unseen = await people.list_not_seen_by(tx.connection, row.account_id, row.id, PIECE)
                if not unseen:
                    return report
                for each in unseen:
                    await remove_user(tx, row.account_id, each.identity_id, self._clock())
                report = _counted(report, [("removed", len(unseen))], read=0)
                await people.update_import(tx.connection, row.id, report=report)

    async def _begin_anew(self, row: ImportRow) -> None:
        async with self._db.transaction() as tx:
            await people.update_import(
                tx.connection, row.id, is_full=True, next_link=None, done_of_page=0, report=EMPTY_REPORT
            )

    async def _fail(self, row: ImportRow, error: SignInRefused | GraphTrouble | Unreadable) -> None:
        log.warning("import_failed", account_id=row.account_id, error=str(error)[:200])
        if isinstance(error, SignInRefused):
            words = sentence(error.reason)
        elif isinstance(error, Refused) and error.status == 403:
            words = "Microsoft does not let Deskbridge read the directory: give it User.Read.All and consent to it."
        else:
            words = f"Microsoft refused the import ({str(error)[:200]})."
        async with self._db.transaction() as tx:
            await people.update_import(
                tx.connection, row.id, state=ImportState.FAILED, finished_at=self._clock(), error=words
            )


def _counted(report: dict[str, object], outcomes: Sequence[tuple[str, int]], read: int) -> dict[str, object]:
    """The report with these added; `skipped:reason` counts under skipped."""
    after = {**report, "read": _number(report, "read") + read}
    given = report["skipped"]
    skipped = dict(given) if isinstance(given, dict) else {}
    for outcome, how_many in outcomes:
        kind, _, reason = outcome.partition(":")
        if kind == "skipped":
            skipped[reason] = skipped.get(reason, 0) + how_many
        elif kind in after:
            after[kind] = _number(after, kind) + how_many
    return {**after, "skipped": skipped}


def _number(report: dict[str, object], name: str) -> int:
    value = report[name]
    return value if isinstance(value, int) else 0
