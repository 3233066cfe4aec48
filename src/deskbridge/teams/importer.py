"""Importing the organisation's Teams users (D1, D2): `/users/delta` with the app's own permission (facts.md 3).

The first import reads everyone; later ones continue from its delta link. Progress is stored with each piece of a page,
in the transaction that put these people into the directory: killed anywhere, it goes on there, and nobody is counted
or added twice. When Microsoft has forgotten the delta link (7 days), the next import reads everyone again, and whoever
was not seen has left.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId
from deskbridge.audit.model import CONSOLE, Actor
from deskbridge.clock import Clock
from deskbridge.directory import import_store, report_store
from deskbridge.directory.import_store import ImportRow
from deskbridge.directory.imports import ImportKind, ImportSettings, ImportState, ImportView, ImportWait, SkipReason
from deskbridge.directory.model import IdentityId
from deskbridge.directory.tidying import is_untidy, lease_of
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.storage.database import Database, Transaction
from deskbridge.teams.graph import GraphClient
from deskbridge.teams.graph_errors import NoAnswer, NotReached, Refused, Throttled
from deskbridge.teams.ids import MicrosoftUserId, TenantId
from deskbridge.teams.import_begin import begin, list_due
from deskbridge.teams.import_groups import GroupNotRead
from deskbridge.teams.import_pages import UserPages
from deskbridge.teams.import_words import Ended, Waits, why_it_ended, why_it_waits
from deskbridge.teams.lanes import NotYet, backoff
from deskbridge.teams.msal_app import MicrosoftApp, NotSetUp, SignInRefused
from deskbridge.teams.people import Told, cannot_chat, put_users, remove_users
from deskbridge.teams.resources import DirectoryUser, Unreadable, UserPage
from deskbridge.teams.store import leases, people, subscriptions
from deskbridge.teams.store.leases import LEASE, Leases

log = structlog.get_logger(__name__)

PIECE: Final = 143
"""People in one transaction, of which a page has seven: whoever writes meanwhile waits for some 30 ms of work. Of
fewer, each costs more (a tenth more than of 333), and up to `index_store.MANY` they would be written twice."""
LOOKED_AT: Final = 10_000
"""People of whom it is asked at once who was not seen: some 10 ms of reading."""
TIDYING: Final = timedelta(seconds=1)
"""How long an import rests at a time while the list's index is tidied."""
_FORGOTTEN: Final = frozenset({400, 404, 410})
"""With which Microsoft answers to a delta link that it does not know any more (facts.md 3)."""

DONE: Final = frozenset({"added", "changed", "merged", "removed", "ambiguous"})
"""What is counted of people when something about them changes here, and so once."""
ANEW: Final = "anew"
MOST_ANEW: Final = 3
"""Times that one import begins anew; links that are forgotten again and again lead nowhere."""


class Overtaken(Exception):
    """Another process goes on with this import."""


