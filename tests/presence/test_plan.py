"""Who carries whose presence: whatever the screens and the agents, the plan keeps its promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from deskbridge.accounts.model import UserId
from deskbridge.directory.model import IdentityId
from deskbridge.teams import presence_plan
from deskbridge.teams.presence_plan import (
    KEPT,
    MOST_IDS,
    QUIET,
    Carrier,
    Drop,
    Plan,
    Renew,
    Subscribe,
    Watch,
    make_plan,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def person(number: int) -> IdentityId:
    return IdentityId(f"i{number:05d}")


def agent(number: int) -> UserId:
    return UserId(f"u{number:03d}")


moments = st.integers(0, 900).map(lambda seconds: NOW - timedelta(seconds=seconds))
carriers_of = st.lists(
    st.tuples(st.none() | st.integers(-60, 3000), st.none() | st.integers(-60, 600)), max_size=5
).map(
    lambda given: [
        Carrier(
            agent(number),
            None if renew is None else NOW + timedelta(seconds=renew),
            None if wait is None else NOW + timedelta(seconds=wait),
        )
        for number, (renew, wait) in enumerate(given)
    ]
)


@st.composite
def watches_of(draw: st.DrawFn) -> list[Watch]:
    """Few people one by one, or many in bulk, so that subscriptions fill up."""
    bulk = draw(st.sampled_from([0, 0, 5, 640, 1500]))
    single = draw(st.lists(st.tuples(moments, st.none() | moments, st.none() | st.integers(0, 6)), max_size=12))
    watches = [
        Watch(person(number), since, left, None if carrier is None else agent(carrier))
        for number, (since, left, carrier) in enumerate(single)
    ]
    since, carrier = draw(moments), draw(st.none() | st.integers(0, 6))
    watches += [
        Watch(person(1000 + number), since, None, None if carrier is None else agent(carrier + number // MOST_IDS))
        for number in range(bulk)
    ]
    return watches


def after(plan: Plan, watches: list[Watch], carriers: list[Carrier]) -> tuple[list[Watch], list[Carrier]]:
    """The world once everything has been done."""
    by_user = {each.user_id: each for each in carriers}
    carried = {each.id: each for each in watches}
    for step in plan.steps:
        renew_at = None if isinstance(step, Drop) else NOW + HOUR
        by_user[step.user_id] = replace(by_user[step.user_id], renew_at=renew_at)
        if isinstance(step, Renew):
            continue
        ids = step.ids if isinstance(step, Subscribe) else frozenset[IdentityId]()
        for each in list(carried.values()):
            if each.id in ids:
                carried[each.id] = replace(each, carrier=step.user_id)
            elif each.carrier == step.user_id:
                carried[each.id] = replace(each, carrier=None)
    return list(carried.values()), list(by_user.values())


@settings(deadline=None)
@given(watches_of(), carriers_of)
def test_no_subscription_holds_more_than_microsoft_allows(watches: list[Watch], carriers: list[Carrier]) -> None:
    for step in make_plan(watches, carriers, NOW).steps:
        if isinstance(step, Subscribe):
            assert 0 < len(step.ids) <= MOST_IDS


@settings(deadline=None)
@given(watches_of(), carriers_of)
def test_whoever_is_in_view_is_covered_or_known_not_to_be(watches: list[Watch], carriers: list[Carrier]) -> None:
    plan = make_plan(watches, carriers, NOW)
    then, carriers_then = after(plan, watches, carriers)
    alive = {each.user_id for each in carriers_then if each.renew_at is not None}
    in_view = {each.id for each in watches if each.left_at is None}
    covered = {each.id for each in then if each.carrier in alive}
    assert in_view - covered == plan.uncovered


@settings(deadline=None)
@given(watches_of(), carriers_of)
def test_nobody_is_in_two_subscriptions(watches: list[Watch], carriers: list[Carrier]) -> None:
    made = [step for step in make_plan(watches, carriers, NOW).steps if isinstance(step, Subscribe)]
    ids = [each for step in made for each in step.ids]
    assert len(ids) == len(set(ids))
    assert len({step.user_id for step in made}) == len(made)


@settings(deadline=None)
@given(watches_of(), carriers_of)
def test_once_done_there_is_nothing_to_do(watches: list[Watch], carriers: list[Carrier]) -> None:
    then, carriers_then = after(make_plan(watches, carriers, NOW), watches, carriers)
    assert make_plan(then, carriers_then, NOW).steps == ()


@settings(deadline=None)
@given(watches_of(), carriers_of)
def test_it_looks_again_later_and_not_at_once(watches: list[Watch], carriers: list[Carrier]) -> None:
    look_at = make_plan(watches, carriers, NOW).look_at
    assert look_at is None or look_at > NOW


@settings(deadline=None)
@given(watches_of(), carriers_of)
def test_as_long_as_there_is_room_nobody_waits_for_ever(watches: list[Watch], carriers: list[Carrier]) -> None:
    ready = [replace(each, not_before=None) for each in carriers]
    in_view = sum(each.left_at is None for each in watches)
    if ready and in_view <= MOST_IDS:
        assert make_plan(watches, ready, NOW + HOUR).uncovered == frozenset()


class TestOneByOne:
    """What a reader would want to know."""

    def test_newcomers_wait_until_the_screens_rest(self) -> None:
        newcomer = Watch(person(1), NOW)
        carriers = [Carrier(agent(1))]
        waiting = make_plan([newcomer], carriers, NOW)
        assert (waiting.steps, waiting.look_at) == ((), NOW + QUIET)
        (step,) = make_plan([newcomer], carriers, NOW + QUIET).steps
        assert step == Subscribe(agent(1), frozenset({person(1)}))

    def test_scrolling_does_not_put_it_off_for_ever(self) -> None:
        scrolled = [Watch(person(number), NOW + timedelta(seconds=number)) for number in range(9)]
        assert make_plan(scrolled, [Carrier(agent(1))], NOW + presence_plan.AT_MOST).steps

    def test_who_carries_nothing_goes_first(self) -> None:
        carried = Watch(person(1), NOW - HOUR, None, agent(1))
        newcomer = Watch(person(2), NOW - HOUR)
        plan = make_plan([carried, newcomer], [Carrier(agent(1), NOW + HOUR), Carrier(agent(2))], NOW)
        assert plan.steps == (Subscribe(agent(2), frozenset({person(2)})),)

    def test_who_left_last_stays_when_there_is_room(self) -> None:
        carried = [Watch(person(number), NOW - HOUR, None, agent(1)) for number in range(MOST_IDS - 2)]
        left = [Watch(person(1000 + n), NOW - HOUR, NOW - timedelta(seconds=60 + n), agent(1)) for n in range(2)]
        newcomer = Watch(person(2000), NOW - HOUR)
        (step,) = make_plan([*carried, *left, newcomer], [Carrier(agent(1), NOW + HOUR)], NOW).steps
        assert isinstance(step, Subscribe)
        assert {person(2000), person(1000)} <= step.ids
        assert person(1001) not in step.ids

    def test_a_subscription_that_nobody_needs_ends_after_a_while(self) -> None:
        left = Watch(person(1), NOW - HOUR, NOW, agent(1))
        carriers = [Carrier(agent(1), NOW + HOUR)]
        kept = make_plan([left], carriers, NOW)
        assert (kept.steps, kept.look_at) == ((), NOW + KEPT)
        assert make_plan([left], carriers, NOW + KEPT).steps == (Drop(agent(1)),)

    def test_whose_carrier_is_lost_is_taken_over_at_once(self) -> None:
        orphan = Watch(person(1), NOW - HOUR, None, agent(9))
        (step,) = make_plan([orphan], [Carrier(agent(1))], NOW).steps
        assert step == Subscribe(agent(1), frozenset({person(1)}))
