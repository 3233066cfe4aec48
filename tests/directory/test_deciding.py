"""Admins decide who is the same Person, and the conversations stay where they belong (D2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deskbridge.accounts.model import Account, License, Role
from deskbridge.api.desk import Desk
from deskbridge.directory.model import IdentityId, Platform
from deskbridge.directory.service import Details, put_identities
from support.agents import Agent
from support.builders import make_account, make_user

Browsers = Callable[[], Agent]
TEAMS, WORK = Platform.TEAMS, Platform.WORK


@pytest.fixture
async def account(desk: Desk) -> Account:
    """Anne is an agent, Dana an admin."""
    account = await make_account(desk, teams_chat=True)
    await make_user(desk, account, "Anne Baker")
    await make_user(desk, account, "Dana Ortiz", frozenset(), Role.ADMIN)
    return account


@pytest.fixture
async def dana(account: Account, browser_of: Browsers) -> Agent:
    """The admin at her browser."""
    browser = browser_of()
    await browser.sign_in("dana")
    return browser


@pytest.fixture
async def anne(account: Account, browser_of: Browsers) -> Agent:
    """The agent at hers."""
    browser = browser_of()
    await browser.sign_in("anne")
    return browser


async def put(desk: Desk, account: Account, name: str, platform: Platform, *addresses: str) -> IdentityId:
    """A platform tells of somebody."""
    whose = IdentityId(f"{name}@{account.id[:12]}")
    details = Details(platform, name, addresses[0] if addresses else None, frozenset(addresses), None, None)
    async with desk.db.transaction() as tx:
        await put_identities(tx, account.id, {whose: details})
    return whose


def names(people: list[Any]) -> set[str]:
    """Who is one, by the names of their accounts."""
    return {" + ".join(sorted(each["display_name"] for each in person["identities"])) for person in people}


async def listed(browser: Agent) -> set[str]:
    return names((await browser.call("GET", "/people", params={"limit": 100}))["people"]) - {"Anne Baker"}


async def test_what_is_unsure_is_listed_until_it_is_decided_and_imports_respect_it(
    desk: Desk, account: Account, dana: Agent
) -> None:
    work = await put(desk, account, "Robin", WORK, "robin@x")
    teams = await put(desk, account, "R. Hale", TEAMS, "robin@x", "info@x")
    other = await put(desk, account, "Rob", TEAMS, "robin@x")
    page = await dana.call("GET", "/admin/matches")
    (match,) = page["matches"]
    assert page["total"] == 1
    assert match["doubt"] == "platform_twice"
    assert match["words"].endswith(".")
    assert match["shared"] == ["robin@x"]
    assert {each["identity"]["display_name"] for each in match["sides"]} == {"Robin", "R. Hale", "Rob"}

    decided = await dana.call("POST", f"/admin/matches/{match['id']}", json={"groups": [[work, teams]]})

    assert names(decided) == {"R. Hale + Robin", "Rob"} == await listed(dana)
    assert (await dana.call("GET", "/admin/matches"))["total"] == 0
    assert await dana.refused("POST", f"/admin/matches/{match['id']}", json={"groups": []}) == (404, "not_found")
    # What was decided holds when the platforms tell more.
    await put(desk, account, "R. Hale", TEAMS, "robin@x", "info@x", "more@x")
    await put(desk, account, "Rob", TEAMS, "robin@x", "more@x")
    assert await listed(dana) == {"R. Hale + Robin", "Rob"}
    decisions = await dana.call("GET", "/admin/decisions")
    assert sorted(each["verdict"] for each in decisions) == ["different", "different", "same"]
    # Taken back, everything is as before.
    for one, two in ((work, teams), (work, other), (teams, other)):
        await dana.call("DELETE", f"/admin/decisions/{two}/{one}")
    assert (await dana.call("GET", "/admin/matches"))["total"] == 1
    assert await listed(dana) == {"R. Hale", "Robin", "Rob"}


async def test_who_has_nothing_in_common_is_merged_and_split_by_hand(desk: Desk, account: Account, dana: Agent) -> None:
    await put(desk, account, "Robin", WORK, "robin@x")
    teams = await put(desk, account, "R. Hale", TEAMS, "hale@x")
    before = (await dana.call("GET", "/people"))["people"]
    ids = [each["id"] for each in before if each["display_name"] in {"Robin", "R. Hale"}]

    merged = await dana.call("POST", "/admin/people/merge", json={"person_ids": ids})

    assert names([merged]) == {"R. Hale + Robin"} == await listed(dana)
    # Under either of the old ids it is the same Person now.
    assert {(await dana.call("GET", f"/people/{each}"))["id"] for each in ids} == {merged["id"]}
    path = f"/admin/people/{merged['id']}/split"
    parts = await dana.call("POST", path, json={"identity_ids": [teams]})
    assert names(parts) == {"R. Hale", "Robin"} == await listed(dana)
    assert (await dana.call("GET", "/people"))["people"] == before
    await put(desk, account, "R. Hale", TEAMS, "robin@x")
    assert await listed(dana) == {"R. Hale", "Robin"}
    assert (await dana.call("GET", "/admin/matches"))["total"] == 0


async def test_a_split_puts_nobody_together_whom_nobody_has_put_together(
    desk: Desk, account: Account, dana: Agent
) -> None:
    one = await put(desk, account, "Rob One", TEAMS, "a@x")
    await put(desk, account, "Rob Two", TEAMS, "b@x")
    robin = await put(desk, account, "Robin", WORK, "a@x", "b@x")
    assert await listed(dana) == {"Rob One", "Rob Two", "Robin"}

    merged = await dana.call("POST", "/admin/people/merge", json={"person_ids": [one, robin]})
    assert await listed(dana) == {"Rob One + Robin", "Rob Two"}
    parts = await dana.call("POST", f"/admin/people/{merged['id']}/split", json={"identity_ids": [one]})

    assert names(parts) == {"Rob One", "Robin"}
    assert await listed(dana) == {"Rob One", "Rob Two", "Robin"}


async def test_what_cannot_be_one_person_is_refused_in_words(desk: Desk, account: Account, dana: Agent) -> None:
    await put(desk, account, "One", TEAMS)
    await put(desk, account, "Two", TEAMS)
    user = await make_user(desk, account, "Both Here", frozenset({License.CONTACT_CENTER, License.WORK}))
    people = {each["display_name"]: each for each in (await dana.call("GET", "/people"))["people"]}
    both = people["Both Here"]

    async def merge(*ids: str) -> tuple[int, str]:
        return await dana.refused("POST", "/admin/people/merge", json={"person_ids": list(ids)})

    assert await merge(people["One"]["id"], people["Two"]["id"]) == (409, "cannot_merge")
    assert await merge(people["One"]["id"], people["One"]["id"]) == (409, "cannot_merge")
    assert await merge(people["One"]["id"], user.id) == (404, "not_found")
    split = f"/admin/people/{both['id']}/split"
    first, second = (each["id"] for each in both["identities"])
    assert await dana.refused("POST", split, json={"identity_ids": [first]}) == (409, "cannot_split")
    assert await dana.refused("POST", split, json={"identity_ids": [first, second]}) == (409, "cannot_split")
    assert await dana.refused("POST", split, json={"identity_ids": ["else"]}) == (404, "not_found")


async def test_conversations_follow_whom_they_are_with(desk: Desk, account: Account, dana: Agent, anne: Agent) -> None:
    """Merged, the one with the Teams account goes on and the other one stays for the record; split, both go on."""
    await make_user(desk, account, "Robin Worker", frozenset({License.WORK}), Role.NONE, email="robin@x")
    teams = await put(desk, account, "R. Hale", TEAMS, "hale@x")
    robin, hale = await anne.find("worker"), await anne.find("hale")
    in_work = await anne.start(robin["id"], "work")
    in_teams = await anne.start(hale["id"], "teams")
    await anne.send(in_work["id"], "To Work")

    merged = await dana.call("POST", "/admin/people/merge", json={"person_ids": [robin["id"], hale["id"]]})

    shown = {each["id"]: each for each in (await anne.snapshot())["conversations"]}
    assert shown[in_work["id"]]["person"] == shown[in_teams["id"]]["person"] == merged
    assert (await anne.start(merged["id"], "work"))["id"] == (await anne.start(robin["id"], "teams"))["id"]
    assert (await anne.start(hale["id"], "teams"))["id"] == in_teams["id"]
    body = {"client_id": "00000000-0000-4000-8000-000000000000", "text": "Where?"}
    moved = await anne.refused("POST", f"/conversations/{in_work['id']}/messages", json=body)
    assert moved == (409, "conversation_moved")
    assert [each["text"] for each in await anne.messages(in_work["id"])] == ["To Work"]

    await dana.call("POST", f"/admin/people/{merged['id']}/split", json={"identity_ids": [teams]})

    shown = {each["id"]: each for each in (await anne.snapshot())["conversations"]}
    assert shown[in_work["id"]]["person"]["display_name"] == "Robin Worker"
    assert shown[in_teams["id"]]["person"]["display_name"] == "R. Hale"
    await anne.send(in_work["id"], "To Work again")


async def test_a_conversation_stays_with_the_teams_account_that_came_later(
    desk: Desk, account: Account, dana: Agent, anne: Agent
) -> None:
    """Its chat in Teams is that of the Teams user."""
    await make_user(desk, account, "Robin Worker", frozenset({License.WORK}), Role.NONE, email="robin@x")
    conversation = await anne.start((await anne.find("worker"))["id"], "work")
    teams = await put(desk, account, "R. Hale", TEAMS, "robin@x")
    await anne.send(conversation["id"], "To both")

    (person,) = [each["person"] for each in (await anne.snapshot())["conversations"]]
    await dana.call("POST", f"/admin/people/{person['id']}/split", json={"identity_ids": [teams]})

    (shown,) = (await anne.snapshot())["conversations"]
    assert shown["person"]["display_name"] == "R. Hale"
    assert (await anne.start(shown["person"]["id"], "teams"))["id"] == conversation["id"]
    assert (await anne.start((await anne.find("worker"))["id"], "work"))["id"] != conversation["id"]


async def test_a_conversation_changes_at_once_for_who_has_it_open(
    desk: Desk, account: Account, dana: Agent, anne: Agent
) -> None:
    await put(desk, account, "Robin", WORK, "robin@x")
    await put(desk, account, "R. Hale", TEAMS, "hale@x")
    robin, hale = await anne.find("robin"), await anne.find("hale")
    await anne.start(hale["id"], "teams")
    async with anne.live() as feed:
        await dana.call("POST", "/admin/people/merge", json={"person_ids": [robin["id"], hale["id"]]})

        frame = await feed.until(lambda each: (each.get("event") or {}).get("type") == "conversation_changed")
        assert names([frame["event"]["conversation"]["person"]]) == {"R. Hale + Robin"}
