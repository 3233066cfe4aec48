"""Table and SQL of how long changes in Teams took: counts, gathered from all processes, and forgotten after a day.

A quarter of an hour of one Account has a row for each length that occurred, twenty or so of them; what each row counts
only grows, so that processes add to it at the same time without asking each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Column, Index, Integer, String, Table, case, delete, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId
from deskbridge.storage.schema import Moment, metadata

delays: Final = Table(
    "teams_delays",
    metadata,
    Column("account_id", String(36), primary_key=True),
    Column("part", String(10), primary_key=True),
    Column("begins_at", Moment, primary_key=True),
    Column("bucket", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("newest_at", Moment, nullable=False),
    Index("ix_teams_delays_begins_at", "begins_at"),
)

Noted = tuple[AccountId, str, int]
"""Whose, which part's, of which length."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each length of one part occurred, and when anything of it was last measured."""

    counts: Mapping[int, int]
    newest_at: datetime


async def add(connection: AsyncConnection, noted: Mapping[Noted, int], begins_at: datetime, now: datetime) -> None:
    """So many more of each, in the time that begins then."""
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    statement = insert(delays)
    new = statement.excluded
    more = {
        "count": delays.c.count + new.count,
        "newest_at": case((new.newest_at > delays.c.newest_at, new.newest_at), else_=delays.c.newest_at),
    }
    rows = [
        {
            "account_id": account_id,
            "part": part,
            "begins_at": begins_at,
            "bucket": bucket,
            "count": count,
            "newest_at": now,
        }
        # Always in the same order: two processes that add at once must not wait for each other.
        for (account_id, part, bucket), count in sorted(noted.items())
    ]
    of_one = ["account_id", "part", "begins_at", "bucket"]
    await connection.execute(statement.on_conflict_do_update(index_elements=of_one, set_=more), rows)


async def tally(connection: AsyncConnection, account_id: AccountId, since: datetime) -> dict[str, Tally]:
    """All that was counted of an Account in the times that began after that moment, for each part that there is."""
    query = (
        select(delays.c.part, delays.c.bucket, func.sum(delays.c.count), func.max(delays.c.newest_at))
        .where(delays.c.account_id == account_id, delays.c.begins_at > since)
        .group_by(delays.c.part, delays.c.bucket)
    )
    counts: dict[str, dict[int, int]] = {}
    newest: dict[str, datetime] = {}
    for part, bucket, count, at in await connection.execute(query):
        counts.setdefault(part, {})[bucket] = int(count)
        newest[part] = max(at, newest.get(part, at))
    return {part: Tally(found, newest[part]) for part, found in counts.items()}


async def forget(connection: AsyncConnection, before: datetime) -> None:
    """What was counted in the times that began before that moment."""
    await connection.execute(delete(delays).where(delays.c.begins_at < before))
