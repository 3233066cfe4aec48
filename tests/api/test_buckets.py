"""How requests are counted, by themselves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskbridge.api.rate_limit import Buckets, place_of


@settings(max_examples=200)
@given(
    st.integers(1, 500),
    st.lists(st.tuples(st.floats(0, 30), st.integers(1, 40)), min_size=1, max_size=60),
)
def test_never_more_than_a_bucket_and_what_flows_in(a_minute: int, asked: list[tuple[float, int]]) -> None:
    buckets, now, taken = Buckets(a_minute), 1e9, 0
    for pause, cost in asked:
        now += pause
        wait = buckets.take("k", now, cost)
        if wait == 0:
            taken += min(cost, a_minute)
        else:
            # What it says is true, and no more than that.
            assert 0 < wait <= 60
            assert buckets.take("k", now + wait + 1e-5, cost) == 0
            taken += min(cost, a_minute)
            now += wait + 1e-5
        assert taken <= a_minute + (now - 1e9) * a_minute / 60 + 1


def test_a_clock_that_is_set_back_locks_nobody_out_and_many_make_no_memory() -> None:
    buckets = Buckets(60, most=3)
    for _ in range(60):
        assert buckets.take("k", 1e6) == 0
    assert buckets.take("k", 1e6) > 0
    assert buckets.take("k", 1e6 - 86_400) == 0
    for each in range(1000):
        assert buckets.take(str(each), 1e6) == 0
    assert len(buckets._full_at) <= 3
    assert Buckets(0).take("k", 0) == 0


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_who_has_a_network_is_one(address: str, place: str) -> None:
    assert place_of(address) == place
