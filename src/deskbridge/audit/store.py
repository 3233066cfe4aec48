"""The table of the audit log. Nothing here changes or deletes an entry."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import JSON, Column, ColumnElement, ForeignKey, Integer, Row, String, Table, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId
from deskbridge.audit.model import FIRST, Entry, unreadable
from deskbridge.storage.schema import Moment, metadata

audit = Table(
    "audit",
    metadata,
    Column("account_id", String(36), ForeignKey("accounts.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("action", String(40), nullable=False),
    Column("who", String(320), nullable=False),
    # No foreign keys: the log outlives whom it speaks of.
    Column("who_id", String(36)),
    Column("origin", String(100), nullable=False),
    Column("whom", String(320)),
    Column("whom_id", String(36)),
    Column("detail", JSON, nullable=False),
    Column("hash", String(64), nullable=False),
)

_UNREADABLE: Final = (ValueError, TypeError, OverflowError)
"""What reading an entry raises that somebody changed into what none can be."""


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        number=row.number,
        at=row.at,
        action=row.action,
        who=row.who,
        who_id=row.who_id,
        origin=row.origin,
        whom=row.whom,
        whom_id=row.whom_id,
        detail=row.detail,
        hash=row.hash,
    )


async def last(connection: AsyncConnection, account_id: AccountId) -> tuple[int, str]:
    """Number and hash of the newest entry."""
    query = select(audit.c.number, audit.c.hash).where(audit.c.account_id == account_id)
    row = (await connection.execute(query.order_by(audit.c.number.desc()).limit(1))).first()
    return (row.number, row.hash) if row else (0, FIRST)


async def insert(connection: AsyncConnection, account_id: AccountId, entry: Entry) -> None:
    """One more."""
    await connection.execute(audit.insert().values(account_id=account_id, **entry.model_dump()))


async def newest(connection: AsyncConnection, account_id: AccountId, before: int | None, limit: int) -> list[Entry]:
    """A page, the newest first."""
    mine = audit.c.account_id == account_id
    if before is not None:
        mine = and_(mine, audit.c.number < before)
    return await _page(connection, mine, audit.c.number.desc(), limit)


async def following(connection: AsyncConnection, account_id: AccountId, after: int, limit: int) -> list[Entry]:
    """A page in order, beginning after that number."""
    mine = and_(audit.c.account_id == account_id, audit.c.number > after)
    return await _page(connection, mine, audit.c.number, limit)


async def _page(
    connection: AsyncConnection, which: ColumnElement[bool], order: ColumnElement[Any], limit: int
) -> list[Entry]:
    whole = select(audit).where(which).order_by(order).limit(limit)
    try:
        return [_entry(row) for row in await connection.execute(whole)]
    except _UNREADABLE:
        # One that cannot be read spoils the reading of all of them: each by itself, then.
        known = select(audit.c.account_id, audit.c.number, audit.c.hash).where(which)
        rows = (await connection.execute(known.order_by(order).limit(limit))).all()
        return [await _one(connection, whose, number, str(stored)) for whose, number, stored in rows]


async def _one(connection: AsyncConnection, account_id: AccountId, number: int, stored_hash: str) -> Entry:
    its = and_(audit.c.account_id == account_id, audit.c.number == number)
    try:
        return _entry((await connection.execute(select(audit).where(its))).one())
    except _UNREADABLE:
        return unreadable(number, stored_hash)
