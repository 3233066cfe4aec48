"""Deleting what an Account no longer keeps: in small batches, in the background, and told to who has it on screen.

Not in `service.py` because no participant does it. Days are those of UTC: a run deletes what was said before the day
that is so many days ago, and the next day there is another one. How far a run has come is in the database together
with what it deleted, so that it goes on after any end of the process, and is told of in the audit log once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from typing import Final

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, Actor
from deskbridge.clock import Clock
from deskbridge.conversations import message_store, retention_store, store
from deskbridge.conversations.model import ConversationId, MessageId, kept_since
from deskbridge.conversations.retention_store import Run
from deskbridge.conversations.telling import tell, tell_of_deletion
from deskbridge.storage.database import Database, Transaction

log = structlog.get_logger(__name__)

MOST_DAYS: Final = 36_500
TOGETHER: Final = 200
"""Messages in one transaction: some milliseconds, between which everybody else has their turn."""
_CONVERSATIONS: Final = 50
_BY: Final = Actor(None, "retention", "background")

deleted = Counter("deskbridge_retention_deleted", "What was deleted because it is no longer kept, by kind.", ["what"])

Forget = Callable[[AsyncConnection, Collection[MessageId]], Awaitable[None]]
"""What others keep of messages that are deleted, in the same transaction."""


class Retention:
    """Looks after one Account after the other; several processes at once do no harm."""

    def __init__(self, db: Database, clock: Clock, forget: Forget) -> None:
        self._db = db
        self._clock = clock
        self._forget = forget

    async def find(self) -> list[str]:
        """Accounts with something that they no longer keep."""
        now = self._clock()
        return list(await self._db.read_through(lambda there: retention_store.list_due(there, now)))

    async def work(self, key: str) -> None:
        """A whole run; it ends early where an admin decides otherwise meanwhile."""
        account_id = AccountId(key)
        run = await self._begin(account_id)
        if run is None:
            return
        after = ""
        while True:
            async with self._db.read() as connection:
                ids = await retention_store.list_conversations(
                    connection, account_id, run.before, after, _CONVERSATIONS
                )
            for each in ids:
                while await self.delete_some(account_id, each, run):
                    pass
            if not ids:
                break
            after = ids[-1]
        await self._finish(account_id, run)

    async def _begin(self, account_id: AccountId) -> Run | None:
        now = self._clock()
        async with self._db.transaction() as tx:
            # The Account first, as everybody does who locks both: the audit log needs it at the end.
            await accounts_store.lock_account(tx.connection, account_id)
            account = await accounts_store.find_account(tx.connection, account_id)
            found = await retention_store.find_run(tx.connection, account_id)
            under_way = found if found and found.finished_at is None else None
            days = account.keep_messages_days if account else None
            if days is None:
                # Switched off while it was under way: what was deleted by then is told of.
                if under_way is not None:
                    await self._end(tx, account_id, under_way)
                return None
            line = kept_since(days, now)
            run = replace(under_way or Run(line, days, 0, 0, 0, None), before=line, days=days)
            if under_way != run:
                await retention_store.put_run(tx.connection, account_id, run, now)
            return run

    async def delete_some(self, account_id: AccountId, conversation_id: ConversationId, run: Run) -> bool:
        """One transaction; whether there is more to delete in that conversation."""
        async with self._db.transaction() as tx:
            account = await accounts_store.find_account(tx.connection, account_id)
            if account is None or account.keep_messages_days != run.days:
                return False
            await store.lock(tx.connection, conversation_id)
            ids = await retention_store.list_old(tx.connection, conversation_id, run.before, TOGETHER)
            if not ids:
                return False
            referring = await retention_store.list_referring(tx.connection, ids)
            await self._forget(tx.connection, ids)
            former = await retention_store.delete_messages(tx.connection, ids)
            is_first = await retention_store.note_deleted(tx.connection, conversation_id, run)
            await self._tell(tx, conversation_id, ids, referring)
            await self._count(tx, account_id, (len(ids), former, int(is_first)))
        deleted.labels("messages").inc(len(ids))
        deleted.labels("versions").inc(former)
        return len(ids) == TOGETHER

    async def _tell(
        self, tx: Transaction, conversation_id: ConversationId, gone: Sequence[MessageId], referring: list[MessageId]
    ) -> None:
        row = await store.next_revision(tx.connection, conversation_id)
        for each in referring:
            # What it answers, or tells of a reaction to, is not there any more: it reads differently now.
            await message_store.update_message(tx.connection, each, revision=row.revision)
        await tell_of_deletion(tx, conversation_id, gone)
        await tell(tx, conversation_id, referring)

    async def _count(self, tx: Transaction, account_id: AccountId, more: tuple[int, int, int]) -> None:
        run = await retention_store.find_run(tx.connection, account_id)
        if run is not None:
            said, former, whole = more
            await retention_store.update_run(
                tx.connection,
                account_id,
                messages=run.messages + said,
                versions=run.versions + former,
                conversations=run.conversations + whole,
            )

    async def _finish(self, account_id: AccountId, run: Run) -> None:
        async with self._db.transaction() as tx:
            await accounts_store.lock_account(tx.connection, account_id)
            account = await accounts_store.find_account(tx.connection, account_id)
            counted = await retention_store.find_run(tx.connection, account_id)
            if counted is None or counted.finished_at is not None or counted.before != run.before:
                return
            if account is not None and account.keep_messages_days == run.days:
                await self._end(tx, account_id, counted)

    async def _end(self, tx: Transaction, account_id: AccountId, run: Run) -> None:
        now = self._clock()
        await retention_store.update_run(tx.connection, account_id, finished_at=now)
        counts = {"messages": run.messages, "versions": run.versions, "conversations": run.conversations}
        said = {name: str(count) for name, count in counts.items()}
        said |= {"before": f"{run.before:%Y-%m-%d}", "days": str(run.days)}
        await audit.record(tx, account_id, (_BY, Action.MESSAGES_DELETED), now, None, **said)
        log.info("retention_finished", account_id=account_id, **said)
