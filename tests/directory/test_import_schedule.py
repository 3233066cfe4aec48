"""When an import begins by itself, and how long one still takes: pure functions of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskbridge.directory.imports import ImportSettings, due_since, remaining_seconds

NOON = datetime(2026, 7, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "zone", "since"),
    [
        ("02:00", "UTC", datetime(2026, 7, 14, 2, tzinfo=UTC)),
        ("12:00", "UTC", NOON),
        ("12:01", "UTC", datetime(2026, 7, 13, 12, 1, tzinfo=UTC)),
        ("02:00", "Europe/Berlin", datetime(2026, 7, 14, 0, tzinfo=UTC)),
        ("23:30", "Pacific/Auckland", datetime(2026, 7, 14, 11, 30, tzinfo=UTC)),
        ("00:30", "Pacific/Auckland", datetime(2026, 7, 13, 12, 30, tzinfo=UTC)),
    ],
)
def test_it_is_due_since_the_last_time_that_the_clock_showed_that(at: str, zone: str, since: datetime) -> None:
    assert due_since(ImportSettings(at=at, time_zone=zone), NOON) == since


def test_without_a_time_it_is_never_due() -> None:
    assert due_since(ImportSettings(at=None), NOON) is None


@given(
    st.integers(0, 365 * 24 * 3600).map(lambda seconds: NOON + timedelta(seconds=seconds)),
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"]),
    st.integers(0, 23),
)
def test_it_is_due_once_a_day_also_when_clocks_are_changed(now: datetime, zone: str, hour: int) -> None:
    since = due_since(ImportSettings(at=f"{hour}:00", time_zone=zone), now)

    assert since is not None
    assert timedelta(hours=-1) <= now - since <= timedelta(hours=25)


def test_who_is_chosen_is_the_same_however_it_is_written() -> None:
    one = ImportSettings(domains=["b.example", "@A.example", "a.example"])

    assert one.chosen == ImportSettings(domains=["a.example", "B.EXAMPLE"]).chosen
    assert one.chosen != ImportSettings(domains=["a.example"]).chosen != ImportSettings(guests=False).chosen


def test_what_remains_is_reckoned_from_the_rate_until_now() -> None:
    assert remaining_seconds(250, 1000, timedelta(seconds=10)) == 30
    assert remaining_seconds(1200, 1000, timedelta(seconds=10)) == 0
    assert remaining_seconds(0, 1000, timedelta(seconds=10)) is None
    assert remaining_seconds(250, None, timedelta(seconds=10)) is None
