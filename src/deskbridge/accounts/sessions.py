"""Signing in with a password, and the sessions that come of it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts import passwords, service, session_store, store
from deskbridge.accounts.model import Status, User
from deskbridge.accounts.session_store import Session, SessionId
from deskbridge.accounts.tries import FAILURE_WINDOW, trying
from deskbridge.errors import NotSignedIn, WrongCode, WrongOwnPassword, WrongPassword
from deskbridge.storage.database import Database, Transaction
from deskbridge.storage.schema import new_id

SessionToken = NewType("SessionToken", str)


def _hash(token: SessionToken) -> str:
    # A token has 256 random bits: a plain hash is enough to make the stored form useless to a thief.
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long a session lasts: however much it is used, and when nobody uses it."""

    at_most: timedelta
    unused: timedelta

    def is_due(self, expires_at: datetime, ends_at: datetime, now: datetime) -> bool:
        """Whether its use is to be noted; not with each use, which would be a write for every request."""
        return min(ends_at, now + self.unused) - expires_at > self.unused / 8


Prove = Callable[[Transaction, User], Awaitable[bool]]
"""What else is asked of whoever gave the right password; False: it was wrong."""


async def sign_in(
    db: Database, given: tuple[str, str], now: datetime, lasting: Lasting, prove: Prove, origin: str
) -> tuple[User, SessionToken]:
    """A new session for a username and a password; raises WrongPassword, WrongCode, TooManyRequests."""
    username, password = given
    key = key_of(username)
    async with trying(db, key, now):
        async with db.read() as connection:
            found = await store.find_user_by_username(connection, key)
        user, password_hash = found or (None, None)
        if not await passwords.is_right(password_hash, password) or user is None or user.suspended:
            raise WrongPassword
        async with db.transaction() as tx:
            if not await prove(tx, user):
                raise WrongCode
            await store.lock_user(tx.connection, user.id)
            if not await store.may_sign_in(tx.connection, user.id, password_hash):
                # The password was voided while it was compared: what ended all sessions ends this one too.
                raise WrongPassword
            return await _open(tx, user, now, lasting, origin)


async def open_session(
    db: Database, user: User, now: datetime, lasting: Lasting, origin: str, *, by_single_sign_on: bool = False
) -> tuple[User, SessionToken]:
    """A new session for somebody who has proved who they are. An agent who was logged out becomes Available.

    Raises NotSignedIn where they were suspended meanwhile.
    """
    async with db.transaction() as tx:
        await store.lock_user(tx.connection, user.id)
        if not await store.may_sign_in(tx.connection, user.id):
            raise NotSignedIn
        return await _open(tx, user, now, lasting, origin, by_single_sign_on=by_single_sign_on)


async def _open(
    tx: Transaction, user: User, now: datetime, lasting: Lasting, origin: str, *, by_single_sign_on: bool = False
) -> tuple[User, SessionToken]:
    token = SessionToken(secrets.token_urlsafe(32))
    await session_store.insert_session(
        tx.connection,
        id=new_id(),
        token_hash=_hash(token),
        user_id=user.id,
        created_at=now,
        expires_at=now + min(lasting.unused, lasting.at_most),
        ends_at=now + lasting.at_most,
        proved_at=now,
        by_single_sign_on=by_single_sign_on,
        origin=origin[:100],
    )
    if user.status is Status.LOGGED_OUT:
        user = await service.set_status(tx, user, Status.AVAILABLE, now)
    return user, token


async def prove_again(tx: Transaction, session_id: SessionId, now: datetime) -> SessionToken:
    """Whoever has the session has proved once more who they are: it goes on under another token."""
    token = SessionToken(secrets.token_urlsafe(32))
    if not await session_store.update_session(tx.connection, session_id, token_hash=_hash(token), proved_at=now):
        raise NotSignedIn
    return token


async def check_password(db: Database, user: User, password: str, now: datetime) -> None:
    """That it is the User's own; raises WrongPassword or TooManyRequests, and counts as a try to sign in."""
    key = key_of(user.username)
    async with trying(db, key, now):
        async with db.read() as connection:
            found = await store.find_user_by_username(connection, key)
        if not await passwords.is_right(found[1] if found else None, password):
            raise WrongOwnPassword


def is_of(token: SessionToken, token_hash: str) -> bool:
    """Whether that stored session is this token's."""
    return hmac.compare_digest(_hash(token), token_hash)


def key_of(username: str) -> str:
    """Under which tries to sign in as that are counted."""
    return username.strip().casefold()[:320]


async def find(db: Database, token: SessionToken, now: datetime) -> Session | None:
    """The session that has that token, unless it has ended."""
    return await db.read_through(lambda connection: session_store.find_session(connection, _hash(token), now))


async def find_user(db: Database, token: SessionToken, now: datetime) -> User | None:
    """Whose session it is; nobody's while they lack the second factor that they have to have."""
    found = await find(db, token, now)
    return found.user if found and not found.lacks_factor else None


async def use(db: Database, token: SessionToken, now: datetime, lasting: Lasting) -> Session | None:
    """The session that has that token; it lasts longer for being used."""
    found = await find(db, token, now)
    if found is not None and lasting.is_due(found.expires_at, found.ends_at, now):
        await prolong(db, {found.id}, now, lasting)
    return found


async def prolong(db: Database, ids: Collection[SessionId], now: datetime, lasting: Lasting) -> None:
    """These sessions were used."""
    async with db.transaction() as tx:
        await session_store.prolong_sessions(tx.connection, ids, now + lasting.unused)


async def list_signed_in(
    connection: AsyncConnection, ids: Collection[SessionId], now: datetime, lasting: Lasting
) -> tuple[set[SessionId], set[SessionId]]:
    """Those of these sessions that have not ended; and of them those whose use is to be noted."""
    live = await session_store.list_live_sessions(connection, ids, now)
    due = {each for each, expires_at, ends_at in live if lasting.is_due(expires_at, ends_at, now)}
    return {each for each, *_ in live}, due


async def sign_out(tx: Transaction, user: User, token: SessionToken, now: datetime) -> User:
    """End the session; when it was the last one, the agent is Logged Out."""
    await session_store.delete_session(tx.connection, _hash(token))
    tx.announce(f"sessions_ended.{user.id}")
    if await session_store.count_sessions(tx.connection, user.id, now) == 0:
        return await service.set_status(tx, user, Status.LOGGED_OUT, now)
    return user


async def end_all(tx: Transaction, user: User, now: datetime) -> User:
    """End all sessions; open workspaces hear it and close at once."""
    await session_store.delete_sessions(tx.connection, user.id)
    tx.announce(f"sessions_ended.{user.id}")
    return await service.set_status(tx, user, Status.LOGGED_OUT, now)


async def forget_old(tx: Transaction, now: datetime) -> list[User]:
    """Delete what has expired; the Users whose last session that was are Logged Out."""
    await session_store.delete_expired(tx.connection, now, now - FAILURE_WINDOW)
    left = await session_store.list_without_session(tx.connection)
    return [await service.set_status(tx, user, Status.LOGGED_OUT, now) for user in left]
