"""Who is the same Person (D2), as one pure function of what is known now, in whatever order it was learned.

Part of the directory's model, apart from `model.py` because it is a subject of its own. The rule, and why it is so, is
in docs/decisions/0010-matching-as-a-function-of-what-is-known.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import combinations
from typing import Final

from deskbridge.accounts.model import AccountId, UserId, View
from deskbridge.directory.model import Identity, IdentityId, PersonId, Platform

MOST_WHO_SHARE: Final = 20
"""An address that more Identities have than this says nothing of who somebody is: a mailbox of a whole team."""

_MAKES_THE_PERSON: Final = (Platform.CONTACT_CENTER, Platform.WORK, Platform.TEAMS)
"""Whose own Person the others join: Users are made here and stay, Teams users come and go with their licenses."""


class Verdict(StrEnum):
    """What an admin decided of two Identities."""

    SAME = "same"
    DIFFERENT = "different"


class Doubt(StrEnum):
    """Why Identities that share addresses were not put together."""

    PLATFORM_TWICE = "platform_twice"
    NOT_ALL_SHARE = "not_all_share"


DOUBTS: Final[Mapping[Doubt, str]] = {
    Doubt.PLATFORM_TWICE: "The same address leads to more than one person.",
    Doubt.NOT_ALL_SHARE: "The addresses of one account lead to different people.",
}


class MatchSide(View):
    """One Identity of a match to decide: whose it is now, and all its addresses."""

    person_id: PersonId
    identity: Identity
    addresses: list[str]


class Match(View):
    """Identities that share addresses, but not so that they surely are one Person; an admin decides.

    `shared` are the addresses that more than one of them has. `words` says the doubt as a sentence.
    """

    id: str
    doubt: Doubt
    words: str
    sides: list[MatchSide]
    shared: list[str]


Pair = tuple[IdentityId, IdentityId]
"""Two Identities, the lesser id first."""


class DecisionView(View):
    """What was decided of two Identities, when, and which User that was; None: an operator at the console."""

    one: Identity
    other: Identity
    verdict: Verdict
    decided_at: datetime
    decided_by: UserId | None


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides, for which Account; an operator at the console is no User."""

    account_id: AccountId
    user_id: UserId | None


@dataclass(frozen=True, slots=True)
class Known:
    """What matching looks at of an Identity; `addresses` in the form in which they are compared.

    Identities of the same User are the same Person, whatever their addresses.
    """

    id: IdentityId
    platform: Platform
    addresses: frozenset[str]
    user_id: UserId | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """An admin's word about two Identities; of decisions that contradict each other the one with higher `at` holds."""

    one: IdentityId
    other: IdentityId
    verdict: Verdict
    at: int

    @property
    def pair(self) -> frozenset[IdentityId]:
        """The two, in no order."""
        return frozenset((self.one, self.other))


@dataclass(frozen=True, slots=True)
class Open:
    """A match for an admin to decide."""

    members: frozenset[IdentityId]
    doubt: Doubt

    @property
    def id(self) -> str:
        """The same for the same members, whatever the order."""
        return min(self.members)


@dataclass(frozen=True, slots=True)
class Grouping:
    """Who is whom: each group is one Person, each Identity is in exactly one."""

    groups: list[frozenset[IdentityId]]
    open: list[Open]


def person_of(group: Iterable[Known]) -> PersonId:
    """The Person that these Identities are.

    Every Identity has a Person of its own, with the same id, and the others of the group join that of the first: so
    whoever is split off again is who they were before, and so are the conversations with them.
    """
    first = min(group, key=lambda each: (_MAKES_THE_PERSON.index(each.platform), each.id))
    return PersonId(first.id)


def group(identities: Collection[Known], decisions: Collection[Decision] = ()) -> Grouping:
    """Put together what surely is one Person.

    All who share addresses, directly or by way of others, are one Person if each of them shares an address with each
    other one and no platform occurs twice. Otherwise none of them are put together, and an admin decides. What an
    admin has put together counts as one; whom an admin has kept apart share nothing.
    """
    by_id = {each.id: each for each in identities}
    apart = {each.pair for each in decisions if each.verdict is Verdict.DIFFERENT}
    blocks = _put_together_by_hand(by_id, decisions, apart)
    neighbours = _neighbours(blocks, by_id, apart)
    groups: list[frozenset[IdentityId]] = []
    open_: list[Open] = []
    for component in _components(neighbours):
        members = frozenset().union(*component)
        doubt = _doubt(component, neighbours, [by_id[each].platform for each in members])
        groups += component if doubt else [members]
        if doubt:
            open_.append(Open(members, doubt))
    return Grouping(groups, open_)


