"""Reading the pages of `/users/delta` (facts.md 3) or groups, each while the one before it is put in the directory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

import structlog

from deskbridge.accounts.model import AccountId
from deskbridge.directory import import_store
from deskbridge.directory.import_store import ImportRow
from deskbridge.storage.database import Database
from deskbridge.teams.graph import GraphClient
from deskbridge.teams.graph_errors import GraphTrouble, Refused, Throttled
from deskbridge.teams.ids import Bearer, TenantId
from deskbridge.teams.import_groups import PROPERTIES, first_of, go_on, how_many, not_read, split
from deskbridge.teams.msal_app import MicrosoftApp
from deskbridge.teams.resources import Counted, Unreadable, UserPage, parse

log = structlog.get_logger(__name__)

FIRST_PAGE: Final = f"/users/delta?$select={PROPERTIES}&$top=999"
HOW_MANY: Final = "/users?$count=true&$top=1&$select=id"


class UserPages:
    """At most one page ahead for each Account."""

    def __init__(self, db: Database, graph: GraphClient, app: MicrosoftApp) -> None:
        self._db = db
        self._graph = graph
        self._app = app
        self._ahead: dict[AccountId, tuple[str, asyncio.Task[UserPage]]] = {}

    async def read(self, row: ImportRow, tenant_id: TenantId, groups: Sequence[str]) -> UserPage:
        """The page at which the import is; raises GraphTrouble, SignInRefused, MicrosoftUnavailable, Unreadable and
        GroupNotRead."""
        link, task = self._ahead.pop(row.account_id, ("", None))
        if task is not None and link == row.place:
            page = await task
        else:
            await _end(task)
            if row.place is None and row.total is None:
                await self._count(row, await self._app.app_token(tenant_id), groups)
            first = first_of(groups[0]) if groups else FIRST_PAGE
            page = await self._fetch(row.place or first, tenant_id, groups)
        if page.next_link:
            coming = asyncio.create_task(
                self._fetch(page.next_link, tenant_id, groups), name=f"page ahead:{row.account_id}"
            )
            self._ahead[row.account_id] = page.next_link, coming
        return page

    async def forget(self, account_id: AccountId) -> None:
        """Nobody goes on with it here."""
        _, task = self._ahead.pop(account_id, ("", None))
        await _end(task)

    async def _fetch(self, place: str, tenant_id: TenantId, groups: Sequence[str]) -> UserPage:
        group_id, link = split(place)
        bearer = await self._app.app_token(tenant_id)
        try:
            answer = await self._graph.get(bearer, link, eventual=group_id is not None)
        except Refused as error:
            if error.status in {401, 403}:
                # What the app may do is written in its token: the next import asks with a new one.
                self._app.forget_app_token(tenant_id)
            if group_id and (why := not_read(group_id, error)):
                raise why from error
            raise
        # A page of a thousand people takes a moment to read; agents' requests go on meanwhile.
        page = await asyncio.to_thread(parse, UserPage, answer.body)
        return go_on(group_id, page, groups) if group_id else page

    async def _count(self, row: ImportRow, bearer: Bearer, groups: Sequence[str]) -> None:
        """How many there are, for the progress bar; without an answer there is none.

        Raises Throttled: whoever has been asked to wait asks nothing else meanwhile either, and counts after that.
        """
        try:
            asked = [how_many(each) for each in groups] or [HOW_MANY]
            answers = [await self._graph.get(bearer, each, eventual=True) for each in asked]
            total = sum(parse(Counted, each.body).count or 0 for each in answers)
        except Throttled:
            raise
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
