"""Known problems of packages: found, none, or nobody could be asked; only what was found fails."""

from __future__ import annotations

import importlib.util
from datetime import UTC, date, datetime, timedelta
from types import ModuleType

import pytest

from deskbridge.health.findings import Severity
from deskbridge.health.parts import check_parts
from support.pages import ROOT


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The program that `make check` runs."""
    spec = importlib.util.spec_from_file_location("known_problems", ROOT / "tools" / "known_problems.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_pip_audit_says(tool: ModuleType) -> None:
    fine = {"name": "httpx", "version": "1", "vulns": []}
    bad = {"name": "jinja2", "version": "2", "vulns": [{"id": "CVE-1"}, {"id": "CVE-2"}]}
    away = {"name": "nh3", "skip_reason": "not found"}
    assert tool.python_problems({"dependencies": [fine, away]}) == []
    assert tool.python_problems({"dependencies": [fine, bad]}) == ["jinja2 2: CVE-1, CVE-2"]
    for nobody in (None, [], {}, {"dependencies": []}, {"dependencies": [away, away]}):
        assert tool.python_problems(nobody) is None


def test_what_npm_audit_says(tool: ModuleType) -> None:
    assert tool.web_problems({"vulnerabilities": {}}) == []
    assert tool.web_problems({"vulnerabilities": {"react": {"severity": "high"}}}) == ["react: high"]
    for nobody in (None, [], {"message": "no route", "error": {}}):
        assert tool.web_problems(nobody) is None


def test_an_old_release_says_so_by_itself(tool: ModuleType) -> None:
    last = datetime.fromisoformat(tool.UPGRADED.read_text(encoding="ascii").strip()).replace(tzinfo=UTC)
    assert check_parts(last + timedelta(days=92)).severity is Severity.OK
    old = check_parts(last + timedelta(days=93))
    assert (old.severity, "93 days ago" in old.says, bool(old.remedy)) == (Severity.WARNING, True, True)


def test_parts_are_overdue_after_three_months(tool: ModuleType) -> None:
    assert tool.overdue("2026-01-10\n", date(2026, 4, 10)) == []
    (said,) = tool.overdue("2026-01-10\n", date(2026, 4, 13))
    assert "tools/lock.sh --upgrade" in said
    assert tool.overdue(tool.UPGRADED.read_text(encoding="ascii"), date(2026, 11, 24)) == []


def test_no_release_is_made_with_parts_that_are_overdue_or_have_known_problems(tool: ModuleType) -> None:
    fine, bad, away = {"pip-audit": []}, {"pip-audit": ["jinja2 2: CVE-1"]}, {"pip-audit": None}
    assert [tool.refused(each, [], is_release=True) for each in (fine, bad, away)] == [False, True, True]
    assert [tool.refused(each, [], is_release=False) for each in (fine, bad, away)] == [False, True, False]
    # The same commit has to pass on any day.
    assert tool.refused(fine, ["Overdue"], is_release=True)
    assert not tool.refused(fine, ["Overdue"], is_release=False)
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nrelease:")[2].splitlines()[1]
    assert recipe.split()[-2:] == ["tools/known_problems.py", "--release"]
