"""Putting Identities into the directory and taking them out: matched to Persons (D2), described, sorted, findable."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId, UserId
from deskbridge.directory import matching_store
from deskbridge.directory.matching import Doubt
from deskbridge.directory.matching_store import Stored
from deskbridge.directory.model import Identity, IdentityId, PersonId, Platform, same_address
from deskbridge.directory.rematching import leave_behind, rematch, tell_directory
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


@dataclass(slots=True)
class Put:
    """What putting Identities did: to each of them, which of them an admin has to decide about, and whose they are."""

    outcomes: dict[IdentityId, Outcome] = field(default_factory=dict)
    doubts: dict[IdentityId, Doubt] = field(default_factory=dict)
    persons: set[PersonId] = field(default_factory=set)


async def put_identities(tx: Transaction, account_id: AccountId, told: Mapping[IdentityId, Details]) -> Put:
    """Add Identities or bring them up to date; the same again changes nothing. Callers tell the directory's watchers.

    The id decides which Identity it is: whoever leaves and comes back under the same id is who they were.
    """
    await accounts_store.lock_account(tx.connection, account_id)
    before = await matching_store.load(tx.connection, told.keys())
    put = Put(dict.fromkeys(told, Outcome.UNCHANGED))
    now: dict[IdentityId, Stored] = {}
    for identity_id, details in told.items():
        stored = before.get(identity_id)
        after = _stored(identity_id, details, stored)
        if after != stored:
            now[identity_id] = after
    if not now:
        return put
    new = now.keys() - before.keys()
    # Who has left and comes back has a Person already, with the conversations of then.
    await matching_store.insert_persons(tx.connection, account_id, [now[each].identity for each in now if each in new])
    await matching_store.save(tx.connection, account_id, list(now.values()), before)
    given_up = {a for each in now if each in before for a in before[each].addresses - now[each].addresses}
    done = await rematch(tx, account_id, now.keys(), given_up, new, now)
    for identity_id in now:
        person_id, members = done.whose[identity_id]
        is_new = identity_id not in before
        joined = len(members) > 1 and (is_new or before[identity_id].person_id != person_id)
        outcome = Outcome.ADDED if is_new else Outcome.CHANGED
        put.outcomes[identity_id] = Outcome.MERGED if joined else outcome
    put.doubts = {each: doubt for each, doubt in done.doubts.items() if each in now}
    put.persons = done.changed
    return put


async def put_identity(
    tx: Transaction, account_id: AccountId, identity_id: IdentityId | None, details: Details, now: datetime
) -> tuple[IdentityId, Outcome]:
    """Add an Identity (`identity_id` None) or bring it up to date."""
    whose = identity_id or IdentityId(new_id())
    put = await put_identities(tx, account_id, {whose: details})
    if put.persons:
        tell_directory(tx, account_id)
    return whose, put.outcomes[whose]


async def remove_identities(tx: Transaction, account_id: AccountId, ids: Collection[IdentityId]) -> set[PersonId]:
    """Take Identities away; a Person without any is listed no more, but stays for the record.

    The answer is which Persons have changed.
    """
    await accounts_store.lock_account(tx.connection, account_id)
    gone = await matching_store.load(tx.connection, ids)
    if not gone:
        return set()
    theirs = await matching_store.identities_of(tx.connection, {each.person_id for each in gone.values()})
    others = {each: person_id for each, person_id in theirs.items() if each not in gone}
    await matching_store.remove(tx.connection, gone.keys())
    given_up = {a for each in gone.values() for a in each.addresses}
    done = await rematch(tx, account_id, others.keys(), given_up)
    left = {person_id: done.whose[each][0] for each, person_id in others.items()}
    return done.changed | await leave_behind(tx, account_id, gone.values(), left)


async def remove_identity(tx: Transaction, account_id: AccountId, identity_id: IdentityId, now: datetime) -> None:
    """Take one away."""
    if await remove_identities(tx, account_id, [identity_id]):
        tell_directory(tx, account_id)


def _stored(identity_id: IdentityId, details: Details, before: Stored | None) -> Stored:
    compared = frozenset(same_address(each)[:320] for each in details.addresses if each.strip())
    identity = Identity(
        id=identity_id,
        platform=details.platform,
        display_name=details.display_name.strip()[:300] or details.address or "Nameless",
        address=details.address,
        job_title=details.job_title,
        department=details.department,
        user_id=details.user_id,
    )
    return Stored(identity, before.person_id if before else PersonId(identity_id), compared)
