"""Deleting a User: whatever lets somebody in as them goes, and what the record names stays (docs/decisions/0033)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from deskbridge.accounts import drawer_store, factor_store, link_store, sso_store, store
from deskbridge.accounts.model import Role, User
from deskbridge.storage.database import Transaction

NAMELESS: Final = "Former user"
"""Who they are where their name was erased."""


async def delete_user(tx: Transaction, user: User, now: datetime, *, erase_name: bool) -> User:
    """Nobody signs in as them, and username and address are free for somebody else. Their sessions have ended."""
    for forget in (factor_store.remove, drawer_store.remove, link_store.remove, sso_store.forget_subject):
        await forget(tx.connection, user.id)
    name = NAMELESS if erase_name else user.display_name
    # No username that somebody could choose: those have no spaces at their ends.
    username = f"{user.id} "
    await store.update_user(
        tx.connection,
        user.id,
        username=username,
        username_key=username,
        password_hash=None,
        display_name=name,
        email="",
        job_title=None,
        department=None,
        role=Role.NONE.value,
        contact_center=False,
        work=False,
        suspended=True,
        deleted_at=now,
    )
    return user.model_copy(update={"display_name": name, "suspended": True, "licenses": [], "role": Role.NONE})
