"""What admins decide about who is the same Person: merge, split, and the matches that are left to them (D2).

Part of the service. Decisions are about pairs of Identities, so that imports respect them whoever comes and goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import combinations

from deskbridge.accounts import store as accounts_store
from deskbridge.directory import matching_store, store
from deskbridge.directory.matching import Decider, Verdict
from deskbridge.directory.model import IdentityId, Person, PersonId
from deskbridge.directory.rematching import apart, rematch, tell_directory
from deskbridge.errors import CannotMerge, CannotSplit, NotFound
from deskbridge.storage.database import Transaction

Verdicts = dict[frozenset[IdentityId], Verdict]


async def merge(tx: Transaction, by: Decider, person_ids: Collection[PersonId], now: datetime) -> Person:
    """These are one Person, whatever their addresses; raises CannotMerge."""
    await accounts_store.lock_account(tx.connection, by.account_id)
    found = await store.find_persons(tx.connection, by.account_id, person_ids)
    persons = {each.id: each for each in found.values() if each.identities}
    if len(found) < len(set(person_ids)) or not all(each.identities for each in found.values()):
        raise NotFound("There is no such person in your organisation's directory.")
    if len(persons) < 2:
        raise CannotMerge("Choose at least two people.")
    identities = [each for person in persons.values() for each in person.identities]
    if len({each.platform for each in identities}) < len(identities):
        raise CannotMerge
    members = [each.id for each in identities]
    await _decide(tx, by, _between([members]), now)
    merged = await store.find_person_of_identity(tx.connection, by.account_id, members[0])
    if merged is None or {each.id for each in merged.identities} < set(members):
        raise CannotMerge
    return merged


async def split(
    tx: Transaction, by: Decider, person_id: PersonId, identity_ids: Collection[IdentityId], now: datetime
) -> list[Person]:
    """These Identities are somebody else; the answer is both Persons. Raises CannotSplit.

    By that nobody becomes one with somebody else: what was in doubt is decided as different where it would be sure.
    """
    await accounts_store.lock_account(tx.connection, by.account_id)
    person = await store.find_person(tx.connection, by.account_id, person_id)
    if person is None or not set(identity_ids) <= {each.id for each in person.identities}:
        raise NotFound("This person has no such account.")
    rest = [each for each in person.identities if each.id not in identity_ids]
    if not rest or not identity_ids:
        raise CannotSplit("Choose some of the accounts, and leave at least one.")
    users = {each.user_id for each in rest if each.user_id}
    if any(each.user_id in users for each in person.identities if each.id in identity_ids):
        raise CannotSplit
    different = _across([list(identity_ids), [each.id for each in rest]])
    different |= dict.fromkeys(await apart(tx, by.account_id, set(identity_ids)), Verdict.DIFFERENT)
    await _decide(tx, by, different, now)
    return await _persons_of(tx, by, [next(iter(identity_ids)), rest[0].id])


async def settle(
    tx: Transaction, by: Decider, match_id: str, groups: Sequence[Sequence[IdentityId]], now: datetime
) -> list[Person]:
    """Decide a match: each group is one Person, and the groups are different people.

    Whoever of the match is in no group is somebody else, too.
    """
    await accounts_store.lock_account(tx.connection, by.account_id)
    members = await matching_store.members_of(tx.connection, by.account_id, match_id)
    if not members:
        raise NotFound("This match is decided already, or nothing is left to decide. Load the list again.")
    named = [each for group in groups for each in group]
    if not set(named) <= set(members):
        raise NotFound("One of these accounts does not belong to this match. Load the list again.")
    if len(set(named)) < len(named):
        raise CannotMerge("Each account can only be one person.")
    loaded = await matching_store.load(tx.connection, named)
    for group in groups:
        if len({loaded[each].identity.platform for each in group}) < len(group):
            raise CannotMerge
    everyone = [*(list(group) for group in groups if group), *([each] for each in members if each not in named)]
    await _decide(tx, by, _across(everyone) | _between(everyone), now)
    return await _persons_of(tx, by, members)


async def forget(tx: Transaction, by: Decider, one: IdentityId, other: IdentityId) -> list[Person]:
    """As if nobody had decided about these two: their addresses count again; who they are now."""
    await accounts_store.lock_account(tx.connection, by.account_id)
    if not await matching_store.forget_decision(tx.connection, by.account_id, one, other):
        raise NotFound("There is no such decision.")
    await rematch(tx, by.account_id, [one, other])
    tell_directory(tx, by.account_id)
    return await _persons_of(tx, by, [one, other])


async def _decide(tx: Transaction, by: Decider, verdicts: Verdicts, now: datetime) -> None:
    await matching_store.decide(tx.connection, by.account_id, verdicts, by.user_id, now)
    await rematch(tx, by.account_id, {each for pair in verdicts for each in pair})
    tell_directory(tx, by.account_id)


async def _persons_of(tx: Transaction, by: Decider, ids: Iterable[IdentityId]) -> list[Person]:
    whose = await matching_store.load(tx.connection, list(ids))
    found = await store.find_persons(tx.connection, by.account_id, {each.person_id for each in whose.values()})
    return sorted(found.values(), key=lambda each: each.id)


def _between(groups: Iterable[Sequence[IdentityId]]) -> Verdicts:
    return {frozenset(pair): Verdict.SAME for group in groups for pair in combinations(group, 2)}


def _across(groups: Sequence[Sequence[IdentityId]]) -> Verdicts:
    return {
        frozenset((one, other)): Verdict.DIFFERENT
        for first, second in combinations(groups, 2)
        for one in first
        for other in second
    }
