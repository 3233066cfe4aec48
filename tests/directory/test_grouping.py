"""Who is the same Person, as a pure function (D2): the order does not matter, and what an admin decided holds."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskbridge.accounts.model import UserId
from deskbridge.directory.matching import MOST_WHO_SHARE, Decision, Doubt, Known, Verdict, group, person_of
from deskbridge.directory.model import IdentityId, Platform

CC, TEAMS, WORK = Platform.CONTACT_CENTER, Platform.TEAMS, Platform.WORK


def known(name: str, platform: Platform, *addresses: str, user: str | None = None) -> Known:
    """An Identity."""
    return Known(IdentityId(name), platform, frozenset(addresses), UserId(user) if user else None)


def together(*identities: Known, decisions: tuple[Decision, ...] = ()) -> set[str]:
    """Who is one Person, by their names."""
    return {" ".join(sorted(each)) for each in group(identities, decisions).groups}


def same(one: str, other: str, at: int = 1) -> Decision:
    return Decision(IdentityId(one), IdentityId(other), Verdict.SAME, at)


def different(one: str, other: str, at: int = 1) -> Decision:
    return Decision(IdentityId(one), IdentityId(other), Verdict.DIFFERENT, at)


def test_who_shares_an_address_across_platforms_is_one_person() -> None:
    agent, teams, work = known("agent", CC, "a@x"), known("teams", TEAMS, "a@x", "b@x"), known("work", WORK, "a@x")

    assert together(agent, teams, work) == {"agent teams work"}
    assert together(agent, known("else", TEAMS, "c@x")) == {"agent", "else"}


def test_one_address_on_two_persons_is_left_to_an_admin() -> None:
    agent, robin, rob = known("agent", CC, "a@x"), known("robin", TEAMS, "a@x"), known("rob", TEAMS, "a@x")

    found = group([agent, robin, rob])
    assert len(found.groups) == 3
    (left,) = found.open
    assert (left.members, left.doubt) == ({"agent", "robin", "rob"}, Doubt.PLATFORM_TWICE)


def test_two_addresses_on_two_persons_are_left_to_an_admin() -> None:
    agent, teams, work = known("agent", CC, "a@x"), known("teams", TEAMS, "a@x", "b@x"), known("work", WORK, "b@x")

    found = group([agent, teams, work])
    assert len(found.groups) == 3
    assert [each.doubt for each in found.open] == [Doubt.NOT_ALL_SHARE]


def test_what_an_admin_put_together_counts_as_one_and_what_they_kept_apart_shares_nothing() -> None:
    agent, teams, work = known("agent", CC, "a@x"), known("teams", TEAMS, "a@x", "b@x"), known("work", WORK, "b@x")

    assert together(agent, teams, work, decisions=(different("teams", "work"),)) == {"agent teams", "work"}
    assert together(agent, teams, work, decisions=(same("agent", "teams"),)) == {"agent teams work"}
    kept = (same("agent", "teams"), different("agent", "work"), different("teams", "work"))
    assert together(agent, teams, work, decisions=kept) == {"agent teams", "work"}
    assert together(agent, known("no", WORK), decisions=(same("agent", "no"),)) == {"agent no"}


def test_of_decisions_that_contradict_each_other_the_newest_holds() -> None:
    agent, old, new = known("agent", CC), known("old", TEAMS), known("new", TEAMS)

    assert together(agent, old, new, decisions=(same("agent", "old", 1), same("agent", "new", 2))) == {
        "agent new",
        "old",
    }
    assert together(agent, old, new, decisions=(same("agent", "old", 3), same("agent", "new", 2))) == {
        "agent old",
        "new",
    }


def test_one_user_is_one_person() -> None:
    agent, work, other = known("agent", CC, "a@x", user="u"), known("work", WORK, user="u"), known("o", WORK, "a@x")

    assert together(agent, work) == {"agent work"}
    assert together(agent, work, decisions=(different("agent", "work"),)) == {"agent work"}
    assert together(agent, work, other) == {"agent work", "o"}


def test_an_address_of_very_many_says_nothing() -> None:
    team = [known(f"{number:02}", TEAMS, "team@x") for number in range(MOST_WHO_SHARE)]

    assert group(team).open
    assert not group([*team, known("agent", CC, "team@x", "a@x"), known("work", WORK, "a@x")]).open


places = st.sampled_from(list(Platform))
addresses = st.frozensets(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=3)
directories = st.lists(st.tuples(places, addresses), max_size=9).map(
    lambda told: [known(f"{number}", platform, *some) for number, (platform, some) in enumerate(told)]
)
verdicts = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 8), st.sampled_from(list(Verdict)), st.integers(0, 3)), max_size=5
)


def decided(told: list[tuple[int, int, Verdict, int]]) -> list[Decision]:
    pairs = {frozenset((one, other)): (verdict, at) for one, other, verdict, at in told if one != other}
    return [
        Decision(IdentityId(str(min(pair))), IdentityId(str(max(pair))), verdict, at)
        for pair, (verdict, at) in pairs.items()
    ]


@given(directories, verdicts, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(
    identities: list[Known], told: list[tuple[int, int, Verdict, int]], order: random.Random
) -> None:
    decisions = decided(told)
    first = group(identities, decisions)
    order.shuffle(identities)
    order.shuffle(decisions)
    again = group(identities, decisions)

    assert set(again.groups) == set(first.groups)
    assert {(each.id, each.members, each.doubt) for each in again.open} == {
        (each.id, each.members, each.doubt) for each in first.open
    }


@given(directories, verdicts)
def test_everybody_is_exactly_one_person_and_no_person_has_a_platform_twice(
    identities: list[Known], told: list[tuple[int, int, Verdict, int]]
) -> None:
    by_id = {each.id: each for each in identities}
    found = group(identities, decided(told))

    assert sorted(member for each in found.groups for member in each) == sorted(by_id)
    for members in found.groups:
        assert len({by_id[each].platform for each in members}) == len(members)
        assert person_of(by_id[each] for each in members) in members


@given(directories, verdicts)
def test_who_was_kept_apart_is_apart_and_only_shared_addresses_or_an_admin_put_together(
    identities: list[Known], told: list[tuple[int, int, Verdict, int]]
) -> None:
    by_id = {each.id: each for each in identities}
    decisions = decided(told)
    for members in group(identities, decisions).groups:
        for one, other in combinations(members, 2):
            pair = frozenset((one, other))
            assert not any(each.pair == pair and each.verdict is Verdict.DIFFERENT for each in decisions)
            if not decisions:
                assert by_id[one].addresses & by_id[other].addresses


@given(directories)
def test_after_an_admin_split_everybody_and_took_it_back_everything_is_as_before(identities: list[Known]) -> None:
    before = group(identities)
    apart = [different(one.id, other.id) for one, other in combinations(identities, 2)]

    assert {len(each) for each in group(identities, apart).groups} <= {1}
    assert group(identities, apart).open == []
    assert group(identities, []) == before


@pytest.mark.parametrize("size", [2, 3])
def test_the_person_is_that_of_who_is_made_here(size: int) -> None:
    everyone = [known("c", CC), known("b", WORK), known("a", TEAMS)]

    assert person_of(everyone[-size:]) == ("c" if size == 3 else "b")
