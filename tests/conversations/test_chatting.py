"""Where the buttons lead, where messages go, and that nothing is lost, doubled or out of order (H1, H2, H6, H7)."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from deskbridge.accounts.model import Account, License, Role
from deskbridge.api.desk import Desk
from deskbridge.directory import service as directory
from deskbridge.directory.model import Platform
from deskbridge.directory.service import Details
from support.agents import Agent
from support.builders import make_account, make_user

Browsers = Callable[[], Agent]
WORK, BOTH = frozenset({License.WORK}), frozenset({License.CONTACT_CENTER, License.WORK})


async def imported(desk: Desk, account: Account, name: str, address: str) -> None:
    """Somebody in Teams; merged with the User of that address."""
    async with desk.db.transaction() as tx:
        said = Details(Platform.TEAMS, name, address, frozenset({address}), None, None)
        await directory.put_identity(tx, account.id, None, said, desk.clock())


@pytest.fixture
async def account(desk: Desk) -> Account:
    """Anne and Ben are agents, Ben everything else too; Wim has Work, Tess Teams, Uma both."""
    account = await make_account(desk, teams_chat=True)
    await make_user(desk, account, role=Role.ADMIN)
    await make_user(desk, account, "Ben Carter", BOTH)
    await make_user(desk, account, "Wim Worker", WORK, Role.NONE)
    await make_user(desk, account, "Uma United", WORK, Role.NONE)
    for name in ("Ben", "Tess", "Uma"):
        await imported(desk, account, f"{name} in Teams", f"{name.lower()}@contoso.example")
    return account


@pytest.fixture
async def anne(account: Account, browser_of: Browsers) -> Agent:
    """Signed in."""
    browser = browser_of()
    await browser.sign_in("anne")
    return browser


def reached(conversation: Any) -> tuple[str, list[str]]:
    """Its kind, and where its messages go."""
    return conversation["kind"], conversation["reaches"]


AGENT, TEAMS, WORKER, TWO = (
    ("agent", ["contact_center"]),
    ("messenger", ["teams"]),
    ("messenger", ["work"]),
    ("messenger", ["teams", "work"]),
)


async def test_each_button_leads_where_it_says(anne: Agent) -> None:
    expected = {
        "ben": {"main": AGENT, "teams": TWO, "work": TWO},
        "tess": {"main": TEAMS, "teams": TEAMS, "work": None},
        "wim": {"main": WORKER, "teams": None, "work": WORKER},
        "uma": {"main": TWO, "teams": TWO, "work": TWO},
    }
    for name, routes in expected.items():
        person = await anne.find(name)
        for route, leads in routes.items():
            if leads is None:
                body = {"person_id": person["id"], "route": route}
                assert await anne.refused("POST", "/conversations", json=body) == (409, "cannot_reach"), (name, route)
            else:
                assert reached(await anne.start(person["id"], route)) == leads, (name, route)


async def test_teams_and_work_are_one_conversation_and_the_agent_chat_is_another(anne: Agent) -> None:
    ben = await anne.find("ben")

    ids = {route: (await anne.start(ben["id"], route))["id"] for route in ("main", "teams", "work")}

    assert ids["teams"] == ids["work"] != ids["main"]
    assert {(await anne.start(ben["id"]))["id"] for _ in range(3)} == {ids["main"]}


async def test_a_button_pressed_many_times_at_once_makes_one_conversation(anne: Agent) -> None:
    uma = await anne.find("uma")

    made = await asyncio.gather(*(anne.start(uma["id"], route) for route in ("main", "teams", "work") * 3))

    assert len({each["id"] for each in made}) == 1
    assert len((await anne.snapshot())["conversations"]) == 1


async def test_two_agents_who_call_each_other_meet_in_one_conversation(anne: Agent, browser_of: Browsers) -> None:
    ben = browser_of()
    await ben.sign_in("ben")
    him, her = await anne.find("ben"), await ben.find("anne")

    mine, his = await asyncio.gather(anne.start(him["id"]), ben.start(her["id"]))

    assert mine["id"] == his["id"]
    assert (mine["person"]["display_name"], his["person"]["display_name"]) == ("Ben Carter", "Anne Baker")


async def test_nobody_chats_with_oneself(anne: Agent) -> None:
    me = (await anne.snapshot())["my_person_id"]

    assert await anne.refused("POST", "/conversations", json={"person_id": me}) == (409, "cannot_reach")


async def test_a_work_user_answers_and_both_see_the_same(anne: Agent, browser_of: Browsers) -> None:
    wim = browser_of()
    await wim.sign_in("wim")
    talk = (await anne.start((await anne.find("wim"))["id"]))["id"]
    await anne.send(talk, "Hello Wim")

    (seen,) = (await wim.snapshot())["conversations"]
    assert (seen["unread"], seen["person"]["display_name"], seen["reaches"]) == (1, "Anne Baker", ["contact_center"])
    answer = await wim.send(talk, "Hello Anne")

    assert [each["platform"] for each in answer["deliveries"]] == ["contact_center"]
    assert answer["author"]["platform"] == "work"
    texts = [(each["text"], each["author"]["display_name"]) for each in await anne.messages(talk)]
    assert texts == [("Hello Wim", "Anne Baker"), ("Hello Anne", "Wim Worker")]
    assert await anne.messages(talk) == await wim.messages(talk)
    assert [each["unread"] for each in (await anne.snapshot())["conversations"]] == [1]
    assert (await anne.call("POST", f"/conversations/{talk}/read"))["unread"] == 0


async def test_each_account_has_a_delivery_of_its_own(anne: Agent) -> None:
    talk = (await anne.start((await anne.find("uma"))["id"]))["id"]

    message = await anne.send(talk, "Hello")

    assert {each["platform"]: each["state"] for each in message["deliveries"]} == {"teams": "queued", "work": "sent"}


async def test_while_teams_chat_is_off_nothing_goes_there(anne: Agent) -> None:
    uma, tess = await anne.find("uma"), await anne.find("tess")
    to_uma, to_tess = (await anne.start(uma["id"]))["id"], (await anne.start(tess["id"]))["id"]
    await anne.call("PUT", "/admin/account", json={"teams_chat_enabled": False})

    message = await anne.send(to_uma, "Hello")
    assert [each["platform"] for each in message["deliveries"]] == ["work"]
    body = {"client_id": str(uuid.uuid4()), "text": "Hello"}
    assert await anne.refused("POST", f"/conversations/{to_tess}/messages", json=body) == (403, "teams_chat_off")
    again = {"person_id": tess["id"], "route": "teams"}
    assert await anne.refused("POST", "/conversations", json=again) == (403, "teams_chat_off")
    assert reached(await anne.start(uma["id"]))[0] == "messenger"


async def test_the_same_client_id_is_the_same_message_however_often_it_is_sent(anne: Agent) -> None:
    talk = (await anne.start((await anne.find("wim"))["id"]))["id"]
    client_id = str(uuid.uuid4())

    sent = await asyncio.gather(*(anne.send(talk, "Once", client_id) for _ in range(6)))
    sent.append(await anne.send(talk, "Once", client_id.upper()))

    assert all(each == sent[0] for each in sent)
    assert [each["text"] for each in await anne.messages(talk)] == ["Once"]


async def test_the_order_is_the_same_for_everyone_and_stays(anne: Agent, browser_of: Browsers) -> None:
    wim = browser_of()
    await wim.sign_in("wim")
    talk = (await anne.start((await anne.find("wim"))["id"]))["id"]

    await asyncio.gather(*((anne if number % 2 else wim).send(talk, f"{number}") for number in range(20)))

    messages = await anne.messages(talk)
    assert messages == await wim.messages(talk)
    assert sorted(each["text"] for each in messages) == sorted(f"{number}" for number in range(20))
    assert len({each["position"] for each in messages}) == 20
    first = await anne.call("GET", f"/conversations/{talk}/messages", params={"limit": 7})
    walked, page = first["messages"], first
    while page["earlier"] is not None:
        params = {"limit": 7, "before": page["earlier"]}
        page = await anne.call("GET", f"/conversations/{talk}/messages", params=params)
        walked = page["messages"] + walked
    assert walked == messages


async def test_what_cannot_be_sent_is_refused_in_words_and_stored_nowhere(anne: Agent) -> None:
    talk = (await anne.start((await anne.find("tess"))["id"]))["id"]
    for text, expected in {
        "": (422, "empty_message"),
        " \n\t ": (422, "empty_message"),
        "x" * 28_700: (422, "message_too_large"),
        "<" * 8_000: (422, "message_too_large"),
        "x" * 100_001: (422, "invalid"),
    }.items():
        body = {"client_id": str(uuid.uuid4()), "text": text}
        assert await anne.refused("POST", f"/conversations/{talk}/messages", json=body) == expected
    body = {"client_id": "1", "text": "Hello"}
    assert await anne.refused("POST", f"/conversations/{talk}/messages", json=body) == (422, "invalid")

    assert await anne.messages(talk) == []


async def test_what_was_written_is_shown_as_it_was_written(anne: Agent) -> None:
    talk = (await anne.start((await anne.find("tess"))["id"]))["id"]

    message = await anne.send(talk, "<b>1 & 2</b>\nsee https://x.example/a?b=1&c=2. 🎉")

    assert message["text"] == "<b>1 & 2</b>\nsee https://x.example/a?b=1&c=2. 🎉"
    link = "https://x.example/a?b=1&amp;c=2"
    assert message["html"] == f'<p>&lt;b&gt;1 &amp; 2&lt;/b&gt;<br>see <a href="{link}">{link}</a>. 🎉</p>'
