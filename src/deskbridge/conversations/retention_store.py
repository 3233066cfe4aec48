"""The SQL of deleting what an Account no longer keeps; apart from `store.py` because nothing else deletes messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId
from deskbridge.accounts.store import accounts
from deskbridge.conversations.file_tables import files, parts
from deskbridge.conversations.model import ConversationId, DeliveryState, MessageId, kept_since, position_at
from deskbridge.conversations.tables import (
    changes,
    conversations,
    deliveries,
    messages,
    reactions,
    retention_runs,
    versions,
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run over an Account: what was said before that day goes, and how much has gone so far."""

    before: datetime
    days: int
    messages: int
    versions: int
    conversations: int
    finished_at: datetime | None


async def find_line(connection: AsyncConnection, conversation_id: ConversationId, now: datetime) -> datetime | None:
    """The moment before which nothing that was said is kept in that conversation; None where everything is.

    What was deleted once does not come back when the Account decides to keep messages for longer.
    """
    query = (
        select(conversations.c.deleted_before, accounts.c.keep_messages_days)
        .join(accounts, accounts.c.id == conversations.c.account_id)
        .where(conversations.c.id == conversation_id)
    )
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    lines = [row.deleted_before, kept_since(row.keep_messages_days, now) if row.keep_messages_days else None]
    return max((each for each in lines if each), default=None)


async def list_due(connection: AsyncConnection, now: datetime) -> list[AccountId]:
    """Accounts that have something to delete since the last run, or whose run did not come to its end."""
    query = select(accounts.c.id, accounts.c.keep_messages_days, retention_runs.c.before, retention_runs.c.finished_at)
    query = query.outerjoin(retention_runs, retention_runs.c.account_id == accounts.c.id)
    concerned = or_(accounts.c.keep_messages_days.is_not(None), retention_runs.c.account_id.is_not(None))
    return [row.id for row in await connection.execute(query.where(concerned)) if _is_due(row, now)]


def _is_due(row: Any, now: datetime) -> bool:
    if row.before is not None and row.finished_at is None:
        return True
    days = row.keep_messages_days
    return days is not None and (row.before is None or row.before < kept_since(days, now))


async def find_run(connection: AsyncConnection, account_id: AccountId) -> Run | None:
    """The run that is under way, or the last one; locked, so that only one counts at a time."""
    query = select(retention_runs).where(retention_runs.c.account_id == account_id).with_for_update()
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    return Run(row.before, row.days, row.messages, row.versions, row.conversations, row.finished_at)


async def put_run(connection: AsyncConnection, account_id: AccountId, run: Run, now: datetime) -> None:
    """A run begins in place of the last one."""
    await connection.execute(delete(retention_runs).where(retention_runs.c.account_id == account_id))
    await connection.execute(
        retention_runs.insert().values(
            account_id=account_id,
            before=run.before,
            days=run.days,
            messages=run.messages,
            versions=run.versions,
            conversations=run.conversations,
            started_at=now,
        )
    )


async def update_run(connection: AsyncConnection, account_id: AccountId, **columns: Any) -> None:
    """It has come further, or to its end."""
    await connection.execute(update(retention_runs).where(retention_runs.c.account_id == account_id).values(**columns))


async def list_conversations(
    connection: AsyncConnection, account_id: AccountId, line: datetime, after: str, at_most: int
) -> list[ConversationId]:
    """The next conversations in which something was said before that, in order of their ids."""
    old = exists().where(messages.c.conversation_id == conversations.c.id, messages.c.position < position_at(line))
    query = select(conversations.c.id).where(conversations.c.account_id == account_id, conversations.c.id > after, old)
    return list((await connection.scalars(query.order_by(conversations.c.id).limit(at_most))).all())


async def list_old(
    connection: AsyncConnection, conversation_id: ConversationId, line: datetime, at_most: int
) -> list[MessageId]:
    """The oldest that may go: said before that, nothing of them waits, and what left did so before that, too.

    What waited for long was written in Teams only when it left: deleted sooner it would come back from there.
    """
    leaving = exists().where(
        deliveries.c.message_id == messages.c.id,
        or_(deliveries.c.state == DeliveryState.QUEUED.value, deliveries.c.changed_at >= line),
    )
    changing = exists().where(changes.c.message_id == messages.c.id, changes.c.state == DeliveryState.QUEUED.value)
    query = select(messages.c.id).where(
        messages.c.conversation_id == conversation_id, messages.c.position < position_at(line), ~leaving, ~changing
    )
    return list((await connection.scalars(query.order_by(messages.c.position).limit(at_most))).all())


async def delete_messages(connection: AsyncConnection, ids: Sequence[MessageId]) -> int:
    """These and all that belongs to them; the index of searches forgets them by itself. How many former versions."""
    former = await connection.execute(delete(versions).where(versions.c.message_id.in_(ids)))
    its_files = select(files.c.id).where(files.c.message_id.in_(ids))
    await connection.execute(delete(parts).where(parts.c.file_id.in_(its_files)))
    for table in (changes, deliveries, reactions, files):
        await connection.execute(delete(table).where(table.c.message_id.in_(ids)))
    await connection.execute(delete(messages).where(messages.c.id.in_(ids)))
    return former.rowcount


async def note_deleted(connection: AsyncConnection, conversation_id: ConversationId, run: Run) -> bool:
    """What that run deletes of the conversation is not kept any more; whether it is the first that goes."""
    earlier = or_(conversations.c.deleted_before.is_(None), conversations.c.deleted_before < run.before)
    statement = update(conversations).where(conversations.c.id == conversation_id, earlier)
    said = {"deleted_before": run.before, "deleted_after_days": run.days}
    return (await connection.execute(statement.values(**said))).rowcount > 0


async def list_referring(connection: AsyncConnection, ids: Sequence[MessageId]) -> list[MessageId]:
    """Messages that answer one of these or tell of a reaction to it, and stay themselves."""
    query = select(messages.c.id).where(messages.c.refers_to.in_(ids), messages.c.id.not_in(ids))
    return list((await connection.scalars(query)).all())
