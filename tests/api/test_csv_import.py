"""Importing agents and Work users from a file (D1): good rows go in, bad ones are named, and nothing else happens."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskbridge.accounts.model import License, Role
from deskbridge.accounts.store import list_accounts
from deskbridge.admin import csv_file
from deskbridge.admin.csv_file import BadRow, GoodRow
from deskbridge.api.desk import Desk
from deskbridge.app import KEEP_REPORTS_FOR, sweep_once
from deskbridge.directory import import_store, report_store
from deskbridge.errors import BadFile
from support.agents import Agent
from support.builders import make_account, make_user

Browsers = Callable[[], Agent]
HEAD = "username,name,email,role,licenses,job_title,department\n"


class TestFile:
    """From bytes to rows, by pure functions."""

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"", "empty"),
            (b" \r\n ", "empty"),
            (b"PK\x03\x04rest of a workbook", "workbook"),
            ("username,name,email\nx,Jos\xe9,x@x.example".encode("cp1252"), "Line 2 is not in UTF-8"),
            (b"\x89PNG\r\n\x1a\n\xff", "not in UTF-8"),
            (b"user\x00name,name", "not a text file"),
            (HEAD.encode() + b"a" * csv_file.MOST_BYTES, "larger than 10 MB"),
        ],
    )
    def test_what_is_no_text_is_refused_with_what_is_wrong(self, content: bytes, says: str) -> None:
        with pytest.raises(BadFile, match=says):
            csv_file.decode(content)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_what_spreadsheets_write_is_read(self, encoding: str) -> None:
        text = csv_file.decode((HEAD + "josé,José Ærø,jose@x.example\n").encode(encoding))
        assert text.startswith("username")
        assert "José Ærø" in text

    @pytest.mark.parametrize(
        ("first", "says"),
        [
            ("{}", "not a file of users"),
            ("username,name", "does not name the columns email"),
            ("username,name,email,email", "email twice"),
            ("username,name,email,shoe size", "'shoe_size' is not known"),
        ],
    )
    def test_wrong_columns_are_said(self, first: str, says: str) -> None:
        with pytest.raises(BadFile, match=says):
            csv_file.check(first + "\na,b,c\n")

    @pytest.mark.parametrize("between", [",", ";", "\t"])
    def test_columns_come_in_any_order_and_with_any_usual_separator(self, between: str) -> None:
        text = (
            between.join(("Name", "e-mail".replace("-", ""), '"Username"'))
            + "\r\nRobin"
            + between
            + "r@x"
            + between
            + "rob\r\n"
        )
        csv_file.check(text)
        assert list(csv_file.rows(text)) == [GoodRow(2, "rob", "Robin", "r@x", Role.NONE, frozenset(), None, None)]

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("rob,Robin,r@x,agent", "wrong_columns"),
            (",Robin,r@x,,,,", "no_username"),
            ("rob,,r@x,,,,", "no_name"),
            ("rob,Robin,nobody,,,,", "wrong_email"),
            ("rob,Robin,r@x,boss,,,", "wrong_role"),
            ("rob,Robin,r@x,,teams,,", "wrong_license"),
            (f"rob,{'R' * 301},r@x,,,,", "too_long"),
            ('rob,"Rob\x07in",r@x,,,,', "too_long"),
            ('rob,"Robin,r@x,,,,', "unreadable"),
            ('rob,"Rob" Hale,r@x,,,,', "unreadable"),
            (f"rob,{'R' * 200_000},r@x,,,,", "unreadable"),
        ],
    )
    def test_a_bad_row_has_its_line_and_its_reason_and_holds_nobody_up(self, line: str, reason: str) -> None:
        text = f"{HEAD}anne,Anne,a@x,,contact_center work,,\n\n{line}\nmia,Mia,m@x,,,,\nzed,Zed,z@x,,,,\n"
        good, bad, *after = csv_file.rows(text)
        assert isinstance(good, GoodRow)
        assert (good.role, good.licenses) == (Role.AGENT, frozenset(License))
        assert isinstance(bad, BadRow)
        assert (bad.line, bad.reason) == (4, reason)
        assert [(each.line, each.name) for each in after] == [(5, "Mia"), (6, "Zed")]

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("last", ["", "end"])
    def test_lines_end_as_any_system_ends_them(self, end: str, last: str) -> None:
        lines = ["username,name,email", "anne,Anne\u2028Baker,a@x", 'rob,"Rob" Hale,r@x', "zed,Zed,z@x"]
        text = end.join(lines) + (end if last else "")
        assert csv_file.check(text) == 3
        assert [(each.line, each.name) for each in csv_file.rows(text)] == [(2, "Anne\u2028Baker"), (3, ""), (4, "Zed")]
        with pytest.raises(BadFile, match="Line 4 is"):
            csv_file.decode(text.replace("Zed", "Zo\xe9").encode("latin-1", "replace"))

    def test_the_template_is_fit_to_be_imported(self) -> None:
        assert csv_file.check(csv_file.TEMPLATE) == 2
        assert all(isinstance(each, GoodRow) for each in csv_file.rows(csv_file.TEMPLATE))

    @given(st.text(max_size=300))
    def test_no_text_makes_it_stumble(self, written: str) -> None:
        text = HEAD + written
        csv_file.check(text)
        for each in csv_file.rows(text):
            assert isinstance(each, GoodRow | BadRow)

    @given(st.binary(max_size=200))
    def test_no_bytes_make_it_stumble(self, written: bytes) -> None:
        with contextlib.suppress(BadFile):
            csv_file.check(csv_file.decode(written))


@pytest.fixture
async def dana(desk: Desk, browser_of: Browsers) -> Agent:
    """An admin at her browser; Zoe works for somebody else."""
    account = await make_account(desk)
    await make_user(desk, account, "Dana Ortiz", frozenset(), Role.ADMIN)
    await make_user(desk, await make_account(desk), "Zoe Elsewhere")
    browser = browser_of()
    await browser.sign_in("dana")
    return browser


async def imported(dana: Agent, text: str) -> Any:
    """Sent, worked off, and its report."""
    told = await dana.call("POST", "/admin/imports/csv", content=text.encode(), headers={"content-type": "text/csv"})
    while told["state"] == "running":
        # Somebody else works on it; the test only ends when it is done.
        told = await dana.call("GET", f"/admin/imports/{told['id']}")
    return told


FILE = HEAD + (
    "anne,Anne Baker,anne@x.example,,contact_center,Agent,Billing\n"
    "robin,Robin Hale,robin@x.example,none,work,,\n"
    "robin,Robin Again,robin@x.example,none,work,,\n"
    "zoe,Zoe Elsewhere,zoe@x.example,none,work,,\n"
    "dana,Dana Ortiz,dana@x.example,none,work,,\n"
    "=evil(),,nobody,,,,\n"
)


async def test_good_rows_go_in_bad_rows_are_named_and_twice_changes_nothing(desk: Desk, dana: Agent) -> None:
    told = await imported(dana, FILE)

    assert (told["kind"], told["state"], told["read"], told["added"], told["total"]) == ("csv", "done", 6, 2, 6)
    assert {each["reason"]: each["count"] for each in told["skipped"]} == {
        "twice": 1, "name_taken": 1, "is_admin": 1, "no_name": 1,
    }  # fmt: skip
    people = (await dana.call("GET", "/people"))["people"]
    assert [(each["display_name"], each["job_title"]) for each in people] == [
        ("Anne Baker", "Agent"),
        ("Robin Hale", None),
    ]

    again = await imported(dana, FILE)
    assert (again["added"], again["changed"], again["merged"]) == (0, 0, 0)
    assert (await dana.call("GET", "/people"))["people"] == people

    changed = await imported(
        dana, HEAD + "ANNE,Anne B. Baker,anne@x.example,supervisor,work contact_center,Lead,Billing\n"
    )
    assert (changed["added"], changed["changed"] + changed["merged"]) == (0, 1)
    (anne,) = (await dana.call("GET", "/people", params={"q": "anne"}))["people"]
    assert (anne["display_name"], len(anne["identities"])) == ("Anne B. Baker", 2)


async def test_the_report_is_downloaded_as_csv_and_as_json(desk: Desk, dana: Agent) -> None:
    told = await imported(dana, FILE)
    path = f"/api/v1/admin/imports/{told['id']}/report"

    table = await dana.http.get(path)
    assert table.headers["content-type"].startswith("text/csv")
    assert table.headers["content-disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    counted, rows = rows[:2], rows[2:]
    assert [(each["kind"], each["name"], each["words"]) for each in counted] == [
        ("added", "", "2 were added."), ("changed", "", "0 were changed."),
    ]  # fmt: skip
    assert [(each["line"], each["reason"]) for each in rows] == [
        ("4", "twice"), ("5", "name_taken"), ("6", "is_admin"), ("7", "no_name"),
    ]  # fmt: skip
    assert all(each["words"].endswith(".") for each in rows)
    whole = json.loads((await dana.http.get(path, params={"format": "json"})).content)
    assert whole["import"]["id"] == told["id"]
    assert [each["name"] for each in whole["people"]] == ["Robin Again", "Zoe Elsewhere", "Dana Ortiz", ""]
    assert await dana.refused("GET", f"/admin/imports/{told['id']}/report", params={"format": "xls"}) == (
        422,
        "invalid",
    )


async def test_what_is_no_such_file_is_refused_and_nothing_happens(desk: Desk, dana: Agent) -> None:
    async def refused(content: bytes) -> tuple[int, str]:
        return await dana.refused("POST", "/admin/imports/csv", content=content)

    assert await refused(b"") == (422, "bad_file")
    assert await refused(b"PK\x03\x04") == (422, "bad_file")
    assert await refused("username,name,email\nJos\xe9".encode("latin-1")) == (422, "bad_file")
    assert await refused(b"a" * (csv_file.MOST_BYTES + 1)) == (413, "request_too_large")
    assert await dana.call("GET", "/admin/imports") == []


async def test_names_in_reports_are_forgotten_after_a_month_and_counts_are_not(desk: Desk, dana: Agent) -> None:
    told = await imported(dana, FILE)

    async def named() -> int:
        async with desk.db.read() as connection:
            return len((await report_store.list_entries(connection, told["id"], 0, 100))[0])

    await sweep_once(desk)
    assert await named() == 4
    await sweep_once(replace(desk, clock=lambda: desk.clock() + KEEP_REPORTS_FOR))
    assert await named() == 0
    async with desk.db.read() as connection:
        kept = [
            await import_store.find_import(connection, each.id, told["id"]) for each in await list_accounts(connection)
        ]
    assert [each.counts["added"] for each in kept if each and each.counts] == [2]


async def test_the_template_is_there_to_download(desk: Desk, dana: Agent) -> None:
    template = await dana.http.get("/api/v1/admin/imports/csv/template")
    assert template.content.decode("utf-8-sig") == csv_file.TEMPLATE
    assert "deskbridge-users.csv" in template.headers["content-disposition"]


async def test_when_and_whom_to_import_is_kept_and_wrong_settings_are_refused(desk: Desk, dana: Agent) -> None:
    path = "/admin/imports/settings"
    assert await dana.call("GET", path) == {
        "at": "02:00",
        "time_zone": "UTC",
        "guests": True,
        "domains": [],
        "groups": [],
    }

    group = "ABCDEF00-2222-3333-4444-555555555555"
    chosen = {"at": "3:30", "time_zone": "Europe/Berlin", "guests": False, "domains": ["@Contoso.example"]}
    kept = {"at": "03:30", "time_zone": "Europe/Berlin", "guests": False, "domains": ["contoso.example"]}
    chosen, kept = chosen | {"groups": [group]}, kept | {"groups": [group.lower()]}
    assert await dana.call("PUT", path, json=chosen) == await dana.call("GET", path) == kept

    for wrong in (
        {"at": "25:00"},
        {"at": "noon"},
        {"time_zone": "Mars/Base"},
        {"domains": ["a b"]},
        {"domains": [""]},
        {"groups": ["x"]},
    ):
        assert await dana.refused("PUT", path, json=chosen | wrong) == (422, "invalid"), wrong
    assert await dana.call("GET", path) == kept
