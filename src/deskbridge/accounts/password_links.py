"""One-time links with which somebody chooses a password: after an invitation, or when an admin resets it.

No mail server is needed: the admin is shown the link once and passes it on. Only its hash is stored.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final, NewType

from deskbridge.accounts import link_store, passwords, store
from deskbridge.accounts.model import User
from deskbridge.errors import LinkSpent, Unprocessable
from deskbridge.storage.database import Database, Transaction

LinkSecret = NewType("LinkSecret", str)

LASTS: Final = timedelta(days=3)
SHORTEST: Final = 8
"""Characters of a password; a passphrase may have up to 1024."""


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
    check_password(user, password)
    if not await link_store.take(tx.connection, _hash(secret), now):
        raise LinkSpent
    await store.update_user(tx.connection, user.id, password_hash=await passwords.hash_password(password))
    return user


def check_password(user: User, password: str) -> None:
    """Long enough, and not the name: whatever else makes a password good, people know better than rules."""
    if len(password) < SHORTEST:
        raise Unprocessable(f"A password needs at least {SHORTEST} characters.")
    if password.casefold() in {user.username.casefold(), user.email.casefold(), user.display_name.casefold()}:
        raise Unprocessable("The password must not be the user's own name.")
