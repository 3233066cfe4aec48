"""Which Teams users are watched by whose subscription: decides only; no await, no clock, no I/O (facts.md 4 and 7).

A connected agent carries at most one subscription of at most 650 people, and it cannot be changed: whoever is added
costs deleting, making anew and one reading. So newcomers are gathered until the screens rest, go first to agents who
carry nothing yet, and people whom nobody looks at any more stay until their place is needed or they are forgotten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from deskbridge.accounts.model import UserId
from deskbridge.directory.model import IdentityId

MOST_IDS: Final = 650
"""In one subscription, and in one reading (facts.md 4)."""
QUIET: Final = timedelta(seconds=2)
"""Without newcomers, before they are subscribed to; they have been read when they came."""
AT_MOST: Final = timedelta(seconds=8)
"""The longest that a newcomer waits while others keep coming."""
KEPT: Final = timedelta(minutes=10)
"""After the last one looked away."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Somebody who is in view since then, or was until `left_at`, and whose subscription tells of them."""

    id: IdentityId
    since: datetime
    left_at: datetime | None = None
    carrier: UserId | None = None


@dataclass(frozen=True, slots=True)
class Carrier:
    """A connected agent; `renew_at` is None while they carry no subscription that lives."""

    user_id: UserId
    renew_at: datetime | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Make that agent's subscription, instead of the one they have, if any."""

    user_id: UserId
    ids: frozenset[IdentityId]


@dataclass(frozen=True, slots=True)
class Renew:
    """It ends soon."""

    user_id: UserId


@dataclass(frozen=True, slots=True)
class Drop:
    """Nobody has looked at anybody in it for long."""

    user_id: UserId


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now, who in view is then in no subscription, and when there will be something to do again."""

    steps: tuple[Subscribe | Renew | Drop, ...]
    uncovered: frozenset[IdentityId]
    look_at: datetime | None


def make_plan(watches: Iterable[Watch], carriers: Sequence[Carrier], now: datetime) -> Plan:
    """The fewest changes that bring everybody in view into a subscription, as far as there is room."""
    alive = {each.user_id for each in carriers if each.renew_at is not None}
    carried: dict[UserId, list[Watch]] = defaultdict(list)
    missing: list[Watch] = []
    for each in watches:
        if each.carrier in alive:
            carried[each.carrier].append(each)
        elif each.left_at is None:
            missing.append(each)
    missing.sort(key=lambda each: (each.since, each.id))
    settled_at = _settled_at(missing)
    is_time = settled_at is not None and settled_at <= now
    made = _place(missing, carriers, carried, now) if is_time else []
    kept = [each for each in carriers if each.renew_at is not None and each.user_id not in {s.user_id for s in made}]
    steps = [*made, *_upkeep(kept, carried, now)]
    covered = frozenset[IdentityId]().union(*(each.ids for each in made))
    uncovered = frozenset(each.id for each in missing) - covered
    moments = [_forget_at(carried[each.user_id], each, now) for each in kept]
    moments += [each.renew_at for each in kept if each.renew_at]
    if uncovered and not is_time and settled_at:
        moments.append(settled_at)
    if uncovered:
        moments += [each.not_before for each in carriers if each.not_before]
    return Plan(tuple(steps), uncovered, min((each for each in moments if each > now), default=None))


def _settled_at(missing: Sequence[Watch]) -> datetime | None:
    if not missing:
        return None
    return min(missing[-1].since + QUIET, missing[0].since + AT_MOST)


def _place(
    missing: Sequence[Watch], carriers: Sequence[Carrier], carried: Mapping[UserId, list[Watch]], now: datetime
) -> list[Subscribe]:
    usable = [each for each in carriers if each.not_before is None or each.not_before <= now]
    in_view = {each.user_id: [w for w in carried.get(each.user_id, ()) if w.left_at is None] for each in usable}
    # Whoever carries nothing costs one request, and nobody else's presence has a gap; then where there is most room.
    usable.sort(key=lambda each: (each.renew_at is not None, len(in_view[each.user_id]), each.user_id))
    made: list[Subscribe] = []
    rest = list(missing)
    for each in usable:
        room = MOST_IDS - len(in_view[each.user_id])
        if not rest or room <= 0:
            continue
        taken, rest = rest[:room], rest[room:]
        stay = [*in_view[each.user_id], *taken]
        left = [(w.left_at, w.id) for w in carried.get(each.user_id, ()) if w.left_at and w.left_at > now - KEPT]
        ids = [w.id for w in stay] + [id_ for _, id_ in sorted(left, reverse=True)]
        made.append(Subscribe(each.user_id, frozenset(ids[:MOST_IDS])))
    return made


def _upkeep(kept: Sequence[Carrier], carried: Mapping[UserId, list[Watch]], now: datetime) -> list[Renew | Drop]:
    steps: list[Renew | Drop] = []
    for each in kept:
        if _forget_at(carried.get(each.user_id, ()), each, now) <= now:
            steps.append(Drop(each.user_id))
        elif each.renew_at is not None and each.renew_at <= now:
            steps.append(Renew(each.user_id))
    return steps


def _forget_at(watches: Iterable[Watch], carrier: Carrier, now: datetime) -> datetime:
    """When the last of them will have been out of view for long; far away while somebody is in view."""
    left = [each.left_at for each in watches]
    if any(each is None for each in left):
        return now + KEPT * 10
    return max((each + KEPT for each in left if each), default=now)
