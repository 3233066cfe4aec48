"""Tables and SQL of accounts: Accounts, Users and their licenses. Sessions are in `session_store.py`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    Text,
    exists,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.folding import fold
from deskbridge.accounts.model import Account, AccountId, ContactPolicy, License, Role, Status, User, UserId
from deskbridge.storage.schema import Moment, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("tenant_id", String(36)),
    Column("teams_chat_enabled", Boolean, nullable=False),
    Column("agent_status_in_teams", Boolean, nullable=False),
    Column("files_to_teams", Boolean, nullable=False, default=False),
    Column("contact_policy", JSON, nullable=False),
    Column("keep_messages_days", Integer),
    Column("second_factor_required", Boolean, nullable=False),
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
    # The name folded, to be sorted and searched by.
    Column("name_key", Text, nullable=False),
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
    # Who was deleted stays as the one whom the record names; nobody lists them, and nobody can sign in as them.
    Column("deleted_at", Moment),
)


def _account(row: Row[Any]) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        teams_chat_enabled=row.teams_chat_enabled,
        agent_status_in_teams=row.agent_status_in_teams,
        files_to_teams=row.files_to_teams,
        contact_policy=ContactPolicy.model_validate(row.contact_policy),
        keep_messages_days=row.keep_messages_days,
        second_factor_required=row.second_factor_required,
    )


def user_of(row: Row[Any]) -> User:
    """A row that has the columns of `users`."""
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


async def has_accounts(connection: AsyncConnection) -> bool:
    """Whether there is any."""
    return bool(await connection.scalar(select(exists().select_from(accounts))))


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
    """The User of that id, of whatever Account: callers check. Also one who was deleted, for the record."""
    row = (await connection.execute(select(users).where(users.c.id == user_id))).first()
    return user_of(row) if row else None


async def find_users(connection: AsyncConnection, user_ids: Collection[UserId]) -> dict[UserId, User]:
    """The Users of these ids, of whatever Account: callers check."""
    rows = await connection.execute(select(users).where(users.c.id.in_(user_ids)))
    return {row.id: user_of(row) for row in rows}


async def lock_user(connection: AsyncConnection, user_id: UserId) -> None:
    """Others who lock the same User wait until this transaction ends; whoever only refers to it does not.

    SQLite has one writer anyway. Whoever locks the Account as well does that first, and of several Users the one with
    the highest id: so nobody waits for somebody who waits for them.
    """
    await connection.execute(select(users.c.id).where(users.c.id == user_id).with_for_update(key_share=True))


async def lock_user_of(connection: AsyncConnection, account_id: AccountId, user_id: UserId) -> User | None:
    """The User of that id and Account who was not deleted, locked as by `lock_user`."""
    query = select(users).where(users.c.id == user_id, users.c.account_id == account_id, users.c.deleted_at.is_(None))
    row = (await connection.execute(query.with_for_update(key_share=True))).first()
    return user_of(row) if row else None


async def find_user_by_username(connection: AsyncConnection, username_key: str) -> tuple[User, str | None] | None:
    """The User and the hash of the password."""
    row = (await connection.execute(select(users).where(users.c.username_key == username_key))).first()
    return (user_of(row), row.password_hash) if row else None


async def has_password(connection: AsyncConnection, user_id: UserId) -> bool:
    """Whether the User can sign in with one."""
    query = select(users.c.password_hash.is_not(None)).where(users.c.id == user_id)
    return bool(await connection.scalar(query))


async def may_sign_in(connection: AsyncConnection, user_id: UserId, password_hash: str | None = None) -> bool:
    """Whether the User is not suspended and, where one is given, still has that password."""
    query = select(users.c.id).where(users.c.id == user_id, ~users.c.suspended)
    if password_hash is not None:
        query = query.where(users.c.password_hash == password_hash)
    return await connection.scalar(query) is not None


async def list_users(connection: AsyncConnection, account_id: AccountId) -> list[User]:
    """All Users of an Account, by name."""
    query = select(users).where(users.c.account_id == account_id, users.c.deleted_at.is_(None))
    query = query.order_by(users.c.display_name, users.c.id)
    return [user_of(row) for row in await connection.execute(query)]


async def has_other_admin(connection: AsyncConnection, user: User) -> bool:
    """Whether the User's Account has another administrator, who is not suspended."""
    is_other = (users.c.account_id == user.account_id, users.c.id != user.id)
    query = select(users.c.id).where(*is_other, users.c.role == Role.ADMIN.value, ~users.c.suspended)
    return await connection.scalar(query.limit(1)) is not None


async def following_users(
    connection: AsyncConnection, account_id: AccountId, after: str, limit: int
) -> tuple[list[User], str | None]:
    """A page in the order of usernames, and after which key to ask for the next one."""
    query = select(users).where(
        users.c.account_id == account_id, users.c.username_key > after, users.c.deleted_at.is_(None)
    )
    rows = (await connection.execute(query.order_by(users.c.username_key).limit(limit))).all()
    return [user_of(row) for row in rows], rows[-1].username_key if len(rows) == limit else None


async def insert_user(connection: AsyncConnection, user: User, password_hash: str | None, now: datetime) -> None:
    """A new User."""
    await connection.execute(
        users.insert().values(
            **user.model_dump(exclude={"licenses"}),
            username_key=user.username.casefold(),
            name_key=fold(user.display_name),
            contact_center=License.CONTACT_CENTER in user.licenses,
            work=License.WORK in user.licenses,
            password_hash=password_hash,
            created_at=now,
        )
    )


async def update_user(connection: AsyncConnection, user_id: UserId, **changes: Any) -> None:
    """Change columns of a User."""
    if "display_name" in changes:
        changes["name_key"] = fold(changes["display_name"])
    await connection.execute(update(users).where(users.c.id == user_id).values(**changes))
