"""Images in messages: shown to those who may see the conversation, through us, and nothing but images (M4)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from deskbridge.conversations.tables import messages
from support.agents import Agent
from support.pixel import PIXEL
from teams.office import ROBIN, Office
from teams.road import Road


async def shows(office: Office, content: bytes, kind: str = "image/png") -> Any:
    """Robin sends a picture; the message as Anne has it."""
    picture = {"id": "1", "content_type": kind, "content": base64.b64encode(content).decode()}
    said = {"html": '<p>Look: <img src="../hostedContents/1/$value" alt="the invoice"></p>', "images": [picture]}
    await office.sim.post(f"/users/{ROBIN}/chats/{await office.chat_id()}/messages", said)
    await office.work()
    # Reading the message took the agent's turn at Graph; the picture takes the next.
    await office.pass_time(10)
    return (await office.here())[-1]


def address(message: Any) -> str:
    """Where the picture is."""
    return str(message["html"].split('src="')[1].split('"')[0])


async def test_a_picture_is_shown_through_us_and_asked_for_once(office: Office, road: Road) -> None:
    await office.said_and_answered()
    message = await shows(office, PIXEL)
    assert message["text"] == "Look: the invoice"
    assert address(message).startswith(f"/api/v1/conversations/{office.conversation}/messages/{message['id']}/images/")
    for _ in range(2):
        answer = await office.anne.http.get(address(message))
        assert (answer.status_code, answer.content) == (200, PIXEL)
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert road.count("GET", "/hostedContents/") == 1


async def test_what_is_no_image_is_not_passed_on(office: Office) -> None:
    await office.said_and_answered()
    message = await shows(office, b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml")
    answer = await office.anne.http.get(address(message))
    assert answer.status_code == 404
    assert "not an image" in answer.json()["message"]


async def test_only_pictures_of_that_message_and_only_for_those_who_see_it(
    office: Office, road: Road, browser_of: Callable[[], Agent]
) -> None:
    first = await office.said_and_answered()
    message = await shows(office, PIXEL)
    image = address(message).rpartition("/")[2]
    place = f"/conversations/{office.conversation}/messages"
    for path in (f"{place}/{first}/images/{image}", f"{place}/{message['id']}/images/other"):
        assert await office.anne.refused("GET", path) == (404, "not_found")
    dana = browser_of()
    await dana.sign_in("dana")
    assert await dana.refused("GET", f"{place}/{message['id']}/images/{image}") == (404, "not_found")
    assert road.count("GET", "/hostedContents/") == 0


@pytest.mark.parametrize("its_id", ["..", "%2E%2E", "..%5C..%5Cme", "a%3Fx", "a%23b", "%252e%252e"])
@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_an_address_that_somebody_writes_here_leads_nowhere_else(office: Office, road: Road, its_id: str) -> None:
    await office.said_and_answered()
    async with office.desk.db.transaction() as tx:
        shown = f'<p>Look: <img src="hosted:{its_id}" alt="it"></p>'
        await tx.connection.execute(messages.update().values(html=shown))
    passed = len(road.passed)
    (message,) = await office.here()
    answer = await office.anne.http.get(
        f"/api/v1/conversations/{office.conversation}/messages/{message['id']}/images/{its_id}"
    )
    assert answer.status_code in {404, 200}
    assert not answer.headers["content-type"].startswith("image/")
    assert len(road.passed) == passed


async def test_a_picture_that_did_not_come_comes_when_it_is_asked_for_again(office: Office, road: Road) -> None:
    await office.said_and_answered()
    message = await shows(office, PIXEL)
    road.plan("GET", "/hostedContents/", "404")
    answer = await office.anne.http.get(address(message))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    office.clock.move(seconds=2)
    assert (await office.anne.http.get(address(message))).status_code == 200
