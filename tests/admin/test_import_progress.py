"""What an import in the terminal says of how far it is: counts, and the remaining time where it is known."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from deskbridge.admin.import_progress import counts
from deskbridge.directory.imports import ImportKind, ImportState, ImportView


def running(total: int | None, remaining_seconds: int | None) -> ImportView:
    return ImportView(
        id="import-1",
        kind=ImportKind.TEAMS,
        state=ImportState.RUNNING,
        is_full=total is not None,
        is_scheduled=False,
        started_at=datetime(2026, 11, 24, 2, tzinfo=UTC),
        finished_at=None,
        total=total,
        remaining_seconds=remaining_seconds,
        read=1_200,
        added=900,
        changed=12,
        merged=3,
        removed=0,
        ambiguous=0,
        skipped=[],
        error=None,
        waiting=None,
    )


DONE = "900 added, 12 changed, 3 merged"


@pytest.mark.parametrize(
    ("total", "seconds", "line"),
    [
        (30_000, 130, f"1,200 of 30,000 read, {DONE}, about 2 min left"),
        (30_000, 90, f"1,200 of 30,000 read, {DONE}, about 2 min left"),
        (30_000, 89, f"1,200 of 30,000 read, {DONE}, about 89 s left"),
        (30_000, None, f"1,200 of 30,000 read, {DONE}"),
        # What changed since the last time has no total, and nothing to reckon from.
        (None, None, f"1,200 read, {DONE}"),
    ],
)
def test_it_counts_and_says_how_long_it_still_takes_where_that_is_known(
    total: int | None, seconds: int | None, line: str
) -> None:
    assert counts(running(total, seconds)) == line
