"""The documents say what is true."""

import json
import re
from pathlib import Path

import pytest
import sim_schema
import typer.main
from sim_tenant import Tenant
from typer.core import TyperGroup

from m365sim import coverage
from m365sim.cli import app

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_coverage_is_up_to_date() -> None:
    """If this fails: m365sim coverage --write docs/graph-coverage.md."""
    assert (DOCS / "graph-coverage.md").read_text() == coverage.markdown()


def test_every_described_operation_is_covered() -> None:
    if not sim_schema.FILE.exists():
        pytest.skip("Microsoft's metadata is not there.")
    ours = {
        (operation.method, re.sub(r"\{[^}]+\}", "{}", path).lower())
        for operation in coverage.all_operations()
        for path in operation.paths
    }
    described = json.loads(sim_schema.FILE.read_text())["paths"]
    missing = [
        f"{method.upper()} {path}"
        for path, methods in described.items()
        for method in methods
        if (method.upper(), re.sub(r"\{[^}]+\}", "{}", path).replace("()", "").lower()) not in ours
        and method != "parameters"
    ]
    assert missing == []


def test_every_option_is_documented() -> None:
    text = (DOCS / "m365sim.md").read_text()
    commands = typer.main.get_command(app)
    assert isinstance(commands, TyperGroup)
    for option in commands.commands["serve"].params:
        assert any(name in text for name in (*option.opts, *option.secondary_opts)), option.opts


async def test_every_control_call_is_documented(tenant: Tenant) -> None:
    text = (DOCS / "m365sim.md").read_text()
    described = (await tenant.http.get("/_sim/openapi.json")).json()["paths"]
    for path in described:
        last = [part for part in path.split("/") if not part.startswith("{")][-1]
        assert last in text, path


def test_what_a_real_tenant_said_stands_beside_our_guess() -> None:
    seen = {"GET /me": "2026-11-22", "existing_chat_status": "2026-11-22: `200`", "acl": "2026-11-23"}
    rows = coverage.markdown(seen).splitlines()
    assert any(row.startswith("| `GET /me` |") and row.endswith("| 2026-11-22 |") for row in rows)
    assert any("`existing_chat_status` = `201`" in row and row.endswith("| 2026-11-22: `200` |") for row in rows)
    assert any("AclCheckFailed" in row and row.endswith("| 2026-11-23 |") for row in rows)
