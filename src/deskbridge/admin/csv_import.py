"""Importing agents and Work users from a file (D1): the same report as for Teams users, and as safe to be killed.

The text is kept until its end; a lane works it off in pieces. Whoever is not in the file stays as they are.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter as Counts
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.events import MeChanged
from deskbridge.accounts.model import Account, AccountId, License, Role, User
from deskbridge.accounts.service import NewUser
from deskbridge.admin import csv_file, users
from deskbridge.admin.csv_file import BadRow, GoodRow, Row
from deskbridge.audit import service as audit
from deskbridge.audit.model import CONSOLE, Action, Actor
from deskbridge.clock import Clock
from deskbridge.conversations import service as conversations
from deskbridge.directory import import_store, report_store
from deskbridge.directory import service as directory
from deskbridge.directory import store as directory_store
from deskbridge.directory.import_store import ImportRow
from deskbridge.directory.imports import WORDS, EntryKind, ImportEntry, ImportKind, ImportState, ImportView, SkipReason
from deskbridge.directory.matching import DOUBTS
from deskbridge.directory.service import Outcome, Put
from deskbridge.errors import NotFound
from deskbridge.events import Bus
from deskbridge.storage.database import Database, Transaction
from deskbridge.storage.feed import user_topic
from deskbridge.storage.schema import new_id
from deskbridge.teams.lanes import Lanes
from deskbridge.teams.store.leases import LEASE, Leases

PIECE: Final = 50
"""Rows in one transaction."""


class CsvImporter:
    """Works files off, one lane for each Account."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._leases = Leases(db, clock, always=True)

    async def start(self, tx: Transaction, account_id: AccountId, content: bytes, by: Actor = CONSOLE) -> ImportView:
        """Check the file and keep it; raises BadFile, and then nothing of it is imported."""
        text = csv_file.decode(content)
        row = ImportRow(
            id=new_id(),
            account_id=account_id,
            kind=ImportKind.CSV,
            state=ImportState.RUNNING,
            is_full=True,
            is_scheduled=False,
            started_at=self._clock(),
            total=csv_file.check(text),
        )
        await import_store.insert_import(tx.connection, row, source=text)
        detail = {"kind": row.kind.value, "rows": str(row.total)}
        await audit.record(tx, account_id, (by, Action.IMPORT_STARTED), self._clock(), None, **detail)
        tx.announce(f"csv_import.{account_id}")
        return row.shown(self._clock())

    async def run_once(
        self, account_id: AccountId, content: bytes, *, on_progress: Callable[[ImportView], None] = lambda _: None
    ) -> ImportView:
        """Import a file and see it through, whoever does the work; for the command line."""
        async with self._db.transaction() as tx:
            import_id = (await self.start(tx, account_id, content)).id
        working = asyncio.create_task(self._see_through(account_id, import_id))
        try:
            while True:
                await asyncio.wait({working}, timeout=0.5)
                async with self._db.read() as connection:
                    row = await import_store.find_import(connection, account_id, import_id)
                if row is None:
                    raise NotFound
                on_progress(row.shown(self._clock()))
                if working.done():
                    working.result()
                    return row.shown(self._clock())
        finally:
            working.cancel()

    async def _see_through(self, account_id: AccountId, import_id: str) -> None:
        while True:
            await self.work(account_id)
            async with self._db.read() as connection:
                row = await import_store.find_import(connection, account_id, import_id)
            if row is None or row.state is not ImportState.RUNNING:
                return
            await asyncio.sleep(1)

    async def run(self, bus: Bus, stop: asyncio.Event) -> None:
        """Work off what comes, until told to stop."""
        lanes = Lanes("csv imports", self.find, self.work, self._clock, width=2)
        end = await bus.subscribe("csv_import.*", lambda channel, _: lanes.wake(channel.partition(".")[2]))
        try:
            await lanes.run(stop)
        finally:
            await end()

    async def find(self) -> list[str]:
        """Accounts with a file that is not worked off."""
        async with self._db.read() as connection:
            return list(await import_store.list_running(connection, ImportKind.CSV))

    async def work(self, key: str) -> datetime | None:
        """Go on with the Account's files until their end."""
        account_id = AccountId(key)
        lease = f"csv:{key}"
        while await self._leases.claim(lease):
            async with self._db.read() as connection:
                row = await import_store.find_last(connection, account_id, ImportKind.CSV, ImportState.RUNNING)
                text = await import_store.source_of(connection, row.id) if row else ""
            if row is None:
                await self._leases.release(lease)
                return None
            await self._work_off(row, text, lease)
        return self._clock() + LEASE

    async def _work_off(self, row: ImportRow, text: str, lease: str) -> None:
        rest = itertools.islice(csv_file.rows(text), row.done, None)
        while piece := list(itertools.islice(rest, PIECE)):
            async with self._db.transaction() as tx:
                if not await self._is_ours(tx, row, lease):
                    return
                row = await self._put(tx, row, piece)
        async with self._db.transaction() as tx:
            if await self._is_ours(tx, row, lease):
                ended = {"state": ImportState.DONE, "finished_at": self._clock(), "source": None}
                await import_store.update_import(tx.connection, row.id, **ended)
                tx.announce(f"directory.{row.account_id}")

    async def _is_ours(self, tx: Transaction, row: ImportRow, lease: str) -> bool:
        now = await import_store.find_import(tx.connection, row.account_id, row.id, lock=True)
        is_where_we_left_it = now is not None and (now.state, now.done) == (row.state, row.done)
        return is_where_we_left_it and await self._leases.renew(tx.connection, lease)

    async def _put(self, tx: Transaction, row: ImportRow, piece: Sequence[Row]) -> ImportRow:
        account = await accounts_store.find_account(tx.connection, row.account_id)
        told = _Told(Counts(row.counts or {}), [])
        for each in piece:
            if isinstance(each, GoodRow) and account is not None:
                await self._put_row(tx, account, each, told)
            elif isinstance(each, BadRow):
                told.skip(each, each.reason)
        told.counts["read"] += len(piece)
        done = row.done + len(piece)
        await report_store.insert_entries(tx.connection, row.id, told.entries)
        await import_store.update_import(tx.connection, row.id, counts=told.counts, done=done)
        return replace(row, counts=told.counts, done=done)

    async def _put_row(self, tx: Transaction, account: Account, row: GoodRow, told: _Told) -> None:
        found = await accounts_store.find_user_by_username(tx.connection, row.username.casefold())
        if found is None:
            new = NewUser(
                row.username, row.name, row.email, row.role, row.licenses, None, row.job_title, row.department
            )
            _, put = await users.put_new_user(tx, account.id, new, self._clock())
            await conversations.person_changed(tx, put.persons)
            told.put(row, put, is_new=True)
            return
        user = found[0]
        if user.account_id != account.id:
            told.skip(row, SkipReason.NAME_TAKEN)
        elif user.role is Role.ADMIN and row.role is not Role.ADMIN:
            told.skip(row, SkipReason.IS_ADMIN)
        else:
            after = await _change(tx, user, row, told)
            if after.is_agent != user.is_agent:
                # Whoever is no agent any more: what uses the connection stops, and the subscriptions go (C1).
                await users.refresh_connection(tx, after, account, self._clock())


