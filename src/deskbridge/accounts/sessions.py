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

from deskbridge.accounts import passwords, service, store
from deskbridge.accounts.model import Status, User
from deskbridge.errors import TooManyRequests, WrongCode, WrongOwnPassword, WrongPassword
from deskbridge.storage.database import Database, Transaction

SessionToken = NewType("SessionToken", str)

MOST_FAILURES = 10
"""In FAILURE_WINDOW for one username, whether it exists or not; then wait."""
FAILURE_WINDOW = timedelta(minutes=5)


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
    key = _key(username)
    await _guard(db, key, now)
    async with db.read() as connection:
        found = await store.find_user_by_username(connection, key)
    user, password_hash = found or (None, None)
    if not await passwords.is_right(password_hash, password) or user is None or user.suspended:
        await _note_failure(db, key, now)
        raise WrongPassword
    async with db.transaction() as tx:
        is_proved = await prove(tx, user)
    if not is_proved:
        await _note_failure(db, key, now)
        raise WrongCode
    return await open_session(db, user, now, lasting, origin)


async def open_session(
    db: Database, user: User, now: datetime, lasting: Lasting, origin: str
) -> tuple[User, SessionToken]:
    """A new session for somebody who has proved who they are. An agent who was logged out becomes Available."""
    token = SessionToken(secrets.token_urlsafe(32))
    async with db.transaction() as tx:
        await store.insert_session(
            tx.connection,
            token_hash=_hash(token),
            user_id=user.id,
            created_at=now,
            expires_at=now + min(lasting.unused, lasting.at_most),
            ends_at=now + lasting.at_most,
            origin=origin[:100],
        )
        if user.status is Status.LOGGED_OUT:
            user = await service.set_status(tx, user, Status.AVAILABLE, now)
    return user, token


async def check_password(db: Database, user: User, password: str, now: datetime) -> None:
    """That it is the User's own; raises WrongPassword or TooManyRequests, and counts as a try to sign in."""
    await _guard(db, _key(user.username), now)
    async with db.read() as connection:
        found = await store.find_user_by_username(connection, _key(user.username))
    if not await passwords.is_right(found[1] if found else None, password):
        await _note_failure(db, _key(user.username), now)
        raise WrongOwnPassword


def is_of(token: SessionToken, token_hash: str) -> bool:
    """Whether that stored session is this token's."""
    return hmac.compare_digest(_hash(token), token_hash)


async def guard(db: Database, user: User, now: datetime) -> None:
    """Raises TooManyRequests where there were too many failures."""
    await _guard(db, _key(user.username), now)


async def note_failure(db: Database, user: User, now: datetime) -> None:
    """Another wrong code."""
    await _note_failure(db, _key(user.username), now)


def _key(username: str) -> str:
    return username.strip().casefold()[:320]


async def _guard(db: Database, key: str, now: datetime) -> None:
    async with db.read() as connection:
        if await store.count_failures(connection, key, now - FAILURE_WINDOW) >= MOST_FAILURES:
            raise TooManyRequests


async def _note_failure(db: Database, key: str, now: datetime) -> None:
    async with db.transaction() as tx:
        await store.insert_failure(tx.connection, key, now)


async def find_user(db: Database, token: SessionToken, now: datetime) -> User | None:
    """Whose session it is."""
    found = await db.read_through(lambda connection: store.find_session_user(connection, _hash(token), now))
    return found[0] if found else None


async def use(db: Database, token: SessionToken, now: datetime, lasting: Lasting) -> User | None:
    """Whose session it is; it lasts longer for being used."""
    found = await db.read_through(lambda connection: store.find_session_user(connection, _hash(token), now))
    if found is None:
        return None
    user, expires_at, ends_at = found
    if lasting.is_due(expires_at, ends_at, now):
        await prolong(db, {token}, now, lasting)
    return user


async def prolong(db: Database, tokens: Collection[SessionToken], now: datetime, lasting: Lasting) -> None:
    """These sessions were used."""
    async with db.transaction() as tx:
        await store.prolong_sessions(tx.connection, [_hash(each) for each in tokens], now + lasting.unused)


async def find_users(
    connection: AsyncConnection, tokens: Collection[SessionToken], now: datetime
) -> dict[SessionToken, User]:
    """Whose sessions these are, without those that have ended."""
    by_hash = {_hash(token): token for token in tokens}
    found = await store.find_session_users(connection, by_hash, now)
    return {by_hash[token_hash]: user for token_hash, user in found.items()}


async def list_signed_in(
    connection: AsyncConnection, tokens: Collection[SessionToken], now: datetime, lasting: Lasting
) -> tuple[set[SessionToken], set[SessionToken]]:
    """Those of these sessions that have not ended; and of them those whose use is to be noted."""
    by_hash = {_hash(token): token for token in tokens}
    live = await store.list_live_sessions(connection, by_hash, now)
    due = {by_hash[each] for each, expires_at, ends_at in live if lasting.is_due(expires_at, ends_at, now)}
    return {by_hash[each] for each, *_ in live}, due


async def sign_out(tx: Transaction, user: User, token: SessionToken, now: datetime) -> User:
    """End the session; when it was the last one, the agent is Logged Out."""
    await store.delete_session(tx.connection, _hash(token))
    tx.announce(f"sessions_ended.{user.id}")
    if await store.count_sessions(tx.connection, user.id, now) == 0:
        return await service.set_status(tx, user, Status.LOGGED_OUT, now)
    return user


async def end_all(tx: Transaction, user: User, now: datetime) -> User:
    """End all sessions; open workspaces hear it and close at once."""
    await store.delete_sessions(tx.connection, user.id)
    tx.announce(f"sessions_ended.{user.id}")
    return await service.set_status(tx, user, Status.LOGGED_OUT, now)


async def forget_old(tx: Transaction, now: datetime) -> list[User]:
    """Delete what has expired; the Users whose last session that was are Logged Out."""
    await store.delete_expired(tx.connection, now, now - FAILURE_WINDOW)
    left = await store.list_without_session(tx.connection)
    return [await service.set_status(tx, user, Status.LOGGED_OUT, now) for user in left]
