"""Codes of an authenticator app as a second factor (TOTP, RFC 6238), and recovery codes for when it is lost.

Here, and not in accounts/, because the secret is encrypted by the vault that teams/ keeps.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
from datetime import datetime
from typing import Final

import segno
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from deskbridge.accounts import factor_store, sessions, store
from deskbridge.accounts.errors import CodeReplaced
from deskbridge.accounts.factor_store import Factor
from deskbridge.accounts.model import User, UserId
from deskbridge.accounts.tries import trying
from deskbridge.errors import Conflict, SecondFactorNeeded, WrongCode
from deskbridge.storage.database import Database, Transaction
from deskbridge.teams.crypto import Vault

STEP: Final = 30
SECRET_BYTES: Final = 20
"""As RFC 4226 recommends for the SHA-1 that every authenticator app understands."""
CODES: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def place_of_factor(user_id: UserId) -> str:
    """What the secret of a second factor is bound to in the vault."""
    return f"second_factors.secret:{user_id}"


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, 6, SHA1(), STEP)  # noqa: S303  # HMAC-SHA-1 is what authenticator apps implement.


def _hash(user_id: UserId, code: str) -> str:
    # 24 letters of 31 are 118 random bits: a plain hash is enough.
    return hashlib.sha256(f"{user_id}:{code}".encode()).hexdigest()


async def begin(tx: Transaction, vault: Vault, user: User) -> tuple[str, bytes]:
    """A new secret: its `otpauth:` address, and the same as a QR code (SVG). It counts once a code was right."""
    await store.lock_user(tx.connection, user.id)
    found = await factor_store.find(tx.connection, user.id)
    if found is not None and found.confirmed_at is not None:
        raise Conflict("There is a second factor already. Take it away first.")
    secret = secrets.token_bytes(SECRET_BYTES)
    await factor_store.put(tx.connection, user.id, vault.encrypt(secret, place_of_factor(user.id)))
    address = _totp(secret).get_provisioning_uri(user.username, "Deskbridge")
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=5, border=2, dark="#000", light="#fff", xmldecl=False)
    return address, out.getvalue()


async def confirm(tx: Transaction, vault: Vault, user: User, code: str, now: datetime) -> list[str]:
    """The first right code: from now on one is asked for. The answer are the recovery codes, shown only now."""
    await store.lock_user(tx.connection, user.id)
    found = await factor_store.find(tx.connection, user.id)
    if found is None or found.confirmed_at is not None:
        raise Conflict("There is nothing to confirm. Begin again.")
    if not await _is_right(tx, vault, found, code, now):
        raise WrongCode
    codes = ["-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(6)) for _ in range(CODES)]
    await factor_store.confirm(tx.connection, user.id, now, [_hash(user.id, each) for each in codes])
    return codes


async def prove(tx: Transaction, vault: Vault, user: User, code: str | None, now: datetime) -> bool:
    """Whether the second factor is proved, if there is one; a code works once.

    Raises SecondFactorNeeded and CodeReplaced.
    """
    await store.lock_user(tx.connection, user.id)
    found = await factor_store.find(tx.connection, user.id)
    if found is None or found.confirmed_at is None:
        return True
    if not code or not code.strip():
        raise SecondFactorNeeded
    return await _is_right(tx, vault, found, code, now) or await factor_store.take_recovery_code(
        tx.connection, user.id, _hash(user.id, code.strip().casefold())
    )


async def check(db: Database, vault: Vault, user: User, code: str, now: datetime) -> None:
    """That the User has a second factor and this is its code; counts as a try to sign in.

    Raises WrongCode, CodeReplaced, TooManyRequests and SecondFactorNeeded.
    """
    async with trying(db, sessions.key_of(user.username), now), db.transaction() as tx:
        found = await factor_store.find(tx.connection, user.id)
        has_one = found is not None and found.confirmed_at is not None
        if not (has_one and await prove(tx, vault, user, code, now)):
            raise WrongCode


async def _is_right(tx: Transaction, vault: Vault, factor: Factor, code: str, now: datetime) -> bool:
    """Good in its own half minute and no longer: typing that takes longer is said to be late, and is no guess.

    Only of the code before: it is good for nothing any more, so whoever has the password learns nothing of use. Of the
    code after they would. Phones set their clocks by themselves, so no drift is remembered for them.
    """
    given = "".join(code.split()).encode()
    totp = _totp(vault.decrypt(factor.secret, place_of_factor(factor.user_id)))
    step = int(now.timestamp()) // STEP
    if hmac.compare_digest(totp.generate(step * STEP), given):
        return await factor_store.take_step(tx.connection, factor.user_id, step)
    if hmac.compare_digest(totp.generate((step - 1) * STEP), given):
        raise CodeReplaced
    return False