async def _change(tx: Transaction, user: User, row: GoodRow, told: _Told) -> User:
    after = user.model_copy(
        update={
            "display_name": row.name,
            "email": row.email,
            "role": row.role,
            "licenses": [each for each in License if each in row.licenses],
            "job_title": row.job_title,
            "department": row.department,
        }
    )
    if after == user:
        return user
    await accounts_store.update_user(
        tx.connection,
        user.id,
        display_name=after.display_name,
        email=after.email,
        role=after.role.value,
        contact_center=License.CONTACT_CENTER in row.licenses,
        work=License.WORK in row.licenses,
        job_title=after.job_title,
        department=after.department,
    )
    tx.emit(user_topic(user.id), MeChanged(me=after))
    has = {each.platform: each.id for each in await directory_store.identities_of_user(tx.connection, user.id)}
    wanted = {users.PLATFORM[each]: users.details_of(after, each) for each in after.licenses}
    left = await directory.remove_identities(tx, user.account_id, [has[each] for each in has.keys() - wanted.keys()])
    ids = {each: has.get(each) or users.identity_of(user.id, each) for each in wanted}
    put = await directory.put_identities(tx, user.account_id, {ids[each]: wanted[each] for each in wanted})
    await conversations.person_changed(tx, [*has.values(), *ids.values(), *left, *put.persons])
    told.put(row, put, is_new=False)
    return after


class _Told:
    """What is to be counted, and whom the report names."""

    def __init__(self, counts: Counts[str], entries: list[ImportEntry]) -> None:
        self.counts = counts
        self.entries = entries

    def skip(self, row: Row, reason: SkipReason) -> None:
        """That row is left out."""
        address = row.email if isinstance(row, GoodRow) else row.address
        self.counts[reason.value] += 1
        self._name(EntryKind.SKIPPED, row.line, (row.name, address), reason.value, WORDS[reason])

    def put(self, row: GoodRow, put: Put, *, is_new: bool) -> None:
        """That row is in."""
        joined = Outcome.MERGED in put.outcomes.values()
        kind = Outcome.ADDED if is_new else Outcome.CHANGED
        self.counts[(Outcome.MERGED if joined else kind).value] += 1
        who = (row.name, row.email)
        if joined:
            words = "Became one person with somebody who has the same address."
            self._name(EntryKind.MERGED, row.line, who, None, words)
        for doubt in sorted(set(put.doubts.values())):
            self.counts["ambiguous"] += 1
            self._name(EntryKind.AMBIGUOUS, row.line, who, doubt.value, DOUBTS[doubt])

    def _name(self, kind: EntryKind, line: int, who: tuple[str, str | None], reason: str | None, words: str) -> None:
        name, address = who
        self.entries.append(ImportEntry(kind=kind, line=line, name=name, address=address, reason=reason, words=words))
