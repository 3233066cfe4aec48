"""Tables and SQL of accounts: Accounts, Users, their licenses, sessions and failed sign-ins."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    case,
    delete,
    exists,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import Account, AccountId, ContactPolicy, License, Role, Status, User, UserId
from deskbridge.storage.among import among, as_json
from deskbridge.storage.schema import Moment, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("tenant_id", String(36)),
    Column("teams_chat_enabled", Boolean, nullable=False),
    Column("agent_status_in_teams", Boolean, nullable=False),
    Column("contact_policy", JSON, nullable=False),
    Column("keep_messages_days", Integer),
    Column("created_at", Moment, nullable=False),
    # By whose alphabet the Contacts list is sorted, and up to which Person it is; None: all of it.
    Column("list_locale", String(20), nullable=False, server_default="en"),
    Column("sorted_up_to", String(36)),
)

users = Table(
    "users",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), ForeignKey("accounts.id"), nullable=False, index=True),
    Column("username", String(320), nullable=False),
    Column("username_key", String(320), nullable=False, unique=True),
    Column("password_hash", Text),
    Column("display_name", String(300), nullable=False),
    Column("email", String(320), nullable=False),
    Column("job_title", String(300)),
    Column("department", String(300)),
    Column("role", String(20), nullable=False),
    Column("contact_center", Boolean, nullable=False),
    Column("work", Boolean, nullable=False),
    Column("status", String(20), nullable=False),
    Column("status_since", Moment, nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", String(36), ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    # When it ends unless it is used, and when it ends however much it is used.
    Column("expires_at", Moment, nullable=False, index=True),
    Column("ends_at", Moment, nullable=False),
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


def _account(row: Row[Any]) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        teams_chat_enabled=row.teams_chat_enabled,
        agent_status_in_teams=row.agent_status_in_teams,
        contact_policy=ContactPolicy.model_validate(row.contact_policy),
        keep_messages_days=row.keep_messages_days,
    )


def _user(row: Row[Any]) -> User:
    granted = [(License.CONTACT_CENTER, row.contact_center), (License.WORK, row.work)]
    return User(
        id=row.id,
        account_id=row.account_id,
        username=row.username,
        display_name=row.display_name,
        email=row.email,
        job_title=row.job_title,
        department=row.department,
        role=Role(row.role),
        licenses=[each for each, has in granted if has],
        status=Status(row.status),
        status_since=row.status_since,
        suspended=row.suspended,
    )


async def find_account(connection: AsyncConnection, account_id: AccountId) -> Account | None:
    """The Account of that id."""
    row = (await connection.execute(select(accounts).where(accounts.c.id == account_id))).first()
    return _account(row) if row else None


async def list_accounts(connection: AsyncConnection) -> list[Account]:
    """All Accounts, by name."""
    return [_account(row) for row in await connection.execute(select(accounts).order_by(accounts.c.name))]


async def tenant_of(connection: AsyncConnection, account_id: AccountId) -> str | None:
    """The Microsoft tenant that the Account belongs to."""
    found: str | None = await connection.scalar(select(accounts.c.tenant_id).where(accounts.c.id == account_id))
    return found


async def lock_account(connection: AsyncConnection, account_id: AccountId) -> None:
    """Others who lock the same Account wait until this transaction ends; whoever only refers to it does not."""
    query = select(accounts.c.id).where(accounts.c.id == account_id)
    await connection.execute(query.with_for_update(key_share=True))


async def insert_account(connection: AsyncConnection, account: Account, tenant_id: str | None, now: datetime) -> None:
    """A new Account."""
    await connection.execute(accounts.insert().values(**account.model_dump(), tenant_id=tenant_id, created_at=now))


async def update_account(connection: AsyncConnection, account_id: AccountId, **changes: Any) -> None:
    """Change columns of an Account."""
    await connection.execute(update(accounts).where(accounts.c.id == account_id).values(**changes))


async def find_user(connection: AsyncConnection, user_id: UserId) -> User | None:
    """The User of that id, of whatever Account: callers check."""
    row = (await connection.execute(select(users).where(users.c.id == user_id))).first()
    return _user(row) if row else None


async def find_users(connection: AsyncConnection, user_ids: Collection[UserId]) -> dict[UserId, User]:
    """The Users of these ids, of whatever Account: callers check."""
    rows = await connection.execute(select(users).where(users.c.id.in_(user_ids)))
    return {row.id: _user(row) for row in rows}


async def lock_user(connection: AsyncConnection, user_id: UserId) -> None:
    """Others who lock the same User wait until this transaction ends; SQLite has one writer anyway."""
    await connection.execute(select(users.c.id).where(users.c.id == user_id).with_for_update())


async def find_user_by_username(connection: AsyncConnection, username_key: str) -> tuple[User, str | None] | None:
    """The User and the hash of the password."""
    row = (await connection.execute(select(users).where(users.c.username_key == username_key))).first()
    return (_user(row), row.password_hash) if row else None


async def has_password(connection: AsyncConnection, user_id: UserId) -> bool:
    """Whether the User can sign in with one."""
    query = select(users.c.password_hash.is_not(None)).where(users.c.id == user_id)
    return bool(await connection.scalar(query))


async def list_users(connection: AsyncConnection, account_id: AccountId) -> list[User]:
    """All Users of an Account, by name."""
    query = select(users).where(users.c.account_id == account_id).order_by(users.c.display_name, users.c.id)
    return [_user(row) for row in await connection.execute(query)]


async def insert_user(connection: AsyncConnection, user: User, password_hash: str | None, now: datetime) -> None:
    """A new User."""
    values = user.model_dump(exclude={"licenses"})
    await connection.execute(
        users.insert().values(
            **values,
            username_key=user.username.casefold(),
            contact_center=License.CONTACT_CENTER in user.licenses,
            work=License.WORK in user.licenses,
            password_hash=password_hash,
            created_at=now,
        )
    )


async def update_user(connection: AsyncConnection, user_id: UserId, **changes: Any) -> None:
    """Change columns of a User."""
    await connection.execute(update(users).where(users.c.id == user_id).values(**changes))


async def insert_session(connection: AsyncConnection, **values: Any) -> None:
    """A new session."""
    await connection.execute(sessions.insert().values(**values))


async def find_session_users(
    connection: AsyncConnection, token_hashes: Collection[str], now: datetime
) -> dict[str, User]:
    """The Users whose sessions these are, unless they have ended or the User is suspended."""
    query = select(sessions.c.token_hash, *users.c).join(users, sessions.c.user_id == users.c.id)
    live = query.where(sessions.c.expires_at > now, users.c.suspended.is_(False), among(sessions.c.token_hash))
    rows = await connection.execute(live, {"ids": as_json(token_hashes)})
    return {row.token_hash: _user(row) for row in rows}


async def find_session_user(
    connection: AsyncConnection, token_hash: str, now: datetime
) -> tuple[User, datetime, datetime] | None:
    """The User whose session this is, unless it has ended or the User is suspended, and its two ends."""
    query = (
        select(users, sessions.c.expires_at, sessions.c.ends_at)
        .join(sessions, sessions.c.user_id == users.c.id)
        .where(sessions.c.token_hash == token_hash, sessions.c.expires_at > now, users.c.suspended.is_(False))
    )
    row = (await connection.execute(query)).first()
    return (_user(row), row.expires_at, row.ends_at) if row else None


async def list_live_sessions(
    connection: AsyncConnection, token_hashes: Collection[str], now: datetime
) -> list[tuple[str, datetime, datetime]]:
    """Those of these sessions that have not ended and whose User is not suspended, with their two ends."""
    query = (
        select(sessions.c.token_hash, sessions.c.expires_at, sessions.c.ends_at)
        .join(users, sessions.c.user_id == users.c.id)
        .where(sessions.c.token_hash.in_(token_hashes), sessions.c.expires_at > now, users.c.suspended.is_(False))
    )
    return [(row.token_hash, row.expires_at, row.ends_at) for row in await connection.execute(query)]


async def list_sessions(connection: AsyncConnection, user_id: UserId, now: datetime) -> list[Row[Any]]:
    """A User's sessions that have not ended, the newest first."""
    query = select(sessions).where(sessions.c.user_id == user_id, sessions.c.expires_at > now)
    return list((await connection.execute(query.order_by(sessions.c.created_at.desc()))).all())


