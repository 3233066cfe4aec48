"""Files that agents send to Teams through their OneDrive: once there, and shared, whatever happens (H6, M4)."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import select

from deskbridge.conversations.file_tables import files, parts
from deskbridge.teams.store.files import files as files_there
from deskbridge.teams.uploading import FOLDER, PIECE, SIMPLE
from support.agents import Agent
from teams.office import ANNE, ROBIN, Office
from teams.road import Road
from teams.test_changing import settled
from teams.test_retention import days_later, keep

BILL = b"%PDF-1.7 a bill"
LARGE = bytes(range(256)) * (SIMPLE // 256) + b"more than goes in one request" * 60_000


async def switch(office: Office, *, on: bool = True) -> None:
    """An admin lets files go to Teams."""
    await office.dana.call("PUT", "/admin/account", json={"files_to_teams": on})


async def allowed(office: Office, *more: str) -> None:
    """Consent for the organisation, as its administrator at Microsoft gives it."""
    scopes = ["User.Read", "Chat.ReadWrite", "ChatMessage.Send", "Presence.Read.All", *more]
    answer = await office.sim.client.put(f"/apps/{office.sim.info['client_id']}", json={"admin_scopes": scopes})
    assert answer.is_success, answer.text


async def ready(office: Office) -> None:
    """Files are switched on and allowed, and a conversation is under way."""
    await switch(office)
    await allowed(office, "Files.ReadWrite")
    await office.said_and_answered()


async def give(agent: Agent, conversation: str, content: bytes = BILL, name: str = "bill.pdf", **more: str) -> Any:
    """Attach a file; what the server says of it."""
    path = f"/api/v1/conversations/{conversation}/files/{more.get('id') or uuid4()}?name={quote(name)}"
    answer = await agent.http.put(path, content=content, headers={"content-type": "text/html"})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def send(office: Office, *given: Any, text: str = "") -> Any:
    """She sends it; nothing has left yet."""
    body = {"client_id": str(uuid4()), "text": text, "files": [each["id"] for each in given]}
    return await office.anne.call("POST", f"/conversations/{office.conversation}/messages", json=body)


async def in_onedrive(office: Office) -> list[Any]:
    """Everybody's files at Microsoft."""
    return list((await office.sim.get("/files"))["value"])


async def assert_once(office: Office, content: bytes = BILL, name: str = "bill.pdf") -> None:
    """One file, one message, shared with Robin alone."""
    (file,) = await in_onedrive(office)
    assert (file["owner"], file["path"], file["readers"]) == (ANNE, f"{FOLDER}/{name}", [ROBIN])
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    there = await office.there()
    assert len(there) == 2
    (attachment,) = there[-1]["attachments"]
    assert (attachment["contentType"], attachment["name"]) == ("reference", name)
    assert attachment["contentUrl"].endswith(f"/Documents/{quote(f'{FOLDER}/{name}')}")
    assert f'<attachment id="{attachment["id"]}"></attachment>' in there[-1]["kept_content"]


def address(message: Any) -> str:
    """Where its first file is fetched."""
    return str(message["attachments"][0]["address"])


async def test_a_file_is_here_at_once_and_arrives_in_teams_shared_with_the_person(office: Office) -> None:
    await ready(office)
    given = await give(office.anne, office.conversation)
    assert (given["name"], given["size"]) == ("bill.pdf", len(BILL))
    sent = await send(office, given, text="Here it is:")
    assert sent["text"] == "Here it is:\nFile: bill.pdf"
    (card,) = sent["attachments"]
    assert (card["kind"], card["name"], card["size"]) == ("file", "bill.pdf", len(BILL))
    await settled(office)

    await assert_once(office)
    assert (await office.delivery(sent["id"]))["state"] == "sent"
    # The echo of one's own message changed nothing.
    shown = await office.shown(sent["id"])
    assert (shown["attachments"], shown["text"]) == ([card], sent["text"])
    assert len([each for each in await office.here() if each["kind"] == "message"]) == 2

    saved = await office.anne.http.get(address(shown))
    assert (saved.status_code, saved.content) == (200, BILL)
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"] == "attachment; filename=\"bill.pdf\"; filename*=UTF-8''bill.pdf"
    assert saved.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert saved.headers["x-content-type-options"] == "nosniff"
    assert saved.headers["cache-control"] == "no-store"


