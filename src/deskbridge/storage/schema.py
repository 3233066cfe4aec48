"""The types that all tables share, and the metadata that migrations are compared with."""

from __future__ import annotations

import os
import time
import uuid
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, MetaData, Text, TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Since 1970, as a Moment is stored."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment_at(stored: int) -> datetime:
    """The Moment that is stored so."""
    return _EPOCH + timedelta(microseconds=stored)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC as whole microseconds: the same on every database, and exact."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To microseconds since 1970."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """From microseconds since 1970."""
        return None if value is None else moment_at(int(value))


ByCodePoint = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that we sort and search by ourselves: compared as it is, whatever the database's locale."""


def new_id() -> str:
    """A new unguessable id."""
    return str(uuid.uuid4())


def new_ordered_id() -> str:
    """A new unguessable id that begins with the time (UUID version 7, RFC 9562).

    For rows of which there are very many: ids that come one after the other stand beside each other in an index, so
    that storing some hundred of them touches a few of its pages instead of some hundred.
    """
    milliseconds, random = time.time_ns() // 1_000_000, int.from_bytes(_random_bytes(10))
    begin, end = f"{milliseconds:012x}", f"{random & 0xFFF:03x}"
    variant, rest = 0x8000 | random >> 12 & 0x3FFF, f"{random >> 26 & 0xFFFFFFFFFFFF:012x}"
    return f"{begin[:8]}-{begin[8:]}-7{end}-{variant:04x}-{rest}"


_AT_ONCE = 4_000
_random: deque[bytes] = deque()
os.register_at_fork(after_in_child=_random.clear)


def _random_bytes(count: int) -> bytes:
    """Random bytes of the system, fetched for many ids at once: to ask for each, a thread lets all others go first."""
    try:
        return _random.pop()
    except IndexError:
        fetched = os.urandom(_AT_ONCE)
        _random.extend(fetched[at : at + count] for at in range(count, _AT_ONCE, count))
        return fetched[:count]