async def prolong_sessions(connection: AsyncConnection, token_hashes: Collection[str], until: datetime) -> None:
    """They were used: they last until then, or until their end if that is sooner."""
    later = case((sessions.c.ends_at < until, sessions.c.ends_at), else_=literal(until, Moment))
    await connection.execute(update(sessions).where(sessions.c.token_hash.in_(token_hashes)).values(expires_at=later))


async def count_sessions(connection: AsyncConnection, user_id: UserId, now: datetime) -> int:
    """How many live sessions the User has."""
    query = select(func.count()).where(sessions.c.user_id == user_id, sessions.c.expires_at > now)
    return int(await connection.scalar(query) or 0)


async def list_without_session(connection: AsyncConnection) -> list[User]:
    """Users who count as signed in but have no session."""
    has_session = exists().where(sessions.c.user_id == users.c.id)
    query = select(users).where(users.c.status != Status.LOGGED_OUT.value, ~has_session).order_by(users.c.id)
    return [_user(row) for row in await connection.execute(query)]


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


async def insert_failure(connection: AsyncConnection, username_key: str, now: datetime) -> None:
    """Somebody tried and failed to sign in as that."""
    await connection.execute(failed_sign_ins.insert().values(username_key=username_key, at=now))


async def count_failures(connection: AsyncConnection, username_key: str, since: datetime) -> int:
    """Failures to sign in as that since then."""
    query = select(func.count()).where(failed_sign_ins.c.username_key == username_key, failed_sign_ins.c.at > since)
    return int(await connection.scalar(query) or 0)
