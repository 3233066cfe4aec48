"""`deskbridge match` and `deskbridge person`: who is the same person, decided at the console as in the browser."""

from __future__ import annotations

import csv
import io
import json

import pytest

from deskbridge.accounts import store as accounts_store
from deskbridge.api.desk import Desk
from deskbridge.directory.model import IdentityId, Platform
from deskbridge.directory.service import Details, put_identities
from support.console import Says, assert_sentence

ROBINS = {
    "robin": (Platform.WORK, "Robin", {"robin@x"}),
    "hale": (Platform.TEAMS, "R. Hale", {"robin@x", "info@x"}),
    "rob": (Platform.TEAMS, "Rob", {"robin@x"}),
}
AMYS = {"amy": (Platform.WORK, "Amy Ode", {"amy@x"}), "amy-in-teams": (Platform.TEAMS, "Amy Ode", {"a@x"})}


@pytest.fixture(autouse=True)
async def people(desk: Desk, says: Says) -> None:
    """Three who share an address, and two who share none."""
    await says("account", "teams-chat", "on")
    async with desk.db.transaction() as tx:
        (account,) = await accounts_store.list_accounts(tx.connection)
        told = {
            IdentityId(id_): Details(platform, name, min(addresses), frozenset(addresses), None, None)
            for id_, (platform, name, addresses) in (ROBINS | AMYS).items()
        }
        await put_identities(tx, account.id, told)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


async def test_a_match_is_listed_settled_and_taken_back(says: Says) -> None:
    found = rows((await says("match", "list")).stdout)
    assert {each["identity_id"] for each in found} == set(ROBINS)
    match = found[0]["match"]
    lines = (await says("match", "list", "--json")).stdout.splitlines()
    assert {json.loads(each)["match"] for each in lines} == {match}

    assert_sentence(await says("match", "settle", match), "--same", "--apart")
    assert_sentence(await says("match", "settle", match, "--apart", "--same", "robin,rob"), "--same", "--apart")
    assert_sentence(await says("match", "settle", match, "--same", "robin,amy"), "does not belong to this match")
    assert_sentence(await says("match", "settle", match, "--same", "hale,rob"), "deskbridge: ")
    done = await says("match", "settle", match, "--same", "robin, rob")
    assert "Rob (robin@x, robin@x)" in done.stdout
    assert "R. Hale (info@x)" in done.stdout
    assert_sentence(await says("match", "settle", match, "--apart"), "decided already")

    decided = rows((await says("match", "decisions")).stdout)
    assert {each["decided_by"] for each in decided} == {"operator"}
    (same,) = [each for each in decided if each["verdict"] == "same"]
    assert (same["one_name"], same["other_name"]) == ("Rob", "Robin")
    assert len(decided) == 3
    assert "taken back" in (await says("match", "forget", "rob", "robin")).stdout
    assert_sentence(await says("match", "forget", "rob", "robin"), "There is no such decision.")
    log = rows((await says("audit", "export")).stdout)
    noted = [each["action"] for each in log if each["who"] == "operator"]
    assert noted[-6:] == [*["exported"] * 2, "match_settled", "exported", "decision_forgotten", "exported"]
    forgotten = next(each["detail"] for each in log if each["action"] == "decision_forgotten")
    assert forgotten.startswith("people: Rob; accounts: robin@x, robin@x; "), "people are named, not only their ids"


async def test_people_are_merged_and_split(says: Says) -> None:
    found = rows((await says("person", "list", "amy")).stdout)
    ids = [each["person_id"] for each in found]
    assert len(set(ids)) == 2
    assert {each["name"] for each in rows((await says("person", "list")).stdout)} >= {"Robin", "Rob", "Amy Ode"}

    assert (await says("person", "merge", *ids)).stdout == "They are one person now: Amy Ode (a@x, amy@x).\n"
    (one,) = {each["person_id"] for each in rows((await says("person", "list", "amy")).stdout)}
    assert_sentence(await says("person", "merge", one), "at least two people")
    assert_sentence(await says("person", "merge", *"1234"), "At most three")
    assert_sentence(await says("person", "split", one, "rob"), "no such account")
    done = await says("person", "split", one, "amy-in-teams")
    assert done.stdout == "They are different people now: Amy Ode (amy@x); Amy Ode (a@x).\n"
    actions = [each["action"] for each in rows((await says("audit", "export")).stdout)]
    assert [each for each in actions if each.startswith("pe")] == ["people_merged", "person_split"]
