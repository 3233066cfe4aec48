"""An entry of the audit log that somebody changed past Deskbridge: named in its place, with all others around it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from deskbridge.accounts.model import Role
from deskbridge.api.desk import Desk
from support.agents import Agent
from support.builders import make_account, make_user

Browsers = Callable[[], Agent]
INVITED = {"username": "eve", "display_name": "Eve Adams", "email": "eve@contoso.example"}

ANYWHERE = ["action = 'nonsense'", "detail = '[]'", """detail = '{"a": {"b": 1}}'"""]
ON_SQLITE = ["detail = 'no JSON'", "at = 'yesterday'", "at = 1e300", "who = x'ff'", "hash = x'ff'"]
"""PostgreSQL takes none of these."""


@pytest.fixture
async def dana(desk: Desk, browser_of: Browsers) -> Agent:
    """Dana administers; the second entry is the invitation, and the third that she signed in elsewhere."""
    await make_user(desk, await make_account(desk), "Dana Ortiz", role=Role.ADMIN)
    dana, elsewhere = browser_of(), browser_of()
    await dana.sign_in("dana")
    await dana.call("POST", "/admin/users", json=INVITED)
    await elsewhere.sign_in("dana")
    return dana


@pytest.mark.parametrize("change", [*ANYWHERE, *ON_SQLITE])
async def test_it_is_shown_as_unreadable_and_the_proof_names_it(desk: Desk, dana: Agent, change: str) -> None:
    async with desk.db.transaction() as tx:
        if change in ON_SQLITE and tx.connection.dialect.name != "sqlite":
            pytest.skip("PostgreSQL takes no such value")
        await tx.connection.exec_driver_sql(f"UPDATE audit SET {change} WHERE number = 2")

    page = await dana.call("GET", "/admin/audit")
    assert [(each["number"], each["action"]) for each in page["entries"]] == [
        (3, "signed_in"),
        (2, "unreadable"),
        (1, "signed_in"),
    ]
    assert (await dana.call("GET", "/admin/audit/proof"))["wrong_at"] == 2
    answer = await dana.http.get("/api/v1/admin/audit.csv")
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [each["action"] for each in rows] == ["signed_in", "unreadable", "signed_in", "exported"]
    assert rows[1]["at"] == ""
