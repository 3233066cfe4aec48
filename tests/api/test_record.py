"""The record is for supervisors; each reading is written down; exports are whole, and safe to open."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote
from uuid import uuid4
from zipfile import ZipFile

import pytest
from sqlalchemy import delete

from deskbridge.accounts.model import Account, Role
from deskbridge.api.desk import Desk
from deskbridge.conversations.file_tables import files as kept_files
from deskbridge.conversations.file_tables import parts
from support.agents import Agent
from support.builders import make_account, make_user
from support.pixel import PIXEL
from teams.test_pictures_sent import give, showing

Browsers = Callable[[], Agent]


@pytest.fixture
async def account(desk: Desk) -> Account:
    return await make_account(desk)


@pytest.fixture
async def people(desk: Desk, account: Account, browser_of: Browsers) -> dict[str, Agent]:
    """Two agents, a supervisor and an admin, each signed in."""
    await make_user(desk, account, "Anne <Baker>", username="anne")
    await make_user(desk, account, "Ben Carter")
    await make_user(desk, account, "Sue Pervisor", role=Role.SUPERVISOR)
    await make_user(desk, account, "Dana Admin", role=Role.ADMIN)
    found = {}
    for name in ("anne", "ben", "sue", "dana"):
        found[name] = browser_of()
        await found[name].sign_in(name)
    return found


@pytest.fixture
async def talk(people: dict[str, Agent]) -> str:
    """Anne wrote three messages to Ben, edited one twice and deleted one."""
    anne = people["anne"]
    conversation = (await anne.start((await anne.find("ben"))["id"]))["id"]
    edited = await anne.send(conversation, "first <b>words</b>")
    deleted = await anne.send(conversation, "secret")
    await anne.send(conversation, "plain")
    messages = f"/conversations/{conversation}/messages"
    for text in ("second words", "third words"):
        await anne.call("PATCH", f"{messages}/{edited['id']}", json={"text": text})
    await anne.call("DELETE", f"{messages}/{deleted['id']}")
    return str(conversation)


async def test_a_supervisor_reads_every_version_and_it_is_written_down(people: dict[str, Agent], talk: str) -> None:
    sue, dana = people["sue"], people["dana"]

    (found,) = (await sue.call("GET", "/record/conversations"))["conversations"]
    page = await sue.call("GET", f"/record/conversations/{talk}/messages", params={"limit": 2})

    assert (found["id"], found["agent_name"], found["person_name"]) == (talk, "Anne <Baker>", "Ben Carter")
    assert [each["message"]["text"] for each in page["messages"]] == ["", "plain"]
    assert [each["text"] for each in page["messages"][0]["versions"]] == ["secret"]
    page = await sue.call("GET", f"/record/conversations/{talk}/messages", params={"before": page["earlier"]})
    (edited,) = page["messages"]
    assert [(each["number"], each["text"]) for each in edited["versions"]] == [
        (1, "first <b>words</b>"),
        (2, "second words"),
    ]
    assert {each["author_name"] for each in edited["versions"]} == {"Anne <Baker>"}
    assert (edited["message"]["text"], page["earlier"]) == ("third words", None)
    log = (await dana.call("GET", "/admin/audit"))["entries"]
    readings = [each for each in log if each["action"] == "record_read"]
    assert [(each["who"], each["detail"]["conversation"]) for each in readings] == [("sue", talk)] * 2


async def test_nobody_else_is_ever_told_a_version(people: dict[str, Agent], talk: str) -> None:
    for name in ("anne", "ben", "dana"):
        browser = people[name]
        assert await browser.refused("GET", "/record/conversations") == (403, "forbidden")
        told = [await browser.call("GET", "/workspace")]
        if name != "dana":
            told.append(await browser.messages(talk))
            told.append((await browser.http.get(f"/api/v1/conversations/{talk}/export?format=json")).json())
            told.append(await browser.call("GET", "/messages/search", params={"q": "secret"}))
        for each in told:
            text = json.dumps(each)
            assert "secret" not in text
            assert "second words" not in text
            assert '"versions"' not in text


async def test_conversations_are_found_by_agent_person_and_date(people: dict[str, Agent], talk: str) -> None:
    sue = people["sue"]
    anne, ben = await sue.find("anne"), await sue.find("ben")
    agent_id = anne["identities"][0]["user_id"]

    async def found(**params: Any) -> list[str]:
        page = await sue.call("GET", "/record/conversations", params=params)
        return [each["id"] for each in page["conversations"]]

    assert await found(agent_id=agent_id, person_id=ben["id"]) == [talk]
    assert await found(agent_id=ben["identities"][0]["user_id"]) == []
    assert await found(person_id=anne["id"]) == []
    assert await found(since="2020-01-01T00:00:00Z") == [talk]
    assert await found(until="2020-01-01T00:00:00Z") == []
    assert await sue.refused("GET", "/record/conversations", params={"after": "x"}) == (400, "bad_cursor")


async def test_an_export_is_whole_in_order_and_written_down(people: dict[str, Agent], talk: str) -> None:
    anne = people["anne"]
    for number in range(205):
        await anne.send(talk, f"number {number}")

    own = (await anne.http.get(f"/api/v1/conversations/{talk}/export", params={"format": "json"})).json()
    whole = (await people["sue"].http.get(f"/api/v1/record/conversations/{talk}/export?format=json")).json()

    texts = [each["text"] for each in own["messages"]]
    assert texts == ["third words", "", "plain", *(f"number {number}" for number in range(205))]
    assert [each["text"] for each in whole["messages"]] == texts
    assert [each["text"] for each in whole["messages"][1]["versions"]] == ["secret"]
    log = (await people["dana"].call("GET", "/admin/audit"))["entries"]
    exports = [(each["who"], each["detail"]["versions"]) for each in log if each["action"] == "conversation_exported"]
    assert exports == [("sue", "yes"), ("anne", "no")]


async def test_the_page_to_print_needs_nobody_and_nothing_in_it_runs(people: dict[str, Agent], talk: str) -> None:
    await people["anne"].send(talk, "<script>alert(1)</script>")

    answer = await people["sue"].http.get(f"/api/v1/record/conversations/{talk}/export")

    assert answer.headers["content-disposition"].endswith('.html"')
    page = answer.text
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "Anne &lt;Baker&gt;" in page
    assert "<img" not in page
    assert "src=" not in page
    assert "secret" in page
    assert "secret" not in (await people["ben"].http.get(f"/api/v1/conversations/{talk}/export")).text


async def test_pictures_are_in_the_record_and_inside_what_is_exported(people: dict[str, Agent], talk: str) -> None:
    anne, sue = people["anne"], people["sue"]
    given = await give(anne, talk)
    said = {"client_id": str(uuid4()), "html": showing(given)}
    sent = await anne.call("POST", f"/conversations/{talk}/messages", json=said)
    # Taken out by an edit, it is in the record all the same, and nowhere else.
    await anne.call("PATCH", f"/conversations/{talk}/messages/{sent['id']}", json={"text": "without it"})

    page = await sue.call("GET", f"/record/conversations/{talk}/messages")
    (version,) = page["messages"][-1]["versions"]
    source = version["html"].split('src="')[1].split('"')[0]
    assert (await sue.http.get(source)).content == PIXEL
    for name in ("anne", "ben", "dana"):
        assert (await people[name].http.get(source)).status_code == 403
        assert (await people[name].http.get(source.replace("/record/", "/"))).status_code == 404
    other = source.replace(sent["id"], page["messages"][0]["message"]["id"])
    assert (await sue.http.get(other)).status_code == 404

    printed = (await sue.http.get(f"/api/v1/record/conversations/{talk}/export")).text
    embedded = printed.split('<img src="data:image/png;base64,')[1].split('"')[0]
    assert base64.b64decode(embedded) == PIXEL
    whole = (await sue.http.get(f"/api/v1/record/conversations/{talk}/export?format=json")).json()
    (picture,) = whole["messages"][-1]["pictures"].values()
    assert (picture["name"], base64.b64decode(picture["content"])) == ("invoice.png", PIXEL)
    assert "base64" not in (await people["ben"].http.get(f"/api/v1/conversations/{talk}/export")).text


async def test_files_are_in_the_record_whatever_became_of_their_message(people: dict[str, Agent], talk: str) -> None:
    anne, sue = people["anne"], people["sue"]
    content = b"<script>alert(1)</script>"
    path = f"/api/v1/conversations/{talk}/files/{uuid4()}"
    given = (await anne.http.put(path, content=content, params={"name": "bill <1>.html"})).json()
    said = {"client_id": str(uuid4()), "text": "as asked", "files": [given["id"]]}
    sent = await anne.call("POST", f"/conversations/{talk}/messages", json=said)
    await anne.call("DELETE", f"/conversations/{talk}/messages/{sent['id']}")

    page = await sue.call("GET", f"/record/conversations/{talk}/messages")
    assert page["messages"][-1]["message"]["attachments"] == []
    (version,) = page["messages"][-1]["versions"]
    (file,) = version["attachments"]
    saved = await sue.http.get(file["address"])

    assert (file["name"], file["size"], saved.content) == ("bill _1_.html", len(content), content)
    assert saved.headers["content-disposition"].startswith("attachment;")
    assert saved.headers["content-security-policy"] == "default-src 'none'; sandbox"
    for name in ("anne", "ben", "dana"):
        assert (await people[name].http.get(file["address"])).status_code == 403
        assert (await people[name].http.get(file["address"].replace("/record/", "/"))).status_code == 404
    other = page["messages"][0]["message"]["id"]
    for wrong in (file["address"].replace(sent["id"], other), file["address"].replace(given["id"], str(uuid4()))):
        assert (await sue.http.get(wrong)).status_code == 404
    log = (await people["dana"].call("GET", "/admin/audit"))["entries"]
    assert [each["detail"]["read"] for each in log if "file" in each["detail"].get("read", "")] == [
        "the file bill _1_.html"
    ]

    printed = (await sue.http.get(f"/api/v1/record/conversations/{talk}/export")).text
    assert "File: bill _1_.html</p>" in printed.replace(" (25 bytes)", "")
    assert "bill" not in (await people["ben"].http.get(f"/api/v1/conversations/{talk}/export")).text


async def unpacked(browser: Agent, path: str) -> dict[str, bytes]:
    """All that is in the archive, which is whole."""
    answer = await browser.http.get(path, params={"format": "zip"})
    assert answer.headers["content-disposition"].endswith('.zip"')
    with ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {each: archive.read(each) for each in archive.namelist()}


async def test_an_archive_has_every_file_that_who_asks_may_see(people: dict[str, Agent], talk: str) -> None:
    anne, large = people["anne"], bytes(range(256)) * 5000
    ids = [str(uuid4()) for _ in range(3)]
    for file_id, content in zip(ids, (large, b"one", b"two"), strict=True):
        path = f"/api/v1/conversations/{talk}/files/{file_id}"
        assert (await anne.http.put(path, content=content, params={"name": "Ärger #1.pdf"})).status_code == 201
    for files in (ids[:2], ids[2:]):
        said = {"client_id": str(uuid4()), "text": "as asked", "files": files}
        sent = await anne.call("POST", f"/conversations/{talk}/messages", json=said)
    await anne.call("DELETE", f"/conversations/{talk}/messages/{sent['id']}")

    own = await unpacked(anne, f"/api/v1/conversations/{talk}/export")
    whole = await unpacked(people["sue"], f"/api/v1/record/conversations/{talk}/export")

    texts = ["conversation.html", "conversation.json"]
    places = [f"files/{each}/Ärger #1.pdf" for each in ids]
    assert list(own) == [*texts, *places[:2]]
    assert list(whole) == [*texts, *places]
    assert [whole[each] for each in places] == [large, b"one", b"two"]
    # Each is found from where it is named.
    for archive, count in ((own, 2), (whole, 3)):
        linked = re.findall(r'href="([^"]+)"', archive["conversation.html"].decode())
        assert [unquote(each) for each in linked] == places[:count]
        said_there = json.loads(archive["conversation.json"])["messages"]
        held = [each["attachments"] for each in said_there]
        held += [version["attachments"] for each in said_there for version in each.get("versions", [])]
        assert [unquote(file["address"]) for each in held for file in each] == places[:count]


async def test_an_archive_says_which_files_it_lacks(desk: Desk, people: dict[str, Agent], talk: str) -> None:
    anne, (gone, cut) = people["anne"], (str(uuid4()), str(uuid4()))
    for file_id in (gone, cut):
        path = f"/api/v1/conversations/{talk}/files/{file_id}"
        assert (await anne.http.put(path, content=b"bill", params={"name": "bill.pdf"})).status_code == 201
    said = {"client_id": str(uuid4()), "text": "as asked", "files": [gone, cut]}
    await anne.call("POST", f"/conversations/{talk}/messages", json=said)
    async with desk.db.transaction() as tx:
        await tx.connection.execute(delete(parts).where(parts.c.file_id.in_([gone, cut])))
        await tx.connection.execute(delete(kept_files).where(kept_files.c.id == gone))

    found = await unpacked(anne, f"/api/v1/conversations/{talk}/export")

    assert set(found["missing files.txt"].decode().splitlines()[1:]) == {
        f"files/{each}/bill.pdf" for each in (gone, cut)
    }