async def test_a_large_file_goes_in_pieces(office: Office, road: Road) -> None:
    await ready(office)
    sent = await send(office, await give(office.anne, office.conversation, LARGE, "film.mp4"))
    assert sent["html"] == ""
    await settled(office)
    await assert_once(office, LARGE, "film.mp4")
    assert road.count("PUT", "uploadSession") == -(-len(LARGE) // PIECE)
    assert (await office.anne.http.get(address(sent))).content == LARGE


@pytest.mark.parametrize("kind", ["lost answer", "lost request", "503"])
@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("PUT", ":/content", BILL),
        ("POST", "/invite", BILL),
        ("GET", "/root:/", BILL),
        ("POST", "/messages$", BILL),
        ("POST", "createUploadSession", LARGE),
        ("PUT", "uploadSession", LARGE),
    ],
)
async def test_no_lost_answer_makes_two_of_it(
    office: Office, road: Road, kind: str, method: str, path: str, content: bytes
) -> None:
    await ready(office)
    accident = road.plan(method, path, kind)
    sent = await send(office, await give(office.anne, office.conversation, content), text="Once")
    await settled(office, 40)
    assert accident.met == 1
    await assert_once(office, content)
    assert (await office.delivery(sent["id"]))["state"] == "sent"


async def test_the_last_piece_is_found_when_its_answer_is_lost(office: Office, road: Road) -> None:
    await ready(office)
    road.plan("PUT", "uploadSession", "pass")
    lost = road.plan("PUT", "uploadSession", "lost answer")
    await send(office, await give(office.anne, office.conversation, LARGE))
    await settled(office, 40)
    assert lost.met == 1
    await assert_once(office, LARGE)


async def test_nothing_of_hers_is_overwritten(office: Office, road: Road) -> None:
    await ready(office)
    for content in (b"one", b"another"):
        await send(office, await give(office.anne, office.conversation, content))
        await settled(office)
    found = {each["path"]: each["size"] for each in await in_onedrive(office)}
    assert found == {f"{FOLDER}/bill.pdf": 3, f"{FOLDER}/bill 1.pdf": 7}
    # Also where the answer that tells so is the one that was lost before.
    road.plan("PUT", ":/content", "lost answer")
    await send(office, await give(office.anne, office.conversation, b"the third"))
    await settled(office, 40)
    assert [each["size"] for each in await in_onedrive(office)] == [3, 7, 9]
    names = [each["attachments"][0]["name"] for each in (await office.there())[1:]]
    assert names == ["bill.pdf", "bill 1.pdf", "bill 2.pdf"]
    # Here they have the name that she gave them.
    assert {each["attachments"][0]["name"] for each in (await office.here())[1:]} == {"bill.pdf"}


async def test_several_files_with_an_answer_and_documents_of_office(office: Office) -> None:
    await ready(office)
    quoted = (await office.here())[0]["id"]
    given = [await give(office.anne, office.conversation, name=name) for name in ("offer.docx", "Größe & “Preis”.pdf")]
    body = {"client_id": str(uuid4()), "html": "<p>Both</p>", "files": [each["id"] for each in given]}
    path = f"/conversations/{office.conversation}/messages"
    sent = await office.anne.call("POST", path, json=body | {"reply_to": quoted})
    await settled(office)
    quote_, *attached = (await office.there())[-1]["attachments"]
    assert quote_["contentType"] == "messageReference"
    assert [each["name"] for each in attached] == ["offer.docx", "Größe & “Preis”.pdf"]
    saved = await office.anne.http.get(sent["attachments"][1]["address"])
    assert quote("Größe & “Preis”.pdf", safe="") in saved.headers["content-disposition"]
    saved.headers["content-disposition"].encode("ascii")


async def test_an_edit_here_or_there_keeps_the_file(office: Office) -> None:
    await ready(office)
    sent = await send(office, await give(office.anne, office.conversation), text="Look")
    await settled(office)
    await office.act("PATCH", sent["id"], text="Look again")
    await settled(office)
    there = (await office.there())[-1]
    assert (there["text"].startswith("Look again"), len(there["attachments"])) == (True, 1)
    shown = await office.shown(sent["id"])
    assert (shown["changes"], shown["attachments"]) == ([], sent["attachments"])

    place = f"/users/{ANNE}/chats/{await office.chat_id()}/messages/{there['id']}"
    assert (await office.sim.client.patch(place, json={"text": "In Teams"})).is_success
    await settled(office)
    shown = await office.shown(sent["id"])
    assert shown["text"].startswith("In Teams")
    assert [each["address"] for each in shown["attachments"]] == [address(sent)]
    assert (await office.anne.http.get(address(sent))).content == BILL


