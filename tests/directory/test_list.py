"""The Contacts list as the workspace asks for it: order (D3), search and Type filter (D4), page after page."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from deskbridge.accounts.model import Account, License
from deskbridge.api.desk import Desk
from deskbridge.directory import service
from deskbridge.directory.model import Platform
from deskbridge.directory.service import Details
from support.agents import Agent
from support.builders import CC, make_account, make_user

Browsers = Callable[[], Agent]

HUGE = base64.urlsafe_b64encode(b'[1000000000000000000000000000000,"",""]').decode()

TEAMS_ONLY = [
    ("Émile Zola", "emile@contoso.example", "Author", "Letters"),
    ("Robin Müller-Lüdenscheidt", "robin@contoso.example", "Head of Dispatch", "Logistics"),
    ("Анна Каренина", "karenina@contoso.example", "Менеджер", "Продажи"),
    ("Ωμέγα Παπαδοπούλου", "omega@contoso.example", None, None),
    ("王小明", "wang@contoso.example", "工程师", None),
    ("محمد علي", "ali@contoso.example", None, None),
    ("100% Wild_card", "wild@contoso.example", None, None),
]


async def fill(desk: Desk, *, teams_chat: bool = True) -> Account:
    """Three Users and several who are only in Teams."""
    account = await make_account(desk, teams_chat=teams_chat)
    await make_user(desk, account)
    await make_user(desk, account, "zoe Adams", frozenset({License.CONTACT_CENTER, License.WORK}))
    await make_user(desk, account, "Wim Worker", frozenset({License.WORK}))
    await make_user(desk, account, "Bea Both", frozenset({License.WORK}))
    both = ("Bea Both", "bea@contoso.example", "Planner", None)
    agent = ("Anne in Teams", "anne@contoso.example", None, None)
    for name, address, title, department in (*TEAMS_ONLY, both, agent):
        said = Details(Platform.TEAMS, name, address, frozenset({address}), title, department)
        async with desk.db.transaction() as tx:
            await service.put_identity(tx, account.id, None, said, desk.clock())
    return account


async def anne(desk: Desk, browser_of: Browsers, *, teams_chat: bool = True) -> Agent:
    """Anne, signed in, with the filled directory."""
    await fill(desk, teams_chat=teams_chat)
    browser = browser_of()
    await browser.sign_in("anne")
    return browser


async def listed(browser: Agent, **params: Any) -> list[str]:
    """Names of the whole list, with its total checked."""
    page = await browser.call("GET", "/people", params={"limit": 200, **params})
    assert page["total"] == len(page["people"])
    assert page["next"] is None
    return [each["display_name"] for each in page["people"]]


async def test_agents_then_only_work_then_only_teams_then_both_each_by_the_alphabet(
    desk: Desk, browser_of: Browsers
) -> None:
    browser = await anne(desk, browser_of)

    names = await listed(browser)

    agents, work, both = ["Anne Baker", "zoe Adams"], ["Wim Worker"], ["Bea Both"]
    only_teams = ["100% Wild_card", "Émile Zola", "Robin Müller-Lüdenscheidt", "Ωμέγα Παπαδοπούλου", "Анна Каренина"]
    assert names == [*agents, *work, *only_teams, "محمد علي", "王小明", *both]


async def test_a_search_finds_the_beginning_of_any_word_in_any_script(desk: Desk, browser_of: Browsers) -> None:
    browser = await anne(desk, browser_of)
    expected = {
        "ann": ["Anne Baker"],
        "ANNE bak": ["Anne Baker"],
        "bak an": ["Anne Baker"],
        "aker": [],
        "anne zoe": [],
        "mull": ["Robin Müller-Lüdenscheidt"],
        "LÜDEN": ["Robin Müller-Lüdenscheidt"],
        "muller-lud": ["Robin Müller-Lüdenscheidt"],
        "emile": ["Émile Zola"],
        "dispatch": ["Robin Müller-Lüdenscheidt"],
        "logis head": ["Robin Müller-Lüdenscheidt"],
        "robin@contoso.example": ["Robin Müller-Lüdenscheidt"],
        "ROBIN@CON": ["Robin Müller-Lüdenscheidt"],
        "кар": ["Анна Каренина"],
        "менедж": ["Анна Каренина"],
        "ωμεγα": ["Ωμέγα Παπαδοπούλου"],
        "ΠΑΠΑΔ": ["Ωμέγα Παπαδοπούλου"],
        "王": ["王小明"],
        "工程": ["王小明"],
        "محم": ["محمد علي"],
        "علي": ["محمد علي"],
        "wild_c": ["100% Wild_card"],
        "%": None,
        "'; DROP TABLE persons; --": [],
        "   ": None,
    }
    everybody = await listed(browser)

    for search, names in expected.items():
        assert await listed(browser, q=search) == (everybody if names is None else names), search


async def test_type_narrows_and_works_together_with_search_and_order(desk: Desk, browser_of: Browsers) -> None:
    browser = await anne(desk, browser_of)

    assert await listed(browser, type="contact_center") == ["Anne Baker", "zoe Adams"]
    assert await listed(browser, type="work") == ["zoe Adams", "Wim Worker", "Bea Both"]
    teams = await listed(browser, type="teams")
    assert teams[0] == "Anne Baker"
    assert teams[-1] == "Bea Both"
    assert len(teams) == len(TEAMS_ONLY) + 2
    assert await listed(browser, type="teams", q="an") == ["Anne Baker"]
    assert await listed(browser, type="work", q="an") == []
    assert (await browser.refused("GET", "/people", params={"type": "fax"}))[0] == 422


async def test_walking_page_by_page_meets_everyone_once_in_order(desk: Desk, browser_of: Browsers) -> None:
    browser = await anne(desk, browser_of)
    for params in ({}, {"type": "teams"}, {"q": "contoso"}):
        everybody = await listed(browser, **params)
        for limit in (1, 2, 5, len(everybody)):
            met, after = [], None
            while True:
                here = {"limit": limit, **params} | ({"after": after} if after else {})
                page = await browser.call("GET", "/people", params=here)
                assert page["total"] == len(everybody)
                met += [each["display_name"] for each in page["people"]]
                after = page["next"]
                if after is None:
                    break
            assert met == everybody


async def test_whoever_comes_while_one_walks_disturbs_nobody(desk: Desk, browser_of: Browsers) -> None:
    browser = await anne(desk, browser_of)
    everybody = await listed(browser)
    page = await browser.call("GET", "/people", params={"limit": 5})
    account = (await browser.snapshot())["account"]

    async with desk.db.transaction() as tx:
        said = Details(Platform.CONTACT_CENTER, "Aaron First", None, frozenset(), None, None)
        await service.put_identity(tx, account["id"], None, said, desk.clock())
    rest = await browser.call("GET", "/people", params={"limit": 200, "after": page["next"]})

    assert [each["display_name"] for each in page["people"] + rest["people"]] == everybody


@pytest.mark.parametrize("cursor", ["x", "====", "WzEsMl0", "bnVsbA", "ä", "W10", "WzFlOTksIiIsIiJd", "A" * 1999, HUGE])
async def test_a_cursor_that_was_not_given_out_is_refused(desk: Desk, browser_of: Browsers, cursor: str) -> None:
    browser = await anne(desk, browser_of)

    assert await browser.refused("GET", "/people", params={"after": cursor}) == (400, "bad_cursor")


async def test_while_teams_chat_is_off_nothing_of_teams_is_shown(desk: Desk, browser_of: Browsers) -> None:
    """Bea, who has Teams too, is somebody with only Work then (C1)."""
    browser = await anne(desk, browser_of, teams_chat=False)

    assert await listed(browser) == ["Anne Baker", "zoe Adams", "Bea Both", "Wim Worker"]
    assert await listed(browser, type="teams") == []
    everyone = (await browser.call("GET", "/people", params={"limit": 200}))["people"]
    assert not [each for person in everyone for each in person["identities"] if each["platform"] == "teams"]
    one = await browser.find("bea")
    assert [each["platform"] for each in (await browser.call("GET", f"/people/{one['id']}"))["identities"]] == ["work"]


async def test_people_of_another_account_are_never_found(desk: Desk, browser_of: Browsers) -> None:
    browser = await anne(desk, browser_of)
    other = await make_account(desk)
    await make_user(desk, other, "Mallory Else", CC)
    stranger = browser_of()
    await stranger.sign_in("mallory")

    assert await listed(browser, q="mallory") == []
    assert await listed(stranger) == ["Mallory Else"]
    robin = await browser.find("robin")
    assert await stranger.refused("GET", f"/people/{robin['id']}") == (404, "not_found")
    assert await stranger.call("GET", "/presence", params={"person_id": robin["id"]}) == []
