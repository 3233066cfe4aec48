"""Putting Identities into the directory: matched to a Person by address (D2), described, sorted and findable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.directory import search_store, store
from deskbridge.directory.model import (
    Identity,
    IdentityId,
    PersonId,
    Platform,
    same_address,
)
from deskbridge.storage.database import Transaction
from deskbridge.storage.schema import new_id


@dataclass(frozen=True, slots=True)
class Details:
    """What a platform says of somebody; `addresses` in any case, a Microsoft `SMTP:` before them allowed."""

    platform: Platform
    display_name: str
    address: str | None
    addresses: frozenset[str]
    job_title: str | None
    department: str | None
    user_id: UserId | None = None


class Outcome(StrEnum):
    """What putting an Identity did; MERGED: it became an Identity of a Person who was there."""

    ADDED = "added"
    CHANGED = "changed"
    MERGED = "merged"
    UNCHANGED = "unchanged"


async def put_identity(
    tx: Transaction, account_id: AccountId, identity_id: IdentityId | None, details: Details, now: datetime
) -> tuple[IdentityId, Outcome]:
    """Add an Identity (`identity_id` None) or bring it up to date; the same again changes nothing."""
    compared = {same_address(each) for each in details.addresses if each.strip()}
    if identity_id is not None and (known := await store.find_identity(tx.connection, identity_id)):
        return identity_id, await _bring_up_to_date(tx, account_id, known, details, compared)
    identity = _identity(IdentityId(new_id()), details)
    match = await _only_match(tx, account_id, identity, compared)
    person_id = match or await _new_person(tx, account_id)
    await store.save_identity(tx.connection, account_id, identity, person_id, new=True)
    await store.set_addresses(tx.connection, account_id, identity.id, compared)
    await _describe(tx, account_id, person_id)
    return identity.id, Outcome.MERGED if match else Outcome.ADDED


async def remove_identity(tx: Transaction, account_id: AccountId, identity_id: IdentityId, now: datetime) -> None:
    """Take an Identity away; a Person without any is listed no more, but stays for the record."""
    known = await store.find_identity(tx.connection, identity_id)
    if known is None:
        return
    await store.delete_identity(tx.connection, identity_id)
    await _describe(tx, account_id, known[1])


async def _bring_up_to_date(
    tx: Transaction,
    account_id: AccountId,
    known: tuple[Identity, PersonId, set[str]],
    details: Details,
    compared: set[str],
) -> Outcome:
    before, person_id, had = known
    identity = _identity(before.id, details)
    if identity == before and compared == had:
        return Outcome.UNCHANGED
    target, outcome = person_id, Outcome.CHANGED
    person = await store.find_person(tx.connection, account_id, person_id)
    if person is not None and len(person.identities) == 1 and compared != had:
        # Alone until now; a new address may show who it is.
        match = await _only_match(tx, account_id, identity, compared)
        if match is not None:
            target, outcome = match, Outcome.MERGED
    await store.save_identity(tx.connection, account_id, identity, target, new=False)
    await store.set_addresses(tx.connection, account_id, identity.id, compared)
    for each in {person_id, target}:
        await _describe(tx, account_id, each)
    return outcome


async def _only_match(
    tx: Transaction, account_id: AccountId, identity: Identity, compared: set[str]
) -> PersonId | None:
    # One address on two Persons, or a Person who has that platform already, is not a sure match: left for an admin.
    found = await store.persons_with_addresses(tx.connection, account_id, compared, identity.id)
    if len(found) != 1:
        return None
    person_id, platforms = next(iter(found.items()))
    return None if identity.platform in platforms else person_id


async def _new_person(tx: Transaction, account_id: AccountId) -> PersonId:
    person_id = PersonId(new_id())
    await store.insert_person(tx.connection, account_id, person_id)
    return person_id


async def _describe(tx: Transaction, account_id: AccountId, person_id: PersonId) -> None:
    """Make what the list shows, sorts and finds by anew from the Identities."""
    person = await store.find_person(tx.connection, account_id, person_id)
    if person is not None:
        tx.announce(f"directory.{account_id}")
        await search_store.index_persons(tx.connection, account_id, [person])


def _identity(identity_id: IdentityId, details: Details) -> Identity:
    return Identity(
        id=identity_id,
        platform=details.platform,
        display_name=details.display_name.strip()[:300] or details.address or "Nameless",
        address=details.address,
        job_title=details.job_title,
        department=details.department,
        user_id=details.user_id,
    )
