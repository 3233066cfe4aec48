"""docs/asvs.md speaks of every requirement of levels 1 and 2 once, and names only tests and pages that exist."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from support.pages import ROOT, read

SECTIONS = (
    "1.1:1-2 1.2:1-9 1.3:1-11 1.4:1-3 1.5:1-2 2.1:1-3 2.2:1-3 2.3:1-4 2.4:1-1 3.2:1-2 3.3:1-4 3.4:1-6 3.5:1-5 3.7:1-2 "
    "4.1:1-3 4.2:1-1 4.3:1-2 4.4:1-4 5.1:1-1 5.2:1-3 5.3:1-2 5.4:1-3 6.1:1-3 6.2:1-12 6.3:1-4 6.4:1-4 6.5:1-5 6.6:1-3 "
    "6.8:1-4 7.1:1-3 7.2:1-4 7.3:1-2 7.4:1-5 7.5:1-2 7.6:1-2 8.1:1-2 8.2:1-3 8.3:1-1 8.4:1-1 9.1:1-3 9.2:1-4 10.1:1-2 "
    "10.2:1-2 10.3:1-4 10.4:1-11 10.5:1-5 10.6:1-2 10.7:1-3 11.1:1-2 11.2:1-3 11.3:1-3 11.4:1-4 11.5:1-1 11.6:1-1 "
    "12.1:1-3 12.2:1-2 12.3:1-4 13.1:1-1 13.2:1-5 13.3:1-2 13.4:1-5 14.1:1-2 14.2:1-4 14.3:1-3 15.1:1-3 15.2:1-3 "
    "15.3:1-7 16.1:1-1 16.2:1-5 16.3:1-4 16.4:1-3 16.5:1-3 17.1:1-1 17.2:1-4 17.3:1-2"
)
"""Of ASVS 5.0.0: each section with the first and the last of its requirements of levels 1 and 2."""


@pytest.fixture(scope="module")
def rows() -> list[list[str]]:
    """The table's rows, each with its five cells."""
    lines = re.findall(r"^\| (\d.*) \|$", read("docs/asvs.md"), flags=re.MULTILINE)
    return [each.split(" | ") for each in lines]


def test_every_requirement_is_there_once(rows: list[list[str]]) -> None:
    wanted = []
    for each in SECTIONS.split():
        section, _, span = each.partition(":")
        first, last = (int(number) for number in span.split("-"))
        wanted += [f"{section}.{number}" for number in range(first, last + 1)]
    assert [row[0] for row in rows] == wanted
    assert {len(row) for row in rows} == {5}


def test_each_is_met_or_not_or_not_applicable_and_they_are_counted(rows: list[list[str]]) -> None:
    found = Counter(row[3] for row in rows)
    assert set(found) <= {"met", "not met", "not applicable"}
    counts = f"Met: {found['met']}. Not applicable: {found['not applicable']}. Not met: {found['not met']}."
    assert counts in read("docs/asvs.md")
    assert all(row[4].strip() for row in rows)


def test_all_tests_that_it_names_exist() -> None:
    named = set(re.findall(r"`(test_\w+)`", read("docs/asvs.md")))
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }
    assert named - there == set()
    assert len(named) > 50
