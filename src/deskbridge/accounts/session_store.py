"""Tables and SQL of sessions and failed sign-ins: split from `store.py`, as they are looked at with every request."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, NewType

from sqlalchemy import (
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    not_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.factor_store import second_factors
from deskbridge.accounts.model import Status, User, UserId
from deskbridge.accounts.store import accounts, user_of, users
from deskbridge.storage.among import among, as_json
from deskbridge.storage.prepared import Prepared
from deskbridge.storage.schema import Moment, metadata

SessionId = NewType("SessionId", str)
"""Stays the same when the session gets another token."""

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("user_id", String(36), ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    # When it ends unless it is used, and when it ends however much it is used.
    Column("expires_at", Moment, nullable=False, index=True),
    Column("ends_at", Moment, nullable=False),
    # When whoever has it last proved who they are, and whether at the organisation's own provider.
    Column("proved_at", Moment, nullable=False),
    Column("by_single_sign_on", Boolean, nullable=False),
    Column("origin", String(100), nullable=False),
)

failed_sign_ins = Table(
    "failed_sign_ins",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("username_key", String(320), nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_failed_sign_ins_who", "username_key", "at"),
)


@dataclass(frozen=True, slots=True)
class Session:
    """A session that has not ended, and whose it is."""

    id: SessionId
    user: User
    expires_at: datetime
    ends_at: datetime
    proved_at: datetime
    by_single_sign_on: bool
    lacks_factor: bool
    """The Account wants a second factor, and this User has none yet."""


def _lacks() -> ColumnElement[bool]:
    # The provider of single sign-on asks for what it wants.
    return and_(
        accounts.c.second_factor_required, not_(sessions.c.by_single_sign_on), second_factors.c.user_id.is_(None)
    )


def _live(query: Select[Any], now: datetime | BindParameter[datetime]) -> Select[Any]:
    """With their Users, Accounts and second factors; neither ended nor suspended."""
    of_them = and_(second_factors.c.user_id == users.c.id, second_factors.c.confirmed_at.is_not(None))
    joined = (
        query.join(users, sessions.c.user_id == users.c.id)
        .join(accounts, accounts.c.id == users.c.account_id)
        .outerjoin(second_factors, of_them)
    )
    return joined.where(sessions.c.expires_at > now, users.c.suspended.is_(False))


class Holder(NamedTuple):
    """Whose session it is: of a User what their messages say, since it is looked up with each of these."""

    id: UserId
    display_name: str
    is_agent: bool


_HOLDERS: Final = Prepared(
    _live(
        select(sessions.c.id.label("session_id"), users.c.id, users.c.display_name, users.c.contact_center).select_from(
            sessions
        ),
        bindparam("now", type_=Moment),
    )
    .where(not_(_lacks()), among(sessions.c.id))
    # In the order in which Users are locked (store.lock_user).
    .order_by(users.c.id.desc())
    .with_for_update(read=True, of=users)
)


async def insert_session(connection: AsyncConnection, **values: Any) -> None:
    """A new session."""
    await connection.execute(sessions.insert().values(**values))


async def find_holders(
    connection: AsyncConnection, ids: Collection[SessionId], now: datetime
) -> dict[SessionId, Holder]:
    """The Users whose sessions these are, unless they have ended or lack what they have to have.

    They stay who they are until the transaction ends: whoever deletes or suspends one of them waits for that.
    """
    rows = await _HOLDERS.all(connection, {"now": now, "ids": as_json(ids)})
    return {row.session_id: Holder(row.id, row.display_name, bool(row.contact_center)) for row in rows}


# Put together once: that takes longer than the database does to answer, and is asked with every request.
_SESSION: Final = _live(
    select(
        sessions.c.id.label("session_id"),
        *users.c,
        *(sessions.c[name] for name in ("expires_at", "ends_at", "proved_at", "by_single_sign_on")),
        _lacks().label("lacks"),
    ).select_from(sessions),
    bindparam("now", type_=Moment),
).where(sessions.c.token_hash == bindparam("token_hash"))


async def find_session(connection: AsyncConnection, token_hash: str, now: datetime) -> Session | None:
    """The session with that token, unless it has ended."""
    row = (await connection.execute(_SESSION, {"token_hash": token_hash, "now": now})).first()
    if row is None:
        return None
    lasts = (row.expires_at, row.ends_at, row.proved_at)
    return Session(SessionId(row.session_id), user_of(row), *lasts, row.by_single_sign_on, bool(row.lacks))


async def list_live_sessions(
    connection: AsyncConnection, ids: Collection[SessionId], now: datetime
) -> list[tuple[SessionId, datetime, datetime]]:
    """Those of these sessions that have not ended and lack nothing, with their two ends."""
    query = select(sessions.c.id, sessions.c.expires_at, sessions.c.ends_at).select_from(sessions)
    rows = await connection.execute(_live(query, now).where(not_(_lacks()), sessions.c.id.in_(ids)))
    return [(SessionId(row.id), row.expires_at, row.ends_at) for row in rows]


async def list_sessions(connection: AsyncConnection, user_id: UserId, now: datetime) -> list[Row[Any]]:
    """A User's sessions that have not ended, the newest first."""
    query = select(sessions).where(sessions.c.user_id == user_id, sessions.c.expires_at > now)
    return list((await connection.execute(query.order_by(sessions.c.created_at.desc()))).all())


