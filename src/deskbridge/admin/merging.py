"""Merging and splitting Persons, together with the conversations that show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from deskbridge.accounts.model import User
from deskbridge.conversations import service as conversations
from deskbridge.directory import merging
from deskbridge.directory.model import IdentityId, Person, PersonId
from deskbridge.storage.database import Transaction


async def merge(tx: Transaction, admin: User, person_ids: Sequence[PersonId], now: datetime) -> Person:
    """These are one Person; raises CannotMerge."""
    merged = await merging.merge(tx, admin, person_ids, now)
    await _tell(tx, [merged])
    return merged


async def split(
    tx: Transaction, admin: User, person_id: PersonId, identity_ids: Sequence[IdentityId], now: datetime
) -> list[Person]:
    """These Identities are somebody else; raises CannotSplit."""
    persons = await merging.split(tx, admin, person_id, identity_ids, now)
    await _tell(tx, persons)
    return persons


async def settle(
    tx: Transaction, admin: User, match_id: str, groups: Sequence[Sequence[IdentityId]], now: datetime
) -> list[Person]:
    """Decide a match; raises CannotMerge."""
    persons = await merging.settle(tx, admin, match_id, groups, now)
    await _tell(tx, persons)
    return persons


async def forget(tx: Transaction, admin: User, one: IdentityId, other: IdentityId) -> None:
    """Take a decision about these two back."""
    await _tell(tx, await merging.forget(tx, admin, one, other))


async def _tell(tx: Transaction, persons: Sequence[Person]) -> None:
    await conversations.person_changed(tx, {each.id for person in persons for each in person.identities})
