"""`deskbridge import-settings`, `import-list`, `import-report` and `health`: what the Admin page says, as text."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from support.console import Says, assert_sentence

pytestmark = pytest.mark.parametrize("machines", ["one machine"], indirect=True)
GROUP = "11111111-2222-3333-4444-555555555555"


async def test_what_is_imported_when_is_said_and_shown(says: Says) -> None:
    assert (await says("import-settings")).stdout == (
        "Imported each night at 02:00 (UTC): people of all domains, guests too, of all groups.\n"
    )
    words = ("--at", "3:15", "--time-zone", "Europe/Berlin", "--domain", "contoso.com", "--no-guests", "--group", GROUP)
    said = f"each night at 03:15 (Europe/Berlin): people of contoso.com, no guests, only members of {GROUP}."
    assert said in (await says("import-settings", *words)).stdout
    shown = json.loads((await says("import-settings", "--json")).stdout)
    assert (shown["at"], shown["domains"], shown["guests"]) == ("03:15", ["contoso.com"], False)
    words = ("--at", "never", "--domain", "all", "--group", "all", "--guests")
    assert (await says("import-settings", *words)).stdout == (
        "Imported only when somebody begins it: people of all domains, guests too, of all groups.\n"
    )
    for wrong, named in (
        (("--at", "25:00"), "--at"),
        (("--time-zone", "Mars/Base"), "--time-zone: Value error, not a time zone"),
        (("--domain", "a b"), "--domain"),
        (("--group", "sales"), "object id of a group"),
    ):
        assert_sentence(await says("import-settings", *wrong), named)
    rows = csv.DictReader(io.StringIO((await says("audit", "export")).stdout))
    assert [each["action"] for each in rows].count("import_settings_changed") == 2


async def test_imports_are_listed_with_their_reports(says: Says, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("username,name,email\nzoe,Zoe,zoe@x.example\nben,Ben,nothing\n", encoding="utf-8")
    assert (await says("import-csv", str(file))).returncode == 0

    (row,) = csv.DictReader(io.StringIO((await says("import-list")).stdout))
    assert (row["kind"], row["state"], row["added"], row["skipped"]) == ("csv", "done", "1", "1")
    assert json.loads((await says("import-list", "--json")).stdout)["added"] == 1
    added, changed, left_out = csv.DictReader(io.StringIO((await says("import-report", row["id"])).stdout))
    assert (added["words"], changed["words"]) == ("1 was added.", "0 were changed.")
    assert (left_out["line"], left_out["name"], left_out["reason"]) == ("3", "Ben", "wrong_email")
    assert_sentence(await says("import-report", "nothing"), "There is no import 'nothing'", "import-list")
    log = csv.DictReader(io.StringIO((await says("audit", "export")).stdout))
    exported = [each["detail"] for each in log if each["action"] == "exported"]
    assert exported[:2] == ["list: imports", "list: imports"]
    assert re.fullmatch(rf"list: import report; started: [\dT:.+-]+; id: {row['id']}", exported[2])


async def test_the_template_is_a_file_that_can_be_imported(says: Says, tmp_path: Path) -> None:
    written = await says("csv-template")
    assert written.stdout.startswith("\ufeffusername,name,email,role,licenses,job_title,department\r\n")
    file = tmp_path / "people.csv"
    file.write_text(written.stdout, encoding="utf-8", newline="")

    assert "Read 2: added 1, changed 0, merged 1, removed 0" in (await says("import-csv", str(file))).stdout
    (anne, robin) = csv.DictReader(io.StringIO((await says("user", "list")).stdout))
    assert (anne["username"], anne["role"], anne["licenses"]) == ("anne.baker", "agent", "contact_center work")
    assert (robin["username"], robin["role"], robin["licenses"]) == ("robin.hale", "none", "work")


async def test_the_health_page_is_there_as_text(says: Says) -> None:
    await says("account", "teams-chat", "on")
    user = ("anne", "--name", "Anne", "--email", "anne@x.example", "--license", "contact_center")
    await says("user", "create", *user, given="a long enough secret")

    said = (await says("health")).stdout

    for words in ("0 connected, 0 lost, 1 not connected", "Queue outbox:", "nothing was told", "Last import:"):
        assert words in said
    told = json.loads((await says("health", "--json")).stdout)
    assert (told["connections"]["not_connected"], told["to_look_at"]) == (1, [])


async def test_single_sign_on_is_told_in_words_where_there_is_none(says: Says) -> None:
    assert "Redirect URI:  http" in (await says("single-sign-on", "show")).stdout
    assert json.loads((await says("single-sign-on", "show", "--json")).stdout)["issuer"] is None
    assert_sentence(await says("single-sign-on", "test"), "has no single sign-on", "single-sign-on set")
    wrong = ("single-sign-on", "set", "http://idp.example", "--client-id", "desk")
    assert_sentence(await says(*wrong, given="secret\n"), "with https://")
    assert_sentence(await says("single-sign-on", "set", "https://idp.example", "--client-id", "desk"), "standard input")
