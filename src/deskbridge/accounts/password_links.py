"""One-time links with which somebody chooses a password: after an invitation, or when an admin resets it.

No mail server is needed: the admin is shown the link once and passes it on. Only its hash is stored.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final, NewType

from deskbridge.accounts import link_store, password_rules, passwords, store
from deskbridge.accounts.model import User
from deskbridge.errors import LinkSpent
from deskbridge.storage.database import Database, Transaction

LinkSecret = NewType("LinkSecret", str)

LASTS: Final = timedelta(days=3)


def _hash(secret: str) -> str:
    # 256 random bits need no slow hash: the stored form only must not be usable.
    return hashlib.sha256(secret.encode()).hexdigest()


async def make_link(tx: Transaction, user: User, now: datetime) -> tuple[LinkSecret, datetime]:
    """A new link for that User and until when it is good; earlier ones are void."""
    secret = LinkSecret(secrets.token_urlsafe(32))
    await link_store.put(tx.connection, user.id, _hash(secret), now + LASTS)
    return secret, now + LASTS


async def find_owner(db: Database, secret: str, now: datetime) -> User:
    """Whose link it is; raises LinkSpent."""
    async with db.read() as connection:
        whose = await link_store.find_owner(connection, _hash(secret), now)
        user = await store.find_user(connection, whose) if whose else None
    if user is None or user.suspended:
        raise LinkSpent
    return user


async def use_link(db: Database, tx: Transaction, secret: str, password: str, now: datetime) -> User:
    """Set the password; the link is spent. Raises LinkSpent or Unprocessable."""
    user = await find_owner(db, secret, now)
    password_rules.check(user, password)
    if not await link_store.take(tx.connection, _hash(secret), now):
        raise LinkSpent
    await store.update_user(tx.connection, user.id, password_hash=await passwords.hash_password(password))
    return user
