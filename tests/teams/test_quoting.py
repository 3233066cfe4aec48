"""Answers that quote what they answer, both ways (M4)."""

from __future__ import annotations

import pytest

from teams.office import ROBIN, Office
from teams.road import Road


async def quoted_by_robin(office: Office, text: str, number: int = 0) -> None:
    """Robin answers that message of the chat in Teams."""
    there = await office.there()
    place = f"/users/{ROBIN}/chats/{await office.chat_id()}/quote"
    await office.sim.post(place, {"text": text, "quotes": [there[number]["id"]]})
    await office.work()


async def test_an_answer_in_teams_quotes_our_message_as_it_is_now(office: Office) -> None:
    sent = await office.said_and_answered()
    await quoted_by_robin(office, "Hi!")
    answer = (await office.here())[-1]
    assert (answer["text"], answer["refers_to"]) == ("Hi!", sent)
    assert answer["quote"] == {"message_id": sent, "author_name": "Anne Baker", "text": "Hello Robin"}

    await office.act("PATCH", sent, text="Hello dear Robin")
    assert (await office.shown(answer["id"]))["quote"]["text"] == "Hello dear Robin"
    await office.act("DELETE", sent)
    assert (await office.shown(answer["id"]))["quote"]["text"] == ""


async def test_what_is_quoted_from_before_the_conversation_is_shown_as_teams_tells_it(office: Office) -> None:
    await office.in_teams(ROBIN, "Long ago")
    await office.said_and_answered()
    await quoted_by_robin(office, "As I said")
    answer = (await office.here())[-1]
    assert answer["quote"] is None
    assert '<blockquote class="quote">' in answer["html"]
    assert answer["text"].endswith("As I said")


@pytest.mark.parametrize("accident", ["", "lost answer", "lost request"])
async def test_our_answer_quotes_in_teams_once(office: Office, road: Road, accident: str) -> None:
    await office.said_and_answered()
    await office.in_teams(ROBIN, "Is it paid?")
    await office.work()
    asked = (await office.here())[-1]
    if accident:
        road.plan("POST", "/replyWithQuote", accident)
    sent = await office.anne.send(office.conversation, "It is", reply_to=asked["id"])
    assert sent["quote"]["text"] == "Is it paid?"
    for _ in range(10):
        await office.pass_time(1.5)
    _, question, answer = await office.there()
    (attachment,) = answer["attachments"]
    assert (attachment["contentType"], attachment["id"]) == ("messageReference", question["id"])
    assert await office.texts_here() == ["Hello Robin", "Is it paid?", "It is"]
    assert (await office.delivery(sent["id"]))["state"] == "sent"

    await office.act("PATCH", sent["id"], text="It is, since today")
    for _ in range(8):
        await office.pass_time(1.5)
    edited = (await office.there())[-1]
    assert edited["attachments"] == answer["attachments"]
    shown = await office.shown(sent["id"])
    assert (shown["text"], shown["quote"]["text"], shown["changes"]) == ("It is, since today", "Is it paid?", [])


async def test_nobody_answers_what_is_in_another_conversation(office: Office) -> None:
    sent = await office.said_and_answered()
    robin, office.conversation = office.conversation, ""
    await office.chat_with("ben")
    assert office.conversation != robin
    body = {"client_id": "00000000-0000-4000-8000-000000000001", "text": "Yes", "reply_to": sent}
    path = f"/conversations/{office.conversation}/messages"
    assert await office.anne.refused("POST", path, json=body) == (404, "not_found")
