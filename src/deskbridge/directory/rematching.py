"""Making the stored Persons equal to what matching says, for those whom a change can concern.

Part of the service, apart from `service.py` because admins' decisions need it too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from deskbridge.accounts.model import AccountId
from deskbridge.directory import index_store, matching_store
from deskbridge.directory.matching import MOST_WHO_SHARE, Decision, Doubt, group, keeping_apart, person_of
from deskbridge.directory.matching_store import Stored
from deskbridge.directory.model import Identity, IdentityId, Person, PersonId
from deskbridge.storage.database import Transaction


@dataclass(slots=True)
class Rematched:
    """Of all who were looked at: whose they are and with whom, who is in doubt, and which Persons have changed."""

    whose: dict[IdentityId, tuple[PersonId, frozenset[IdentityId]]] = field(default_factory=dict)
    doubts: dict[IdentityId, Doubt] = field(default_factory=dict)
    changed: set[PersonId] = field(default_factory=set)


async def rematch(
    tx: Transaction,
    account_id: AccountId,
    seeds: Collection[IdentityId],
    given_up: Collection[str] = (),
    new: Collection[IdentityId] = (),
    loaded: Mapping[IdentityId, Stored] | None = None,
) -> Rematched:
    """Match again whom a change of these Identities can concern, or that somebody has given up these addresses.

    Of `new` a Person is stored, listed nowhere yet. `loaded` are those of the seeds that need not be read again.
    """
    looked_at, decisions = await _reach(tx, account_id, seeds, given_up, loaded or {})
    grouping = group([each.known for each in looked_at.values()], decisions)
    done = Rematched()
    people: dict[PersonId, list[Identity]] = {}
    moved: dict[IdentityId, PersonId] = {}
    for members in grouping.groups:
        person_id = person_of(looked_at[each].known for each in members)
        people[person_id] = [looked_at[each].identity for each in sorted(members)]
        for each in members:
            done.whose[each] = person_id, members
            if looked_at[each].person_id != person_id:
                moved[each] = person_id
    await matching_store.move(tx.connection, moved)
    if len(looked_at) > len(new) or grouping.open:
        await matching_store.set_open(tx.connection, account_id, looked_at.keys(), grouping.open)
    done.doubts = {member: each.doubt for each in grouping.open for member in each.members}
    done.changed = {done.whose[each][0] for each in {*moved, *seeds} if each in done.whose}
    done.changed |= {looked_at[each].person_id for each in moved.keys() - new}
    await index_store.index_persons(
        tx.connection,
        account_id,
        [
            _person(each, people[each]) if each in people else _nobody(looked_at[IdentityId(each)].identity)
            for each in sorted(done.changed)
            # Who has just left is described by `leave_behind`.
            if each in people or IdentityId(each) in looked_at
        ],
    )
    return done


async def apart(tx: Transaction, account_id: AccountId, part: Collection[IdentityId]) -> set[frozenset[IdentityId]]:
    """The pairs to decide as different, so that these are a Person of their own and nobody else becomes one."""
    looked_at, decisions = await _reach(tx, account_id, part, (), {})
    now: defaultdict[tuple[PersonId, bool], list[IdentityId]] = defaultdict(list)
    for each, stored in looked_at.items():
        now[stored.person_id, each in part].append(each)
    return keeping_apart([each.known for each in looked_at.values()], decisions, now.values())


async def _reach(
    tx: Transaction,
    account_id: AccountId,
    seeds: Collection[IdentityId],
    given_up: Collection[str],
    known: Mapping[IdentityId, Stored],
) -> tuple[dict[IdentityId, Stored], list[Decision]]:
    """All Identities that are joined with these by addresses, decisions or a User; with what counts of addresses."""
    found: dict[IdentityId, Stored] = {}
    decisions: dict[frozenset[IdentityId], Decision] = {}
    # Whoever came with these may be one too many for an address that counted until now.
    at_most = MOST_WHO_SHARE + len(seeds)
    left = await matching_store.holders(tx.connection, account_id, given_up, at_least=1, at_most=at_most)
    crowded, asked = set(left.crowded), set(given_up)
    frontier = left.ids | set(seeds)
    while frontier:
        loaded = {each: known[each] for each in frontier & known.keys()}
        loaded |= await matching_store.load(tx.connection, frontier - known.keys())
        found |= loaded
        about = await matching_store.decisions_about(tx.connection, account_id, loaded.keys())
        decisions |= {each.pair: each for each in about}
        theirs = {a for each in loaded.values() for a in each.addresses} - asked
        asked |= theirs
        sharing = await matching_store.holders(tx.connection, account_id, theirs, at_least=2, at_most=at_most)
        crowded |= sharing.crowded
        users = {each.identity.user_id for each in loaded.values() if each.identity.user_id}
        of_users = await matching_store.identities_of_users(tx.connection, users)
        decided = {member for each in about for member in each.pair}
        frontier = (sharing.ids | of_users | decided) - found.keys() - frontier
    if crowded:
        found = {key: replace(each, addresses=each.addresses - crowded) for key, each in found.items()}
    return found, list(decisions.values())


async def leave_behind(
    tx: Transaction, account_id: AccountId, gone: Iterable[Stored], left: Mapping[PersonId, PersonId]
) -> set[PersonId]:
    """The Persons that those who are gone had of their own lead to whom the others of theirs are now, if any."""
    theirs = list(gone)
    await matching_store.lead(tx.connection, {PersonId(each.identity.id): left.get(each.person_id) for each in theirs})
    await index_store.index_persons(tx.connection, account_id, [_nobody(each.identity) for each in theirs])
    return {PersonId(each.identity.id) for each in theirs}


def tell_directory(tx: Transaction, account_id: AccountId) -> None:
    """Whoever has the list on screen is to look again."""
    tx.announce(f"directory.{account_id}")


def _person(person_id: PersonId, theirs: Sequence[Identity]) -> Person:
    # Described by the index.
    return Person(id=person_id, display_name="", job_title=None, department=None, identities=list(theirs))


def _nobody(was: Identity) -> Person:
    return Person(
        id=PersonId(was.id),
        display_name=was.display_name,
        job_title=was.job_title,
        department=was.department,
        identities=[],
    )
