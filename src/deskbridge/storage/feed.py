"""The event log: for each topic an unbroken row of numbered events, so that a browser can resume after a gap.

A version is `epoch.number`. The epoch is made with the database and changes when it is restored from a backup,
so that a browser which is ahead of the restored log is told to fetch its snapshot again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, NewType

from sqlalchemy import BigInteger, Column, String, Table, Text, bindparam, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.storage.among import among, as_json
from deskbridge.storage.bulk import insert_values
from deskbridge.storage.prepared import Prepared
from deskbridge.storage.schema import Moment, metadata, microseconds, new_id

Topic = NewType("Topic", str)

KEEP_EVENTS = 1_000
"""A browser that missed more than this of its own feed is quicker with a new snapshot."""

instance = Table("instance", metadata, Column("epoch", String(36), primary_key=True))
heads = Table(
    "feed_heads",
    metadata,
    Column("topic", String(80), primary_key=True),
    Column("number", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
log = Table(
    "feed_events",
    metadata,
    Column("topic", String(80), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    # Either the event itself, or what it is about: then it is told as that is by then.
    Column("event", Text),
    Column("kind", String(20)),
    Column("about", String(36)),
    sqlite_with_rowid=False,
)


class Name(NamedTuple):
    """What an event tells of, whole: a thing of that kind with that id (docs/decisions/0014)."""

    kind: str
    id: str


BREAK: Final = ""
"""In place of an event: what is different now is told to nobody. Its number is given to nothing, so that whoever holds
an older version finds the row broken, and fetches a snapshot."""


class NewEvent(NamedTuple):
    """One event to be recorded, as JSON; where it has a name, only the name is kept."""

    event: str
    name: Name | None = None


class Recorded(NamedTuple):
    """One event in its place in the row: what it says, or the name of what it tells of."""

    topic: Topic
    number: int
    event: str
    name: Name | None = None


def user_topic(user_id: str) -> Topic:
    """The feed of one User: everything that their workspace shows."""
    return Topic(f"user.{user_id}")


# Many topics in one statement, each locked until the commit and in order of their names.
_MOVE_HEADS: Final = Prepared(
    {
        "sqlite": text(
            "INSERT INTO feed_heads (topic, number) "
            "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:moved) WHERE true "
            "ON CONFLICT (topic) DO UPDATE SET number = number + excluded.number RETURNING topic, number"
        ),
        "postgresql": text(
            "INSERT INTO feed_heads (topic, number) "
            "SELECT value->>0, CAST(value->>1 AS bigint) FROM json_array_elements(CAST(:moved AS json)) ORDER BY 1 "
            "ON CONFLICT (topic) DO UPDATE SET number = feed_heads.number + excluded.number RETURNING topic, number"
        ),
    }
)


async def append(
    connection: AsyncConnection, events: Mapping[Topic, Sequence[NewEvent]], now: datetime
) -> list[Recorded]:
    """Record events and count breaks; the row of each topic's head is locked until commit, so numbers are committed
    in order.
    """
    if not events:
        return []
    moved = as_json((topic, len(events[topic])) for topic in sorted(events))
    rows = await _MOVE_HEADS.all(connection, {"moved": moved})
    last = {topic: int(number) for topic, number in rows}
    recorded = [
        Recorded(topic, last[topic] - len(told) + offset, each.event, each.name)
        for topic, told in events.items()
        for offset, each in enumerate(told, 1)
    ]
    at = microseconds(now)
    await insert_values(connection, log, _COLUMNS, [_row(each, at) for each in recorded if each.event != BREAK])
    return recorded


_COLUMNS: Final = ("topic", "number", "at", "event", "kind", "about")


def _row(recorded: Recorded, at: int) -> tuple[Any, ...]:
    name = recorded.name
    if name is None:
        return recorded.topic, recorded.number, at, recorded.event, None, None
    return recorded.topic, recorded.number, at, None, name.kind, name.id


async def head(connection: AsyncConnection, topic: Topic) -> int:
    """The number of the topic's newest event; 0 when there never was one."""
    return (await heads_of(connection, [topic])).get(topic, 0)


_HEADS: Final = Prepared(select(heads.c.topic, heads.c.number).where(among(heads.c.topic)))


async def heads_of(connection: AsyncConnection, topics: Collection[Topic]) -> dict[Topic, int]:
    """The same of several, without those in which nothing ever happened."""
    return {row.topic: row.number for row in await _HEADS.all(connection, {"ids": as_json(topics)})}


_AFTER: Final = Prepared(
    select(log).where(log.c.topic == bindparam("its_topic"), log.c.number > bindparam("known")).order_by(log.c.number)
)


async def after(connection: AsyncConnection, topic: Topic, number: int) -> list[Recorded] | None:
    """The events after that number, or None where the row does not tell (pruned, too many, broken, or ahead of us)."""
    newest = await head(connection, topic)
    if number == newest:
        return []
    if not newest - KEEP_EVENTS <= number < newest:
        return None
    rows = await _AFTER.all(connection, {"its_topic": topic, "known": number})
    found = [
        Recorded(topic, int(row.number), row.event or "", Name(row.kind, row.about) if row.kind else None)
        for row in rows
    ]
    whole = [each.number for each in found] == list(range(number + 1, newest + 1))
    return found if whole else None


_PRUNABLE: Final = Prepared(
    {
        kind: text(
            "SELECT topic, oldest, coalesce((SELECT number FROM feed_events AS each "
            "WHERE each.topic = old.topic AND each.at >= :before ORDER BY number LIMIT 1), newest + 1) AS kept_from "
            "FROM (SELECT topic, number AS newest, (SELECT number FROM feed_events AS each "
            "WHERE each.topic = feed_heads.topic ORDER BY number LIMIT 1) AS oldest FROM feed_heads) AS old "
            "WHERE (SELECT at FROM feed_events AS each WHERE each.topic = old.topic AND number = oldest) < :before"
        )
        for kind in ("sqlite", "postgresql")
    }
)
_PRUNE: Final = Prepared(
    delete(log).where(log.c.topic == bindparam("its_topic"), log.c.number < bindparam("kept_from"))
)


async def prune(connection: AsyncConnection, before: datetime) -> int:
    """Delete events older than that, and say how many; whoever still needs them fetches a snapshot.

    They are found from the oldest of each topic on. An index of their moments would be written with every event, and
    is needed once an hour.
    """
    rows = await _PRUNABLE.all(connection, {"before": microseconds(before)})
    await _PRUNE.each(connection, [{"its_topic": row.topic, "kept_from": row.kept_from} for row in rows])
    return sum(row.kept_from - row.oldest for row in rows)


async def epoch(connection: AsyncConnection) -> str:
    """This database's epoch; made by the first who asks."""
    found = await connection.scalar(select(func.min(instance.c.epoch)))
    if found is None:
        found = new_id()[:8]
        await connection.execute(instance.insert().values(epoch=found))
    return str(found)
