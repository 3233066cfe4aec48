"""Pictures that agents send: stored before they are acknowledged, once in Teams whatever happens (H6, M4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from deskbridge.app import sweep_once
from deskbridge.conversations.file_tables import files, parts
from deskbridge.conversations.keeping import KEEP_UNSENT_FOR
from support.agents import Agent
from support.pixel import PIXEL
from teams.office import Office
from teams.road import Road
from teams.test_changing import settled
from teams.test_images import address
from teams.test_retention import days_later, keep


async def give(agent: Agent, conversation: str, content: bytes = PIXEL, **more: str) -> Any:
    """Attach a picture; what the server says of it."""
    picture = more.get("id") or str(uuid4())
    path = f"/api/v1/conversations/{conversation}/images/{picture}?name=invoice.png"
    answer = await agent.http.put(path, content=content, headers={"content-type": "text/html"})
    assert answer.status_code == 201, answer.text
    return answer.json()


def showing(*pictures: Any, words: str = "Look:") -> str:
    """A message with these pictures."""
    images = "".join(f'<img src="{each["address"]}" alt="{each["name"]}">' for each in pictures)
    return f"<p>{words} {images}</p>"


async def sends(office: Office, html: str, **more: str) -> Any:
    """She sends it; nothing has left yet."""
    body = {"client_id": str(uuid4()), "html": html, **more}
    return await office.anne.call("POST", f"/conversations/{office.conversation}/messages", json=body)


def digest(content: bytes) -> str:
    """By which the tenant names what it keeps."""
    return hashlib.sha256(content).hexdigest()


async def pictures_there(office: Office) -> list[str]:
    """The pictures of the newest message, as Robin has them in Teams."""
    message = (await office.there())[-1]
    sources = [part.split('"')[0] for part in message["kept_content"].split('src="')[1:]]
    assert all(each.startswith("../hostedContents/") for each in sources), sources
    return [each["sha256"] for each in message["pictures"]]


async def test_a_picture_is_seen_here_at_once_and_arrives_in_teams(office: Office, road: Road) -> None:
    await office.said_and_answered()
    given = await give(office.anne, office.conversation)
    assert (given["name"], given["content_type"], given["size"]) == ("invoice.png", "image/png", len(PIXEL))
    assert (await office.anne.http.get(given["address"])).content == PIXEL

    sent = await sends(office, showing(given))
    assert sent["text"] == "Look: invoice.png"
    shown = await office.anne.http.get(address(sent))
    assert (shown.status_code, shown.content, shown.headers["content-type"]) == (200, PIXEL, "image/png")
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    await settled(office)

    assert await pictures_there(office) == [digest(PIXEL)]
    assert (await office.delivery(sent["id"]))["state"] == "sent"
    assert len([each for each in await office.here() if each["kind"] == "message"]) == 2
    # It is shown from here, whoever is connected.
    assert (await office.anne.http.get(address(await office.shown(sent["id"])))).content == PIXEL
    assert road.count("GET", "/hostedContents/") == 0
    # Before it was sent it was hers alone; now it belongs to the message.
    assert (await office.anne.http.get(given["address"])).status_code == 404


@pytest.mark.parametrize("kind", ["lost answer", "lost request"])
async def test_without_an_answer_a_picture_alone_is_found_again_and_never_doubled(
    office: Office, road: Road, kind: str
) -> None:
    await office.said_and_answered()
    given = [await give(office.anne, office.conversation) for _ in range(2)]
    road.plan("POST", "/messages$", kind)
    sent = await sends(office, showing(*given, words=""))
    await settled(office, 30)
    assert len(await office.there()) == 2
    assert await pictures_there(office) == [digest(PIXEL)] * 2
    assert (await office.delivery(sent["id"]))["state"] == "sent"
    # What was found again can be edited like anything else.
    await office.act("PATCH", sent["id"], html=(await office.shown(sent["id"]))["html"].replace("<p>", "<p>Both "))
    await settled(office)
    assert (await office.shown(sent["id"]))["changes"] == []
    assert (await office.there())[-1]["text"].startswith("Both")


async def test_an_edit_keeps_the_pictures_that_it_keeps(office: Office, road: Road) -> None:
    await office.said_and_answered()
    first, second = [await give(office.anne, office.conversation, PIXEL + end) for end in (b"1", b"2")]
    sent = await sends(office, showing(first, second))
    await settled(office)
    kept = [part.split('"')[0] for part in (await office.there())[-1]["kept_content"].split('src="')[1:]]

    html = showing({**second, "address": f"/api/v1{place(office, sent)}/images/{second['id']}"}, words="Only this:")
    await office.act("PATCH", sent["id"], html=html)
    await settled(office)

    there = (await office.there())[-1]["kept_content"]
    assert [part.split('"')[0] for part in there.split('src="')[1:]] == kept[1:]
    shown = await office.shown(sent["id"])
    assert (shown["text"], shown["changes"]) == ("Only this: invoice.png", [])
    assert (await office.anne.http.get(address(shown))).content == PIXEL + b"2"
    assert road.count("GET", "/hostedContents/") == 0


def place(office: Office, message: Any) -> str:
    """Where the message is."""
    return f"/conversations/{office.conversation}/messages/{message['id']}"


async def test_an_answer_with_a_picture(office: Office) -> None:
    sent = await office.said_and_answered()
    await sends(office, showing(await give(office.anne, office.conversation)), reply_to=sent)
    await settled(office)
    assert await pictures_there(office) == [digest(PIXEL)]
    assert [each["contentType"] for each in (await office.there())[-1]["attachments"]] == ["messageReference"]


async def test_the_same_picture_again_is_the_same_and_another_under_its_id_is_refused(office: Office) -> None:
    await office.said_and_answered()
    given = await give(office.anne, office.conversation)
    assert await give(office.anne, office.conversation, id=given["id"]) == given
    path = given["address"]
    assert (await office.anne.http.put(path, content=PIXEL + b"x")).json()["code"] == "conflict"
    # In two messages at once it would be in two hands.
    await sends(office, showing(given))
    body = {"client_id": str(uuid4()), "html": showing(given)}
    refused = await office.anne.refused("POST", f"/conversations/{office.conversation}/messages", json=body)
    assert refused == (422, "picture_missing")


async def test_what_is_no_picture_or_too_large_is_refused_in_words(office: Office) -> None:
    await office.said_and_answered()
    path = f"/api/v1/conversations/{office.conversation}/images/{uuid4()}"
    svg = await office.anne.http.put(path, content=b"<svg onload='alert(1)'/>", headers={"content-type": "image/png"})
    assert (svg.status_code, svg.json()["code"]) == (422, "not_an_image")
    large = await office.anne.http.put(path, content=PIXEL + bytes(4 * 1024 * 1024))
    assert (large.status_code, large.json()["code"]) == (413, "request_too_large")
    assert "4 MB" in large.json()["message"]
    halves = [await give(office.anne, office.conversation, PIXEL + bytes(2_100_000)) for _ in range(2)]
    body = {"client_id": str(uuid4()), "html": showing(*halves)}
    refused = await office.anne.refused("POST", f"/conversations/{office.conversation}/messages", json=body)
    assert refused == (422, "pictures_too_large")


async def test_nobody_sees_or_sends_what_another_gave(office: Office, browser_of: Callable[[], Agent]) -> None:
    await office.said_and_answered()
    given = await give(office.anne, office.conversation)
    dana = browser_of()
    await dana.sign_in("dana")
    assert (await dana.http.get(given["address"])).status_code == 404
    assert (await dana.http.put(given["address"], content=PIXEL)).status_code == 404
    # In another conversation of her own it cannot be sent either.
    await office.chat_with("ben")
    body = {"client_id": str(uuid4()), "html": showing(given)}
    refused = await office.anne.refused("POST", f"/conversations/{office.conversation}/messages", json=body)
    assert refused == (422, "picture_missing")


async def test_what_is_never_sent_is_forgotten_after_a_week_and_what_was_sent_stays(office: Office) -> None:
    await office.said_and_answered()
    unsent, shown = [await give(office.anne, office.conversation) for _ in range(2)]
    sent = await sends(office, showing(shown))
    office.clock.move(seconds=(KEEP_UNSENT_FOR + timedelta(hours=1)).total_seconds())
    await sweep_once(office.desk)
    await office.anne.sign_in("anne")
    assert (await office.anne.http.get(unsent["address"])).status_code == 404
    assert (await office.anne.http.get(address(sent))).content == PIXEL
    # Whoever had it in a draft is told.
    body = {"client_id": str(uuid4()), "html": showing(unsent)}
    refused = await office.anne.refused("POST", f"/conversations/{office.conversation}/messages", json=body)
    assert refused == (422, "picture_missing")


async def test_a_deleted_message_shows_no_picture_and_brought_back_it_does(office: Office) -> None:
    await office.said_and_answered()
    sent = await sends(office, showing(await give(office.anne, office.conversation)))
    await settled(office)
    await office.act("DELETE", sent["id"])
    assert (await office.anne.http.get(address(sent))).status_code == 404
    await settled(office)
    await office.act("POST", sent["id"], "restore")
    await settled(office)
    assert (await office.anne.http.get(address(await office.shown(sent["id"])))).content == PIXEL
    assert (await office.there())[-1]["is_deleted"] is False


async def test_what_is_no_longer_kept_goes_with_its_pictures(office: Office) -> None:
    await office.said_and_answered()
    await sends(office, showing(await give(office.anne, office.conversation)))
    await settled(office)
    await keep(office, 30)
    await days_later(office, 32)
    assert await office.here() == []
    async with office.desk.db.read() as connection:
        for table in (files, parts):
            assert (await connection.execute(select(table))).all() == []
