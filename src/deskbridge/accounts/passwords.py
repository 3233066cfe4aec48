"""Passwords are kept as argon2id hashes; hashing is slow on purpose, so it runs beside the event loop."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# The cost that OWASP's Password Storage Cheat Sheet gives for Argon2id: 19 MiB and two passes. The library's default of
# 64 MiB and four threads lets a shift that signs in at once fill a small server.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_DUMMY = _hasher.hash("nobody has this password")


async def hash_password(password: str) -> str:
    """What is stored instead of the password."""
    return await asyncio.to_thread(_hasher.hash, password)


async def is_right(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one; takes as long for a user who does not exist as for one who does."""
    try:
        matches = await asyncio.to_thread(_hasher.verify, password_hash or _DUMMY, password)
    except (VerificationError, InvalidHashError):
        return False
    return matches and password_hash is not None
