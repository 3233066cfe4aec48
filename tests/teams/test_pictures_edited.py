"""Editing a message that has a picture: the picture stays what it is, here and in Teams (M4, H6)."""

from __future__ import annotations

import base64
from typing import Any

from teams.office import ANNE, Office
from teams.road import Road
from teams.test_changing import settled
from teams.test_images import PIXEL, address


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