class Importer:
    """Runs imports, one lane for each Account."""

    def __init__(self, db: Database, clock: Clock, graph: GraphClient, app: MicrosoftApp) -> None:
        self._db = db
        self._clock = clock
        self._pages = UserPages(db, graph, app)
        self._leases = Leases(db, clock, always=True)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def start(self, account_id: AccountId, *, full: bool = False, by: Actor = CONSOLE) -> str:
        """Begin one, or find the one that is running; the answer is its id. Raises TeamsChatOff."""
        async with self._db.transaction() as tx:
            return await begin(tx, account_id, self._clock(), full=full, by=by)

    async def latest(self, account_id: AccountId) -> list[ImportView]:
        """The last imports of Teams users, newest first."""
        async with self._db.read() as connection:
            found = await import_store.latest_imports(connection, account_id, ImportKind.TEAMS)
        return [each.shown(self._clock()) for each in found]

    async def run_once(
        self,
        account_id: AccountId,
        *,
        full: bool = False,
        on_progress: Callable[[ImportView], None] = lambda _: None,
    ) -> ImportView:
        """Begin one and see it through, whoever does the work; for the command line."""
        import_id = await self.start(account_id, full=full)
        working = asyncio.create_task(self._see_through(account_id, import_id))
        try:
            while True:
                await asyncio.wait({working}, timeout=0.5)
                found = next(each for each in await self.latest(account_id) if each.id == import_id)
                on_progress(found)
                if working.done():
                    working.result()
                    return found
        finally:
            working.cancel()

    async def _see_through(self, account_id: AccountId, import_id: str) -> None:
        until = self._clock()
        while True:
            if self._clock() >= until:
                try:
                    await self.work(account_id)
                except NotYet as wait:
                    until = wait.until
            async with self._db.read() as connection:
                row = await import_store.find_import(connection, account_id, import_id)
            if row is None or row.state is not ImportState.RUNNING:
                return
            await asyncio.sleep(1)

    async def find(self) -> list[str]:
        """Accounts with an import that has not ended, or that is due."""
        now = self._clock()
        return list(await self._db.read_through(lambda there: _list_waiting(there, now)))

    async def work(self, key: str) -> datetime | None:
        """Go on with the Account's import until its end, or begin the one that is due."""
        async with self._turns[key]:
            try:
                return await self._work(AccountId(key))
            finally:
                await self._pages.forget(AccountId(key))

    async def _work(self, account_id: AccountId) -> datetime | None:
        lease = f"import:{account_id}"
        while await self._leases.claim(lease):
            async with self._db.read() as connection:
                row = await import_store.find_last(connection, account_id, ImportKind.TEAMS, ImportState.RUNNING)
                is_due = row is None and account_id in await list_due(connection, self._clock())
                tenant_id = await accounts_store.tenant_of(connection, account_id)
                settings = await import_store.get_settings(connection, account_id)
            if is_due:
                async with self._db.transaction() as tx:
                    await begin(tx, account_id, self._clock())
                continue
            if row is None:
                await self._leases.release(lease)
                return None
            await self._let_tidying_keep_up(account_id)
            await self._next_page(row, TenantId(tenant_id or ""), settings)
        return self._clock() + LEASE

    async def _let_tidying_keep_up(self, account_id: AccountId) -> None:
        """Raises NotYet while the list's index is in too many pieces and somebody makes them fewer."""
        async with self._db.read() as connection:
            if not await is_untidy(connection, account_id):
                return
            if await leases.is_held(connection, lease_of(account_id), self._clock()):
                raise NotYet(self._clock() + TIDYING)

    async def _next_page(self, row: ImportRow, tenant_id: TenantId, settings: ImportSettings) -> None:
        try:
            page = await self._pages.read(row, tenant_id, settings.groups)
        except NotSetUp as error:
            await self._fail(row, error)
            return
        except (Throttled, NoAnswer) as error:
            raise await self._waits(row, error, error.retry_after) from error
        except (NotReached, MicrosoftUnavailable) as error:
            raise await self._waits(row, error, None) from error
        except Refused as error:
            if row.place is not None and error.status in _FORGOTTEN and (row.counts or {}).get(ANEW, 0) < MOST_ANEW:
                log.info("delta_forgotten", account_id=row.account_id, error=str(error)[:200])
                await self._begin_anew(row)
                return
            await self._fail(row, error)
            return
        except (SignInRefused, GroupNotRead, Unreadable) as error:
            await self._fail(row, error)
            return
        try:
            await self._put_page(row, page, settings)
        except Overtaken:
            log.info("import_overtaken", account_id=row.account_id)

    async def _waits(self, row: ImportRow, error: Waits, asked: timedelta | None) -> NotYet:
        """Say so where whoever looks at the import sees it, until it goes on."""
        now = self._clock()
        until = now + (asked or backoff(4))
        since = row.waiting.since if row.waiting else now
        waiting = ImportWait(since=since, until=until, words=why_it_waits(error))
        async with self._db.transaction() as tx:
            await import_store.update_import(tx.connection, row.id, waiting=waiting)
        log.info("import_waits", account_id=row.account_id, until=until.isoformat(), error=str(error)[:200])
        return NotYet(until)

    async def _put_page(self, row: ImportRow, page: UserPage, settings: ImportSettings) -> None:
        for start in range(row.done, len(page.value), PIECE):
            row = await self._put_piece(row, page.value[start : start + PIECE], settings)
        if page.next_link:
            async with self._db.transaction() as tx:
                await self._require_ours(tx, row)
                await import_store.update_import(tx.connection, row.id, place=page.next_link, done=0, waiting=None)
            return
        if row.is_full:
            row = await self._remove_unseen(row, settings)
        async with self._db.transaction() as tx:
            await self._require_ours(tx, row)
            await import_store.update_import(
                tx.connection, row.id, state=ImportState.DONE, finished_at=self._clock(), next_place=page.delta_link
            )
            tx.announce(f"directory.{row.account_id}")
        log.info("import_done", account_id=row.account_id, **(row.counts or {}))

    async def _put_piece(self, row: ImportRow, users: Sequence[DirectoryUser], settings: ImportSettings) -> ImportRow:
        async def put(tx: Transaction) -> ImportRow:
            await self._require_ours(tx, row)
            told = await put_users(tx, row, users, settings)
            # What the directory says of a connected agent is asked at once (C7).
            left = [MicrosoftUserId(each.id) for each in users if cannot_chat(each)]
            for user_id in await subscriptions.look_again(tx.connection, row.account_id, left, self._clock()):
                tx.announce(f"teams_subscriptions.{user_id}")
            return await self._told(tx, row, told, done=row.done + len(users))

        return await self._db.perform(put, behind=True)

    async def _told(self, tx: Transaction, row: ImportRow, told: Told, *, done: int) -> ImportRow:
        counts = _added(row.counts or {}, told.counts)
        await report_store.insert_entries(tx.connection, row.id, told.entries)
        await import_store.update_import(tx.connection, row.id, counts=counts, done=done, waiting=None)
        return replace(row, counts=counts, done=done, waiting=None)

    async def _require_ours(self, tx: Transaction, row: ImportRow) -> None:
        """Whoever has lost the lease must not count anybody twice; nor must a wrong clock make that happen."""
        now = await import_store.find_import(tx.connection, row.account_id, row.id, lock=True)
        is_where_we_left_it = now is not None and (now.state, now.place, now.done) == (row.state, row.place, row.done)
        if not is_where_we_left_it or not await self._leases.renew(tx.connection, f"import:{row.account_id}"):
            raise Overtaken

    async def _remove_unseen(self, row: ImportRow, settings: ImportSettings) -> ImportRow:
        after = ""
        while True:
            # Looked for while others write, as mostly there is nobody.
            async with self._db.read() as connection:
                unseen, after = await people.list_not_seen_by(connection, row.account_id, row.id, after, LOOKED_AT)
            for start in range(0, len(unseen), PIECE):
                row = await self._remove_piece(row, unseen[start : start + PIECE], settings)
            if not after:
                return row

    async def _remove_piece(self, row: ImportRow, some: Sequence[IdentityId], settings: ImportSettings) -> ImportRow:
        why = SkipReason.NOT_IN_GROUPS if settings.groups else SkipReason.NOT_SEEN
        async with self._db.transaction(behind=True) as tx:
            await self._require_ours(tx, row)
            told = Told()
            there = await people.find_by_identities(tx.connection, some)
            await remove_users(tx, row.account_id, {each.identity_id: why for each in there}, told)
            return await self._told(tx, row, told, done=row.done)

    async def _begin_anew(self, row: ImportRow) -> None:
        # What has been done is not done again; who was only read or left out is, and is counted then.
        counts = {name: count for name, count in (row.counts or {}).items() if name in DONE}
        counts[ANEW] = (row.counts or {}).get(ANEW, 0) + 1
        async with self._db.transaction() as tx:
            await self._require_ours(tx, row)
            await import_store.update_import(
                tx.connection, row.id, is_full=True, place=None, done=0, total=None, counts=counts
            )
            await report_store.forget_skipped(tx.connection, row.id)

    async def _fail(self, row: ImportRow, error: Ended) -> None:
        log.warning("import_failed", account_id=row.account_id, error=str(error)[:200])
        async with self._db.transaction() as tx:
            await import_store.update_import(
                tx.connection, row.id, state=ImportState.FAILED, finished_at=self._clock(), error=why_it_ended(error)
            )


async def _list_waiting(connection: AsyncConnection, now: datetime) -> list[AccountId]:
    running = await import_store.list_running(connection, ImportKind.TEAMS)
    return [*running, *await list_due(connection, now)]


def _added(counts: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {name: counts.get(name, 0) + more.get(name, 0) for name in sorted({*counts, *more})}
