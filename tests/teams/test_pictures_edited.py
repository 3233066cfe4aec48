"""Editing a message that has a picture: the picture stays what it is, here and in Teams (M4, H6)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from support.pixel import PIXEL
from teams.office import ANNE, Office
from teams.road import Road
from teams.test_changing import settled
from teams.test_images import address
from teams.test_pictures_sent import digest, give, place, sends, showing


async def own_picture(office: Office) -> Any:
    """Anne sends a picture from Teams itself; the message as she has it here."""
    picture = {"id": "1", "content_type": "image/png", "content": base64.b64encode(PIXEL).decode()}
    said = {"html": '<p>Look: <img src="../hostedContents/1/$value" alt="the invoice"></p>', "images": [picture]}
    await office.sim.post(f"/users/{ANNE}/chats/{await office.chat_id()}/messages", said)
    await office.work()
    await office.pass_time(10)
    return (await office.here())[-1]


async def test_an_edited_message_keeps_its_picture_in_teams_and_here(office: Office) -> None:
    await office.said_and_answered()
    message = await own_picture(office)
    before = (await office.there())[-1]
    image = before["kept_content"].split('src="')[1].split('"')[0]

    await office.act("PATCH", message["id"], html=message["html"].replace("Look", "Look again"))
    await settled(office)

    there = (await office.there())[-1]
    assert there["text"].startswith("Look again")
    assert there["kept_content"].split('src="')[1].split('"')[0] == image
    shown = await office.shown(message["id"])
    assert (shown["text"], shown["changes"]) == ("Look again: the invoice", [])
    office.clock.move(seconds=10)
    answer = await office.anne.http.get(address(shown))
    assert (answer.status_code, answer.content) == (200, PIXEL)


async def test_a_picture_that_is_gone_from_teams_is_said_and_nothing_is_broken_there(
    office: Office, road: Road
) -> None:
    await office.said_and_answered()
    message = await own_picture(office)
    await office.act("PATCH", message["id"], html=message["html"].replace("Look", "Look again"))
    # Meanwhile it was edited in Teams, to words alone.
    place = f"/users/{ANNE}/chats/{await office.chat_id()}/messages/{(await office.there())[-1]['id']}"
    await office.sim.client.patch(place, json={"text": "Never mind"})
    await settled(office)
    (change,) = (await office.shown(message["id"]))["changes"]
    assert change["state"] == "failed"
    assert "picture of this message is not in Microsoft Teams" in change["reason"]
    assert road.count("PATCH", "/messages/") == 0


async def test_a_picture_is_added_one_is_kept_and_one_removed_here_and_in_teams(office: Office, road: Road) -> None:
    await office.said_and_answered()
    first, second, third = [await give(office.anne, office.conversation, PIXEL + end) for end in (b"1", b"2", b"3")]
    sent = await sends(office, showing(first, second))
    await settled(office)
    kept = {**second, "address": f"/api/v1{place(office, sent)}/images/{second['id']}"}

    # Nobody else's picture, nor one of another conversation, comes in by an edit.
    stranger = {**third, "address": third["address"].replace(third["id"], "00000000-0000-4000-8000-000000000000")}
    path = place(office, sent)
    assert (await office.anne.refused("PATCH", path, json={"html": showing(stranger)}))[1] == "picture_missing"

    edited = await office.act("PATCH", sent["id"], html=showing(third, kept, words="Rather:"))
    images = [each.split('"')[0] for each in edited["html"].split('src="')[1:]]
    assert [(await office.anne.http.get(each)).content for each in images] == [PIXEL + b"3", PIXEL + b"2"]
    await settled(office)
    shown = await office.shown(sent["id"])
    assert (shown["changes"], shown["html"]) == ([], edited["html"])
    there = (await office.there())[-1]
    named = [each.split("/")[2] for each in there["kept_content"].split('src="')[1:]]
    by_id = {each["id"]: each["sha256"] for each in there["pictures"]}
    assert [by_id[each] for each in named] == [digest(PIXEL + b"3"), digest(PIXEL + b"2")]

    # Edited once more, nothing is sent again that is there already.
    await office.act("PATCH", sent["id"], html=edited["html"].replace("Rather", "Only"))
    await settled(office)
    after = (await office.there())[-1]
    assert [each.split("/")[2] for each in after["kept_content"].split('src="')[1:]] == named
    assert len(after["pictures"]) == len(there["pictures"])
    assert (await office.anne.http.get(third["address"])).status_code == 404


@pytest.mark.parametrize("kind", ["lost answer", "lost request"])
async def test_without_an_answer_an_added_picture_is_there_once(office: Office, road: Road, kind: str) -> None:
    sent = await office.said_and_answered()
    given = await give(office.anne, office.conversation)
    road.plan("PATCH", "/messages/", kind)
    edited = await office.act("PATCH", sent, html=showing(given, words="Now with it:"))
    await settled(office, 30)
    there = (await office.there())[-1]
    assert [each["sha256"] for each in there["pictures"]] == [digest(PIXEL)]
    shown = await office.shown(sent)
    assert (shown["changes"], shown["html"]) == ([], edited["html"])
