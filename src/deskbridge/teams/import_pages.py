"""Reading the pages of `/users/delta` (facts.md 3), each while the one before it is put into the directory."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import structlog

from deskbridge.accounts.model import AccountId
from deskbridge.directory import import_store
from deskbridge.directory.import_store import ImportRow
from deskbridge.storage.database import Database
from deskbridge.teams.graph import GraphClient
from deskbridge.teams.graph_errors import GraphTrouble
from deskbridge.teams.ids import Bearer, TenantId
from deskbridge.teams.msal_app import MicrosoftApp
from deskbridge.teams.resources import Counted, Unreadable, UserPage, parse

log = structlog.get_logger(__name__)

FIRST_PAGE: Final = (
    "/users/delta?$select=id,displayName,userPrincipalName,mail,proxyAddresses,jobTitle,department,accountEnabled,"
    "userType,assignedPlans&$top=999"
)
HOW_MANY: Final = "/users?$count=true&$top=1&$select=id"


class UserPages:
    """At most one page ahead for each Account."""

    def __init__(self, db: Database, graph: GraphClient, app: MicrosoftApp) -> None:
        self._db = db
        self._graph = graph
        self._app = app
        self._ahead: dict[AccountId, tuple[str, asyncio.Task[UserPage]]] = {}

    async def read(self, row: ImportRow, tenant_id: TenantId) -> UserPage:
        """The page at which the import is; raises GraphTrouble, SignInRefused, MicrosoftUnavailable, Unreadable."""
        link, task = self._ahead.pop(row.account_id, ("", None))
        if task is not None and link == row.place:
            page = await task
        else:
            await _end(task)
            if row.place is None and row.total is None:
                await self._count(row, await self._app.app_token(tenant_id))
            page = await self._fetch(row.place or FIRST_PAGE, tenant_id)
        if page.next_link:
            coming = asyncio.create_task(self._fetch(page.next_link, tenant_id), name=f"page ahead:{row.account_id}")
            self._ahead[row.account_id] = page.next_link, coming
        return page

    async def forget(self, account_id: AccountId) -> None:
        """Nobody goes on with it here."""
        _, task = self._ahead.pop(account_id, ("", None))
        await _end(task)

    async def _fetch(self, link: str, tenant_id: TenantId) -> UserPage:
        answer = await self._graph.get(await self._app.app_token(tenant_id), link)
        # A page of a thousand people takes a moment to read; agents' requests go on meanwhile.
        return await asyncio.to_thread(parse, UserPage, answer.body)

    async def _count(self, row: ImportRow, bearer: Bearer) -> None:
        """How many there are, for the progress bar; without an answer there is none."""
        try:
            answer = await self._graph.get(bearer, HOW_MANY, eventual=True)
            total = parse(Counted, answer.body).count
        except (GraphTrouble, Unreadable) as error:
            log.info("import_not_counted", account_id=row.account_id, error=repr(error)[:200])
            return
        async with self._db.transaction() as tx:
            await import_store.update_import(tx.connection, row.id, total=total)


async def _end(task: asyncio.Task[UserPage] | None) -> None:
    if task is not None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task
