"""The event log: for each topic an unbroken row of numbered events, so that a browser can resume after a gap.

A version is `epoch.number`. The epoch is made with the database and changes when it is restored from a backup,
so that a browser which is ahead of the restored log is told to fetch its snapshot again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.storage.schema import Moment, metadata, new_id

Topic = NewType("Topic", str)

KEEP_EVENTS = 1_000
"""A browser that missed more than this of its own feed is quicker with a new snapshot."""

instance = Table("instance", metadata, Column("epoch", String(36), primary_key=True))
heads = Table(
    "feed_heads",
    metadata,
    Column("topic", String(80), primary_key=True),
    Column("number", BigInteger, nullable=False),
)
log = Table(
    "feed_events",
    metadata,
    Column("topic", String(80), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("about", String(36)),
    Column("event", Text, nullable=False),
    Index("ix_feed_events_at", "at"),
    Index("ix_feed_events_about", "topic", "about"),
)


@dataclass(frozen=True, slots=True)
class About:
    """What an event tells of, whole; with `forget` earlier events about it say from now on what this one says."""

    id: str
    forget: bool = False


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One event to be recorded, as JSON."""

    event: str
    about: About | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event in its place in the row."""

    topic: Topic
    number: int
    event: str


def user_topic(user_id: str) -> Topic:
    """The feed of one User: everything that their workspace shows."""
    return Topic(f"user.{user_id}")


async def append(
    connection: AsyncConnection, topic: Topic, events: Sequence[NewEvent], now: datetime
) -> list[Recorded]:
    """Record events; the row of the topic's head is locked until commit, so numbers are committed in order."""
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    moved = (
        insert(heads)
        .values(topic=topic, number=len(events))
        .on_conflict_do_update(index_elements=[heads.c.topic], set_={"number": heads.c.number + len(events)})
        .returning(heads.c.number)
    )
    last: int = (await connection.execute(moved)).scalar_one()
    first = last - len(events) + 1
    for each in events:
        if each.about is not None and each.about.forget:
            # Whoever resumes from before gets the newest state early, and again in its place: the same in the end.
            told = update(log).where(log.c.topic == topic, log.c.about == each.about.id)
            await connection.execute(told.values(event=each.event))
    rows = [
        {
            "topic": topic,
            "number": first + offset,
            "at": now,
            "event": each.event,
            "about": each.about.id if each.about else None,
        }
        for offset, each in enumerate(events)
    ]
    await connection.execute(log.insert(), rows)
    return [Recorded(topic, first + offset, each.event) for offset, each in enumerate(events)]


async def head(connection: AsyncConnection, topic: Topic) -> int:
    """The number of the topic's newest event; 0 when there never was one."""
    return (await heads_of(connection, [topic])).get(topic, 0)


async def heads_of(connection: AsyncConnection, topics: Collection[Topic]) -> dict[Topic, int]:
    """The same of several, without those in which nothing ever happened."""
    rows = await connection.execute(select(heads.c.topic, heads.c.number).where(heads.c.topic.in_(topics)))
    return {row.topic: row.number for row in rows}


async def after(connection: AsyncConnection, topic: Topic, number: int) -> list[Recorded] | None:
    """The events after that number, or None where the row no longer tells (pruned, too many, or ahead of us)."""
    newest = await head(connection, topic)
    if number == newest:
        return []
    if not newest - KEEP_EVENTS <= number < newest:
        return None
    query = select(log.c.number, log.c.event).where(log.c.topic == topic, log.c.number > number).order_by(log.c.number)
    rows = (await connection.execute(query)).all()
    found = [Recorded(topic, int(row.number), row.event) for row in rows]
    whole = [each.number for each in found] == list(range(number + 1, newest + 1))
    return found if whole else None


async def prune(connection: AsyncConnection, before: datetime) -> int:
    """Delete events older than that; whoever still needs them fetches a snapshot."""
    return (await connection.execute(delete(log).where(log.c.at < before))).rowcount


async def epoch(connection: AsyncConnection) -> str:
    """This database's epoch; made by the first who asks."""
    found = await connection.scalar(select(func.min(instance.c.epoch)))
    if found is None:
        found = new_id()[:8]
        await connection.execute(instance.insert().values(epoch=found))
    return str(found)
