"""`deskbridge user` and `deskbridge account`, beside a product that serves: what the operator says is so at once."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable

import pytest

from deskbridge.clock import system_clock
from support.agents import Agent
from support.console import TENANT, Says, assert_sentence
from support.phone import Phone

Browsers = Callable[[], Agent]
PASSWORD = "a long enough secret"  # Of a user who exists for a second.
ANNE = ("anne", "--name", "Anne Baker", "--email", "anne@contoso.example")


async def allowed(agent: Agent) -> int:
    return (await agent.http.get("/api/v1/workspace")).status_code


async def sign_in(agent: Agent, username: str = "anne", password: str = PASSWORD) -> int:
    answer = await agent.http.post("/api/v1/session", json={"username": username, "password": password})
    return answer.status_code


async def test_somebody_is_let_in_sent_out_and_let_in_again(says: Says, browser_of: Browsers) -> None:
    done = await says("user", "create", *ANNE, "--license", "contact_center", given=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    anne = browser_of()
    assert await sign_in(anne) < 300
    assert await allowed(anne) == 200

    assert (await says("user", "sign-out", "ANNE")).stdout == "anne is signed out everywhere.\n"
    assert await allowed(anne) == 401
    assert await sign_in(anne) < 300

    assert (await says("user", "suspend", "anne")).stdout == "anne is suspended.\n"
    assert await allowed(anne) == 401
    assert await sign_in(anne) == 401
    assert (await says("user", "resume", "anne")).stdout == "anne can sign in again.\n"
    assert await sign_in(anne) < 300

    link = (await says("user", "reset-password", "anne")).stdout
    assert await allowed(anne) == 401
    assert await sign_in(anne) == 401
    assert re.search(r"^Good until .* UTC, for one use: http://localhost:\d+/\S+\n$", link)
    log = (await says("audit", "export")).stdout
    actions = [each["action"] for each in csv.DictReader(io.StringIO(log)) if each["who"] == "operator"]
    assert actions == [
        "account_created",
        "user_created",
        "signed_out_everywhere",
        "user_suspended",
        "user_resumed",
        "password_reset",
        "exported",
    ]


async def test_somebody_invited_is_changed_and_listed(says: Says) -> None:
    link = await says("user", "invite", *ANNE, "--role", "admin")
    assert "for one use: http://localhost" in link.stdout
    for words, named in (
        (("user", "change", "anne", "--role", "agent"), "one more administrator"),
        (("user", "suspend", "anne"), "one more administrator"),
        (("user", "invite", *ANNE), "a user of that name already"),
        (("user", "invite", "ben", "--name", "Ben", "--email", "ben"), "e-mail address"),
        (("user", "change", "anne", "--email", "anne"), "e-mail address"),
        (("user", "change", "anne", "--license", "work", "--no-license"), "not both"),
        (("user", "change", "anne", "--role", "owner"), "owner"),
        (("user", "invite", "ben"), "--name"),
    ):
        assert_sentence(await says(*words), named)
    place = ("--job-title", "Lead", "--department", "Service")
    done = await says("user", "change", "anne", "--license", "work", "--name", "Anne Bakker", *place)
    assert done.stdout == "anne: admin, licenses: work.\n"
    assert json.loads((await says("licenses", "--json")).stdout)["work"] == 1
    assert "1 users, 0 of them suspended" in (await says("licenses")).stdout
    assert (await says("user", "change", "anne", "--no-license")).stdout == "anne: admin, licenses: none.\n"

    (row,) = csv.DictReader(io.StringIO((await says("user", "list")).stdout))
    assert (row["username"], row["name"], row["role"], row["licenses"]) == ("anne", "Anne Bakker", "admin", "")
    assert (row["job_title"], row["department"]) == ("Lead", "Service")
    assert json.loads((await says("user", "list", "--json")).stdout)["suspended"] == "no"
    log = csv.DictReader(io.StringIO((await says("audit", "export")).stdout))
    assert [each["detail"] for each in log if each["action"] == "exported"] == [
        "list: users",
        "list: users",
        "list: audit",
    ]
    assert "disconnected" in (await says("user", "disconnect", "anne")).stdout


_COMMANDS = [
    "change",
    "suspend",
    "resume",
    "reset-password",
    "sign-out",
    "remove-second-factor",
    "disconnect",
    "delete",
]


@pytest.mark.parametrize("command", _COMMANDS)
async def test_nobody_of_that_name_is_said_to_be_nobody(says: Says, command: str) -> None:
    done = await says("user", command, "mallory", *(["--yes"] if command == "delete" else []))

    assert_sentence(done, "deskbridge: There is no user 'mallory'.")
    assert done.returncode == 1


async def test_a_user_is_created_by_the_rules_of_the_workspace(says: Says, browser_of: Browsers) -> None:
    for given, named in (("short\n", "8 characters"), ("\n", "8 characters"), ("password1\n", "attackers try first")):
        assert_sentence(await says("user", "create", *ANNE, given=given), named)
    wrong = ("user", "create", "anne", "--name", "Anne", "--email", "anne")
    assert_sentence(await says(*wrong, given=f"{PASSWORD}\n"), "e-mail address")
    assert len((await says("user", "list")).stdout.splitlines()) == 1  # The names of the columns.

    assert (await says("user", "create", " anne ", *ANNE[1:], given=f"{PASSWORD}\r\n")).returncode == 0
    assert await sign_in(browser_of()) < 300


async def test_an_organisation_is_told_what_holds_for_it(says: Says) -> None:
    for words, said in (
        (("order", "sv"), "is sorted as in Swedish"),
        (("policy",), "may contact everyone."),
        (("policy", "--domain", "contoso.com", "--no-guests"), "people of contoso.com, but no guests"),
        (("policy", "--everyone"), "may contact everyone, but no guests"),
        (("policy", "--guests"), "may contact everyone."),
        (("retention", "0"), "keeps messages for good"),
        (("second-factor", "required"), "asks everybody"),
        (("second-factor", "optional"), "leaves it to everybody"),
        (("tenant", TENANT), TENANT),
    ):
        done = await says("account", *words)
        assert (done.returncode, said in done.stdout) == (0, True), done
    for words, named in (
        (("order", "xx"), "There is no such alphabet"),
        (("policy", "--domain", "a b"), "contoso.com"),
        (("policy", "--domain", "contoso.com", "--everyone"), "not both"),
        (("retention", "long"), "'days'"),
        (("second-factor", "perhaps"), "perhaps"),
        (("tenant", "contoso"), "UUID"),
        (("create", " "), "needs a name"),
        (("create", "Fabrikam", "--tenant-id", "fabrikam"), "UUID"),
        (("order", "sv", "--account", "Fabrikam"), "There is no such account"),
    ):
        assert_sentence(await says("account", *words), named)


async def test_switches_are_turned_for_everybody_at_once(says: Says, browser_of: Browsers) -> None:
    await says("user", "create", *ANNE, given=f"{PASSWORD}\n")
    anne = browser_of()
    await sign_in(anne)
    for name, field in (
        ("teams-chat", "teams_chat_enabled"),
        ("agent-status", "agent_status_in_teams"),
        ("files", "files_to_teams"),
    ):
        for turn in ("on", "off", "on"):
            done = await says("account", name, turn)
            assert done.stdout.endswith(f" is {turn} for Contoso.\n"), done
            assert (await anne.snapshot())["account"][field] is (turn == "on")
            assert json.loads((await says("account", "show", "--json")).stdout)[field] is (turn == "on")
        assert_sentence(await says("account", name, "perhaps"), "perhaps")
    shown = (await says("account", "show")).stdout
    for words in (TENANT, "Files to Teams:              on", "everyone", "for good", "optional", "English"):
        assert words in shown
    log = csv.DictReader(io.StringIO((await says("audit", "export")).stdout))
    assert [each["action"] for each in log if "switched" in each["action"]] == [
        *["teams_chat_switched"] * 3,
        *["agent_status_in_teams_switched"] * 3,
        *["files_to_teams_switched"] * 3,
    ]


async def test_whoever_lost_the_phone_signs_in_without_it(says: Says, browser_of: Browsers) -> None:
    await says("user", "create", *ANNE, given=f"{PASSWORD}\n")
    anne = browser_of()
    await sign_in(anne)
    made = await anne.call("POST", "/me/second-factor", json={"password": PASSWORD})
    await Phone(made["secret"], system_clock).confirm(anne)
    assert await sign_in(browser_of()) == 401

    assert (await says("user", "remove-second-factor", "anne")).stdout == "anne has no second factor.\n"

    assert await sign_in(browser_of()) < 300
    assert "second_factor_removed" in (await says("audit", "export")).stdout


async def test_somebody_is_deleted_once_that_was_meant(says: Says, browser_of: Browsers) -> None:
    await says("user", "create", *ANNE, given=f"{PASSWORD}\n")
    anne = browser_of()
    assert await sign_in(anne) < 300

    kept = await says("user", "delete", "anne", given="n\n")
    assert kept.returncode == 1
    assert "What was said stays under their name" in kept.stdout
    assert await allowed(anne) == 200
    erased = await says("user", "delete", "anne", "--erase-name", given="y\n")
    assert "under the name 'Former user'" in erased.stdout
    assert erased.stdout.endswith("anne is deleted.\n")
    assert await allowed(anne) == 401
    assert len((await says("user", "list")).stdout.splitlines()) == 1  # The names of the columns.
    assert (await says("user", "create", *ANNE, given=f"{PASSWORD}\n")).returncode == 0
    assert (await says("user", "delete", "anne", "--yes")).stdout == "anne is deleted.\n"