def keeping_apart(
    identities: Collection[Known], decisions: Collection[Decision], some: Iterable[Collection[IdentityId]]
) -> set[frozenset[IdentityId]]:
    """The pairs to decide as different, so that no two of these become one Person.

    To take two apart can make sure what was in doubt between each of them and others.
    """
    whose = {member: number for number, members in enumerate(some) for member in members}
    found: set[frozenset[IdentityId]] = set()
    while True:
        told = [Decision(min(pair), max(pair), Verdict.DIFFERENT, 0) for pair in found]
        groups = group(identities, [*decisions, *told]).groups
        pairs = (pair for members in groups for pair in combinations(members, 2))
        joined = {frozenset((one, other)) for one, other in pairs if whose[one] != whose[other]}
        if not joined:
            return found
        found |= joined


Block = frozenset[IdentityId]


def _put_together_by_hand(
    by_id: Mapping[IdentityId, Known], decisions: Iterable[Decision], apart: Collection[frozenset[IdentityId]]
) -> list[Block]:
    block_of = _of_one_user(by_id.values())
    same = [each for each in decisions if each.verdict is Verdict.SAME and each.pair <= by_id.keys()]
    # The newest first: what an older one would put together against it stays apart.
    for each in sorted(same, key=lambda each: (-each.at, sorted(each.pair))):
        both = block_of[each.one] | block_of[each.other]
        platforms = [by_id[member].platform for member in both]
        if len(set(platforms)) == len(platforms) and not _are_apart(both, apart):
            for member in both:
                block_of[member] = both
    return sorted(set(block_of.values()), key=min)


def _of_one_user(identities: Iterable[Known]) -> dict[IdentityId, Block]:
    of_user: defaultdict[str, list[IdentityId]] = defaultdict(list)
    for each in identities:
        of_user[each.user_id or each.id].append(each.id)
    return {member: frozenset(members) for members in of_user.values() for member in members}


def _are_apart(members: Block, apart: Collection[frozenset[IdentityId]]) -> bool:
    return bool(apart) and any(frozenset(pair) in apart for pair in combinations(members, 2))


def _neighbours(
    blocks: Iterable[Block], by_id: Mapping[IdentityId, Known], apart: Collection[frozenset[IdentityId]]
) -> dict[Block, set[Block]]:
    holders: defaultdict[str, set[Block]] = defaultdict(set)
    sharing: defaultdict[str, int] = defaultdict(int)
    found: dict[Block, set[Block]] = {}
    for block in blocks:
        found[block] = set()
        for member in block:
            for address in by_id[member].addresses:
                holders[address].add(block)
                sharing[address] += 1
    for address, those in holders.items():
        if sharing[address] > MOST_WHO_SHARE:
            continue
        for one, other in combinations(those, 2):
            if not (apart and any(frozenset((a, b)) in apart for a in one for b in other)):
                found[one].add(other)
                found[other].add(one)
    return found


def _components(neighbours: Mapping[Block, set[Block]]) -> list[list[Block]]:
    seen: set[Block] = set()
    found: list[list[Block]] = []
    for start in neighbours:
        if start in seen:
            continue
        component = [start]
        seen.add(start)
        for block in component:
            new = neighbours[block] - seen
            seen |= new
            component += sorted(new, key=min)
        found.append(component)
    return found


def _doubt(
    component: Collection[Block], neighbours: Mapping[Block, set[Block]], platforms: Collection[Platform]
) -> Doubt | None:
    if len(component) == 1:
        return None
    if len(set(platforms)) < len(platforms):
        return Doubt.PLATFORM_TWICE
    everyone = all(len(neighbours[block]) == len(component) - 1 for block in component)
    return None if everyone else Doubt.NOT_ALL_SHARE
