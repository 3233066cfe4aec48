"""Files between agents and Work users: given, sent, saved, and nobody else's (M4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from deskbridge.accounts.model import License, Role
from deskbridge.api.desk import Desk
from deskbridge.conversations.file_names import MOST, clean, numbered
from support.agents import Agent
from support.builders import make_account, make_user

Browsers = Callable[[], Agent]


@pytest.fixture
async def pair(desk: Desk, browser_of: Browsers) -> tuple[Agent, Agent, str]:
    """Anne, Ben, and their conversation."""
    account = await make_account(desk)
    await make_user(desk, account, "Anne Baker")
    await make_user(desk, account, "Ben Carter")
    await make_user(desk, account, "Cleo Curious", frozenset({License.WORK}), Role.NONE)
    anne, ben = browser_of(), browser_of()
    await anne.sign_in("anne")
    await ben.sign_in("ben")
    person = await anne.find("ben")
    return anne, ben, (await anne.start(person["id"]))["id"]


async def give(agent: Agent, conversation: str, content: bytes = b"words", name: str = "a.txt", id_: str = "") -> Any:
    """Attach a file."""
    path = f"/api/v1/conversations/{conversation}/files/{id_ or uuid4()}"
    return await agent.http.put(path, content=content, params={"name": name})


async def send(agent: Agent, conversation: str, *ids: str, text: str = "") -> Any:
    """Send these; the answer, whatever it is."""
    body = {"client_id": str(uuid4()), "text": text, "files": list(ids)}
    return await agent.http.post(f"/api/v1/conversations/{conversation}/messages", json=body)


async def test_the_other_one_saves_it_and_finds_it_by_its_name(pair: tuple[Agent, Agent, str]) -> None:
    anne, ben, conversation = pair
    content = b"<script>alert(1)</script>" * 100_000
    given = (await give(anne, conversation, content, "Übersicht “2026”.html")).json()
    message = (await send(anne, conversation, given["id"])).json()
    assert (message["html"], message["text"]) == ("", "File: Übersicht “2026”.html")
    (seen,) = await ben.messages(conversation)
    saved = await ben.http.get(seen["attachments"][0]["address"])
    assert saved.content == content
    assert saved.headers["content-type"] == "application/octet-stream"
    disposition = saved.headers["content-disposition"]
    assert disposition.startswith("attachment; filename=\"_bersicht _2026_.html\"; filename*=UTF-8''%C3%9Cbersicht")
    assert saved.headers["content-length"] == str(len(content))


async def test_the_same_again_is_the_same_and_another_under_its_id_is_refused(pair: tuple[Agent, Agent, str]) -> None:
    anne, _, conversation = pair
    given = (await give(anne, conversation)).json()
    again = await give(anne, conversation, id_=given["id"])
    assert (again.status_code, again.json()) == (201, given)
    assert (await give(anne, conversation, b"other", id_=given["id"])).json()["code"] == "conflict"
    assert (await send(anne, conversation, given["id"])).status_code == 201
    assert (await send(anne, conversation, given["id"])).json()["code"] == "file_missing"
    assert (await send(anne, conversation, str(uuid4()))).json()["code"] == "file_missing"


async def test_what_is_empty_too_large_or_too_many_is_refused_in_words(
    desk: Desk, pair: tuple[Agent, Agent, str]
) -> None:
    anne, _, conversation = pair
    assert (await give(anne, conversation, b"")).json()["code"] == "empty_file"
    large = await give(anne, conversation, bytes(desk.settings.most_attached + 1))
    assert (large.status_code, large.json()["code"]) == (413, "request_too_large")
    assert "25 MB" in large.json()["message"]
    ids = [(await give(anne, conversation, bytes([number]))).json()["id"] for number in range(11)]
    assert (await send(anne, conversation, *ids)).status_code == 422
    assert (await send(anne, conversation)).json()["code"] == "empty_message"
    assert (await send(anne, conversation, *ids[:10])).status_code == 201


async def test_nobody_sees_sends_or_gives_up_what_another_gave(
    pair: tuple[Agent, Agent, str], browser_of: Browsers
) -> None:
    anne, ben, conversation = pair
    given = (await give(anne, conversation)).json()
    assert (await send(ben, conversation, given["id"])).json()["code"] == "file_missing"
    assert (await ben.http.delete(f"/api/v1/conversations/{conversation}/files/{given['id']}")).status_code == 204
    message = (await send(anne, conversation, given["id"])).json()
    address = message["attachments"][0]["address"]
    cleo = browser_of()
    await cleo.sign_in("cleo")
    assert (await cleo.http.get(address)).status_code == 404
    assert (await give(cleo, conversation)).status_code == 404
    # Under another message of theirs it is not to be had either.
    other = (await anne.send(conversation, "Words"))["id"]
    assert (await ben.http.get(address.replace(message["id"], other))).status_code == 404
    # What went cannot be given up, what did not can.
    for file_id in (given["id"], (await give(anne, conversation)).json()["id"]):
        assert (await anne.http.delete(f"/api/v1/conversations/{conversation}/files/{file_id}")).status_code == 204
        assert (await send(anne, conversation, file_id)).json()["code"] == "file_missing"
    assert (await ben.http.get(address)).content == b"words"


async def test_a_file_is_no_picture_and_an_image_as_file_is_not_shown_as_a_page(
    pair: tuple[Agent, Agent, str],
) -> None:
    anne, _, conversation = pair
    given = (await give(anne, conversation, b"<svg onload='alert(1)'/>", "a.svg")).json()
    picture = f"/api/v1/conversations/{conversation}/images/{given['id']}"
    assert (await anne.http.get(picture)).status_code == 404
    body = {"client_id": str(uuid4()), "html": f'<p><img src="{picture}" alt="x"></p>'}
    refused = await anne.refused("POST", f"/conversations/{conversation}/messages", json=body)
    assert refused == (422, "picture_missing")


async def test_a_deleted_message_has_no_file_and_brought_back_it_has(pair: tuple[Agent, Agent, str]) -> None:
    anne, ben, conversation = pair
    message = (await send(anne, conversation, (await give(anne, conversation)).json()["id"])).json()
    place, address = f"/conversations/{conversation}/messages/{message['id']}", message["attachments"][0]["address"]
    assert (await anne.call("DELETE", place))["attachments"] == []
    assert (await ben.http.get(address)).status_code == 404
    await anne.call("POST", f"{place}/restore")
    assert (await ben.http.get(address)).content == b"words"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\Users\\me\\bill.pdf", "bill.pdf"),
        ("../../etc/passwd", "passwd"),
        ('a"b*c:d<e>f?g|h.txt', "a_b_c_d_e_f_g_h.txt"),
        ("  two   words .txt ", "two words.txt"),
        ("harmless\u202egpj.exe", "harmlessgpj.exe"),
        ("con.txt", "_con.txt"),
        ("~$draft.docx", "draft.docx"),
        ("line\nbreak\x00.txt", "line break.txt"),
        ("ends with a dot.", "ends with a dot"),
        ("", "File"),
        ("...", "File"),
        ("Größe 🎉.pdf", "Größe 🎉.pdf"),
        (".gitignore", "gitignore"),
    ],
)
def test_a_name_is_one_that_every_platform_takes(given: str, kept: str) -> None:
    assert clean(given) == kept


def test_a_long_name_keeps_its_ending() -> None:
    assert clean("x" * 400 + ".xlsx") == "x" * (MOST - 5) + ".xlsx"
    assert numbered("archive.tar.gz", 2) == "archive.tar 2.gz"
    assert numbered("notes", 1) == "notes 1"


async def test_of_two_who_give_under_the_same_id_at_once_one_is_refused(desk: Desk, browser_of: Browsers) -> None:
    account = await make_account(desk)
    agents = [browser_of(), browser_of()]
    for agent, name in zip(agents, ("Anne Baker", "Ben Carter"), strict=True):
        await make_user(desk, account, name)
        await agent.sign_in(name.split()[0].lower())
    conversation = (await agents[0].start((await agents[0].find("ben"))["id"]))["id"]
    # Whether they meet is chance; how it ends is not.
    for _ in range(8):
        id_ = str(uuid4())
        answers = await asyncio.gather(*(give(each, conversation, b"x" * 200_000, id_=id_) for each in agents))
        assert sorted(each.status_code for each in answers) == [201, 409]
