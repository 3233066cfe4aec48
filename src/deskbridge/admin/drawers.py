"""The key with which a User's browsers seal drafts and messages that are not here yet (docs/decisions/0035).

Here, and not in accounts/, because it is encrypted by the vault that teams/ keeps.
"""

from __future__ import annotations

import secrets
from typing import Final

import structlog

from deskbridge.accounts import drawer_store, store
from deskbridge.accounts.model import UserId
from deskbridge.errors import NotSignedIn
from deskbridge.storage.database import Database
from deskbridge.teams.crypto import CannotDecrypt, Vault

log = structlog.get_logger(__name__)

KEY_BYTES: Final = 32
"""As XChaCha20 takes it."""


def place_of_drawer_key(user_id: UserId) -> str:
    """What a drawer key is bound to in the vault."""
    return f"drawer_keys.secret:{user_id}"


async def key_of(db: Database, vault: Vault, user_id: UserId) -> bytes:
    """The User's: the same for as long as they are here, made when it is asked for first.

    One that no key of this installation opens is replaced, so that they can work; what it sealed stays closed. Raises
    NotSignedIn.
    """
    async with db.read() as connection:
        stored = await drawer_store.find(connection, user_id)
    if (key := _opened(vault, user_id, stored)) is not None:
        return key
    async with db.transaction() as tx:
        # Another tab may have made one meanwhile: they have to agree.
        await store.lock_user(tx.connection, user_id)
        if not await store.may_sign_in(tx.connection, user_id):
            # Deleted or suspended since they were let in.
            raise NotSignedIn
        stored = await drawer_store.find(tx.connection, user_id)
        if (key := _opened(vault, user_id, stored)) is not None:
            return key
        if stored is not None:
            log.warning("drawer_key_replaced", user_id=user_id)
        key = secrets.token_bytes(KEY_BYTES)
        await drawer_store.put(tx.connection, user_id, vault.encrypt(key, place_of_drawer_key(user_id)))
        return key


def _opened(vault: Vault, user_id: UserId, stored: bytes | None) -> bytes | None:
    try:
        return None if stored is None else vault.decrypt(stored, place_of_drawer_key(user_id))
    except CannotDecrypt:
        return None