async def prolong_sessions(connection: AsyncConnection, ids: Collection[SessionId], until: datetime) -> None:
    """They were used: they last until then, or until their end if that is sooner."""
    later = case((sessions.c.ends_at < until, sessions.c.ends_at), else_=literal(until, Moment))
    await connection.execute(update(sessions).where(sessions.c.id.in_(ids)).values(expires_at=later))


async def update_session(connection: AsyncConnection, session_id: SessionId, **values: Any) -> bool:
    """Change columns of a session; False when it has ended."""
    found = await connection.execute(update(sessions).where(sessions.c.id == session_id).values(**values))
    return found.rowcount > 0


async def count_sessions(connection: AsyncConnection, user_id: UserId, now: datetime) -> int:
    """How many live sessions the User has."""
    query = select(func.count()).where(sessions.c.user_id == user_id, sessions.c.expires_at > now)
    return int(await connection.scalar(query) or 0)


async def list_without_session(connection: AsyncConnection) -> list[User]:
    """Users who count as signed in but have no session."""
    has_session = exists().where(sessions.c.user_id == users.c.id)
    query = select(users).where(users.c.status != Status.LOGGED_OUT.value, ~has_session).order_by(users.c.id)
    return [user_of(row) for row in await connection.execute(query)]


async def delete_session(connection: AsyncConnection, token_hash: str) -> None:
    """End one session."""
    await connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


async def delete_sessions(connection: AsyncConnection, user_id: UserId) -> None:
    """End all of a User's."""
    await connection.execute(delete(sessions).where(sessions.c.user_id == user_id))


async def delete_expired(connection: AsyncConnection, now: datetime, failures_before: datetime) -> None:
    """Forget sessions that have ended and failures that no longer count."""
    await connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    await connection.execute(delete(failed_sign_ins).where(failed_sign_ins.c.at < failures_before))


async def insert_failure(connection: AsyncConnection, username_key: str, now: datetime) -> int:
    """Somebody tried to sign in as that, and counts as having failed; the answer is its id."""
    statement = failed_sign_ins.insert().values(username_key=username_key, at=now).returning(failed_sign_ins.c.id)
    return int(await connection.scalar(statement))


async def delete_failure(connection: AsyncConnection, failure_id: int) -> None:
    """They did not fail."""
    await connection.execute(delete(failed_sign_ins).where(failed_sign_ins.c.id == failure_id))


async def count_failures(connection: AsyncConnection, username_key: str, since: datetime) -> int:
    """Failures to sign in as that since then."""
    query = select(func.count()).where(failed_sign_ins.c.username_key == username_key, failed_sign_ins.c.at > since)
    return int(await connection.scalar(query) or 0)
