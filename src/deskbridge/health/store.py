"""What the database tells of the product's health; reads only, over one Account or (None) over all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, text, true
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId
from deskbridge.accounts.store import accounts
from deskbridge.conversations.tables import IS_QUEUED, conversations, deliveries, messages
from deskbridge.directory.import_store import imports
from deskbridge.directory.imports import ImportKind
from deskbridge.directory.model import Platform
from deskbridge.health.views import Queue
from deskbridge.storage.database import Transaction
from deskbridge.teams.store.certificates import certificates
from deskbridge.teams.store.chats import chats
from deskbridge.teams.store.connections import connections
from deskbridge.teams.store.inbox import inbox
from deskbridge.teams.store.subscriptions import subscriptions


def _of(column: ColumnElement[Any], account_id: AccountId | None) -> ColumnElement[bool]:
    return true() if account_id is None else column == account_id


async def count_connections(connection: AsyncConnection) -> Sequence[Any]:
    """How many connections are in each state, for which reason."""
    query = select(connections.c.state, connections.c.reason, func.count())
    return (await connection.execute(query.group_by(connections.c.state, connections.c.reason))).all()


async def count_subscriptions(connection: AsyncConnection) -> Sequence[Any]:
    """How many subscriptions of each kind there are at Microsoft, and when the first of them ends."""
    query = select(subscriptions.c.kind, func.count(), func.min(subscriptions.c.expires_at))
    alive = query.where(subscriptions.c.subscription_id.is_not(None))
    return (await connection.execute(alive.group_by(subscriptions.c.kind))).all()


async def queues(connection: AsyncConnection, account_id: AccountId | None) -> list[Queue]:
    """How much waits, and since when the oldest does."""
    arrived = select(func.count(), func.min(inbox.c.received_at)).select_from(inbox)
    if account_id is not None:
        arrived = arrived.join(chats, chats.c.id == inbox.c.link_id).where(chats.c.account_id == account_id)
    leaving = (
        select(func.count(), func.min(messages.c.created_at))
        .select_from(deliveries)
        .join(messages, messages.c.id == deliveries.c.message_id)
        .join(conversations, conversations.c.id == deliveries.c.conversation_id)
        .where(IS_QUEUED, deliveries.c.platform == Platform.TEAMS.value)
        .where(_of(conversations.c.account_id, account_id))
    )
    reading = select(func.count()).select_from(chats).where(chats.c.sync_asked > 0, _of(chats.c.account_id, account_id))
    in_, out = (await connection.execute(arrived)).one(), (await connection.execute(leaving)).one()
    return [
        Queue(name="inbox", length=in_[0], oldest_at=in_[1]),
        Queue(name="outbox", length=out[0], oldest_at=out[1]),
        Queue(name="reading", length=await connection.scalar(reading) or 0, oldest_at=None),
    ]


async def count_waiting(connection: AsyncConnection, account_id: AccountId | None, after: datetime) -> int:
    """Agents for whom Microsoft has asked to wait beyond that moment."""
    query = select(func.count()).select_from(connections).where(connections.c.send_after > after)
    return int(await connection.scalar(query.where(_of(connections.c.account_id, account_id))) or 0)


async def count_not_told(connection: AsyncConnection, account_id: AccountId | None, since: datetime) -> int:
    """Agents of whom we noticed since that moment that Microsoft had not told us something."""
    query = select(func.count()).select_from(connections).where(connections.c.not_told_at >= since)
    return int(await connection.scalar(query.where(_of(connections.c.account_id, account_id))) or 0)


async def latest_imports(connection: AsyncConnection) -> Sequence[Any]:
    """For each Account that ever imported: its name, and when an import last came to its end."""
    query = select(accounts.c.name, func.max(imports.c.finished_at)).join(
        imports, imports.c.account_id == accounts.c.id
    )
    return (
        await connection.execute(
            query.where(imports.c.error.is_(None), imports.c.kind == ImportKind.TEAMS.value).group_by(accounts.c.name)
        )
    ).all()


async def newest_certificate(connection: AsyncConnection) -> datetime | None:
    """When the certificate that Microsoft encrypts for was made."""
    found: datetime | None = await connection.scalar(select(func.max(certificates.c.created_at)))
    return found


async def any_tenant(connection: AsyncConnection) -> str | None:
    """A tenant in which the app can ask about itself."""
    found: str | None = await connection.scalar(select(func.min(accounts.c.tenant_id)))
    return found


async def revision(connection: AsyncConnection) -> str | None:
    """Which version of the schema the database has."""
    found: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


async def takes_changes(tx: Transaction) -> bool:
    """Whether this transaction could store something; nothing is stored, so that probes cost no disk."""
    # SQLite's begins by taking the file for itself, and comes to no statement while another program has it.
    if tx.connection.dialect.name == "sqlite":
        return True
    return str(await tx.connection.scalar(text("SHOW transaction_read_only"))) == "off"
