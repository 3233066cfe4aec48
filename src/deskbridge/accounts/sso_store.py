"""Tables of single sign-on: each Account's provider, sign-ins under way, and which subject is which User."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, LargeBinary, Row, String, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.storage.schema import Moment, metadata

providers = Table(
    "sso_providers",
    metadata,
    Column("account_id", String(36), ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("issuer", String(500), nullable=False),
    Column("client_id", String(200), nullable=False),
    Column("client_secret", LargeBinary, nullable=False),
    Column("is_required", Boolean, nullable=False),
)

sign_ins = Table(
    "sso_sign_ins",
    metadata,
    Column("state_hash", String(64), primary_key=True),
    Column("account_id", String(36), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("browser_hash", String(64), nullable=False),
    Column("nonce", String(64), nullable=False),
    Column("verifier", LargeBinary, nullable=False),
    Column("expires_at", Moment, nullable=False),
    # The session whose owner proves once more who they are; None: a sign-in.
    Column("session_id", String(36)),
)

subjects = Table(
    "sso_subjects",
    metadata,
    Column("account_id", String(36), ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("issuer", String(500), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("user_id", String(36), ForeignKey("users.id", ondelete="CASCADE"), nullable=False, unique=True),
)


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID provider that knows the Users of an Account; `is_required` means that passwords do not count there."""

    account_id: AccountId
    issuer: str
    client_id: str
    client_secret: bytes
    is_required: bool


async def find_provider(connection: AsyncConnection, account_id: AccountId) -> Provider | None:
    """The Account's."""
    row = (await connection.execute(select(providers).where(providers.c.account_id == account_id))).first()
    return Provider(row.account_id, row.issuer, row.client_id, row.client_secret, row.is_required) if row else None


async def put_provider(connection: AsyncConnection, provider: Provider) -> None:
    """The Account's from now on."""
    await remove_provider(connection, provider.account_id)
    await connection.execute(
        providers.insert().values(
            account_id=provider.account_id,
            issuer=provider.issuer,
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            is_required=provider.is_required,
        )
    )


async def remove_provider(connection: AsyncConnection, account_id: AccountId) -> None:
    """The Account has none any more."""
    await connection.execute(delete(providers).where(providers.c.account_id == account_id))


async def insert_sign_in(connection: AsyncConnection, now: datetime, **columns: Any) -> None:
    """Somebody was sent to the provider; what was never finished is forgotten."""
    await connection.execute(delete(sign_ins).where(sign_ins.c.expires_at <= now))
    await connection.execute(sign_ins.insert().values(**columns))


async def take_sign_in(connection: AsyncConnection, state_hash: str) -> Row[Any] | None:
    """The sign-in with that state; it can be taken once."""
    statement = delete(sign_ins).where(sign_ins.c.state_hash == state_hash).returning(*sign_ins.c)
    return (await connection.execute(statement)).first()


async def find_subject(connection: AsyncConnection, provider: Provider, subject: str) -> UserId | None:
    """Which User that is."""
    found: UserId | None = await connection.scalar(
        select(subjects.c.user_id).where(
            subjects.c.account_id == provider.account_id,
            subjects.c.issuer == provider.issuer,
            subjects.c.subject == subject,
        )
    )
    return found


async def has_subject(connection: AsyncConnection, user_id: UserId) -> bool:
    """Whether the User is bound to a subject already."""
    return await connection.scalar(select(subjects.c.user_id).where(subjects.c.user_id == user_id)) is not None


async def bind_subject(connection: AsyncConnection, provider: Provider, subject: str, user_id: UserId) -> None:
    """From now on that subject is that User, whatever addresses change."""
    await connection.execute(
        subjects.insert().values(
            account_id=provider.account_id, issuer=provider.issuer, subject=subject, user_id=user_id
        )
    )


async def forget_subject(connection: AsyncConnection, user_id: UserId) -> None:
    """The User is bound to nobody at the provider."""
    await connection.execute(delete(subjects).where(subjects.c.user_id == user_id))


async def forget_subjects(connection: AsyncConnection, account_id: AccountId) -> None:
    """After a change of provider nobody is bound."""
    await connection.execute(delete(subjects).where(subjects.c.account_id == account_id))