async def test_while_it_is_switched_off_nothing_is_asked_for_and_it_says_so(office: Office, road: Road) -> None:
    await office.said_and_answered()
    given = await give(office.anne, office.conversation)
    body = {"client_id": str(uuid4()), "text": "", "files": [given["id"]]}
    path = f"/conversations/{office.conversation}/messages"
    assert await office.anne.refused("POST", path, json=body) == (422, "files_to_teams_off")
    assert road.count("PUT", "") == 0
    await switch(office)
    sent = await office.anne.call("POST", path, json=body)
    await switch(office, on=False)
    await settled(office)
    assert "switched off meanwhile" in (await office.delivery(sent["id"]))["reason"]


async def test_without_consent_the_message_says_so_and_the_connection_stays(office: Office) -> None:
    await office.said_and_answered()
    await switch(office)
    sent = await send(office, await give(office.anne, office.conversation))
    await settled(office)
    delivery = await office.delivery(sent["id"])
    assert delivery["state"] == "failed"
    assert "Files.ReadWrite" in delivery["reason"]
    assert (await office.connection())["state"] == "connected"
    # What comes after it is not held up.
    await office.write("Words")
    await settled(office)
    assert (await office.texts_there())[-1] == "Words"
    # Once the administrator has given consent, nobody has to sign in again.
    await allowed(office, "Files.ReadWrite")
    await office.anne.call("POST", f"/conversations/{office.conversation}/messages/{sent['id']}/retry")
    await settled(office)
    assert (await office.delivery(sent["id"]))["state"] == "sent"
    assert len(await in_onedrive(office)) == 1


REFUSALS = [
    ("404", "ResourceNotFound", "User's mysite not found.", "OneDrive is not set up"),
    ("400", "BadRequest", "Tenant does not have a SPO license.", "OneDrive is not set up"),
    ("507", "quotaLimitReached", "Insufficient space", "is full"),
    ("403", "accessDenied", "Access denied", "sharing is allowed"),
    ("400", "malwareDetected", "Malware was detected", "harmful software"),
    ("413", "RequestEntityTooLarge", "Too large", "larger than"),
    ("423", "resourceLocked", "Locked", "did not take the file"),
]


@pytest.mark.parametrize(("status", "code", "message", "words"), REFUSALS)
async def test_what_microsoft_refuses_is_said_in_words_and_can_be_tried_again(
    office: Office, road: Road, status: str, code: str, message: str, words: str
) -> None:
    await ready(office)
    said = f'{{"error": {{"code": "{code}", "message": "{message}"}}}}'.encode()
    road.plan("PUT", ":/content", status, body=said)
    sent = await send(office, await give(office.anne, office.conversation))
    await settled(office)
    delivery = await office.delivery(sent["id"])
    assert (delivery["state"], words in delivery["reason"]) == ("failed", True), delivery
    assert len(await office.there()) == 1
    await office.anne.call("POST", f"/conversations/{office.conversation}/messages/{sent['id']}/retry")
    await settled(office)
    await assert_once(office)


async def test_asked_to_wait_it_waits(office: Office, road: Road) -> None:
    await ready(office)
    road.plan("PUT", ":/content", "429", headers={"Retry-After": "30"})
    await send(office, await give(office.anne, office.conversation))
    await settled(office, 20)
    assert road.count("PUT", ":/content") == 1
    await settled(office, 20)
    await assert_once(office)


async def test_what_is_no_longer_kept_goes_with_its_files(office: Office) -> None:
    await ready(office)
    await send(office, await give(office.anne, office.conversation))
    await settled(office)
    await keep(office, 30)
    await days_later(office, 32)
    assert await office.here() == []
    async with office.desk.db.read() as connection:
        for table in (files, parts, files_there):
            assert (await connection.execute(select(table))).all() == []
    # In OneDrive it stays, as the message stays in Teams.
    assert len(await in_onedrive(office)) == 1
