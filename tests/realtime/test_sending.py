"""Sending over the WebSocket: the same as by REST, many at once, in order, and each answered by itself."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from deskbridge.accounts.model import License
from deskbridge.api.desk import Desk
from support.agents import Agent, Feed
from support.builders import make_account, make_user
from support.replica import caught_up, comparable, fetched, follow

Browsers = Callable[[], Agent]


class Talk:
    """Anne and Ben, both signed in, and their conversation."""

    def __init__(self, anne: Agent, ben: Agent, conversation_id: str) -> None:
        self.anne = anne
        self.ben = ben
        self.id = conversation_id

    def frame(self, text: str, **more: Any) -> dict[str, Any]:
        """What a client says to send that."""
        return {"type": "send", "conversation_id": self.id, "client_id": str(uuid.uuid4()), "text": text, **more}


@pytest.fixture
async def talk(desk: Desk, browser_of: Browsers) -> Talk:
    """Anne has opened a conversation with Ben."""
    account = await make_account(desk)
    await make_user(desk, account)
    await make_user(desk, account, "Ben Carter", frozenset({License.CONTACT_CENTER}))
    anne, ben = browser_of(), browser_of()
    await anne.sign_in("anne")
    await ben.sign_in("ben")
    return Talk(anne, ben, (await anne.start((await anne.find("ben"))["id"]))["id"])


async def answer_to(live: Feed, frame: dict[str, Any]) -> Any:
    """What the server says to what was sent."""
    return await live.until(
        lambda each: each["type"] in {"sent", "refused"} and each["client_id"] == frame["client_id"]
    )


async def test_many_sent_at_once_are_answered_and_heard_in_order_by_both(talk: Talk) -> None:
    there, here = await fetched(talk.ben), await fetched(talk.anne)
    async with talk.anne.live(here["version"]) as anne, talk.ben.live(there["version"]) as ben:
        said = [talk.frame(f"number {number}") for number in range(150)]
        for frame in said:
            await anne.say(frame)
        answers = [await answer_to(anne, frame) for frame in said]
        await ben.until_message(lambda message: message["text"] == "number 149")
        there, here = follow(there, ben), follow(here, anne)
    there, here = await caught_up(talk.ben, there), await caught_up(talk.anne, here)

    stored = await talk.ben.messages(talk.id)
    assert [each["text"] for each in stored] == [frame["text"] for frame in said]
    assert [each["message_id"] for each in answers] == [each["id"] for each in stored]
    assert comparable(there) == comparable(await fetched(talk.ben))
    assert comparable(here) == comparable(await fetched(talk.anne))


async def test_the_same_id_again_is_the_same_message(talk: Talk) -> None:
    frame = talk.frame("only once")
    async with talk.anne.live() as anne:
        await anne.say(frame)
        await anne.say(frame)
        first = await answer_to(anne, frame)
        again = await answer_to(anne, frame)
    by_rest = await talk.anne.send(talk.id, "only once", frame["client_id"])

    assert first == again == {"type": "sent", "client_id": frame["client_id"], "message_id": by_rest["id"]}
    assert [each["text"] for each in await talk.ben.messages(talk.id)] == ["only once"]


async def test_what_is_refused_says_why_and_takes_nothing_along(talk: Talk, desk: Desk, browser_of: Browsers) -> None:
    await make_user(desk, await make_account(desk), "Mallory Else")
    mallory = browser_of()
    await mallory.sign_in("mallory")
    wrong = {
        "empty_message": talk.frame(" \n "),
        "message_too_large": talk.frame("ü" * 20_000),
        "not_found": talk.frame("to what?", reply_to=str(uuid.uuid4())),
    }
    async with talk.anne.live() as anne, mallory.live() as stranger:
        good = talk.frame("before"), talk.frame("after")
        for frame in (good[0], *wrong.values(), good[1]):
            await anne.say(frame)
        await stranger.say(foreign := talk.frame("let me in"))
        refusals = {code: await answer_to(anne, frame) for code, frame in wrong.items()}
        assert (await answer_to(anne, good[1]))["type"] == "sent"
        refusals["not_found"] = await answer_to(stranger, foreign)

    assert {refusal["code"] for refusal in refusals.values()} == set(wrong)
    assert all(refusal["message"].endswith(".") for refusal in refusals.values())
    assert [each["text"] for each in await talk.ben.messages(talk.id)] == ["before", "after"]


async def test_an_answer_quotes_what_was_sent_just_before(talk: Talk) -> None:
    async with talk.anne.live() as anne, talk.ben.live() as ben:
        await anne.say(first := talk.frame("Is it paid?"))
        question = (await answer_to(anne, first))["message_id"]
        await ben.say(talk.frame("It is.", reply_to=question))
        answer = await anne.until_message(lambda message: message["text"] == "It is.")

    assert answer["quote"] == {"message_id": question, "author_name": "Anne Baker", "text": "Is it paid?"}
    assert answer == (await talk.anne.messages(talk.id))[-1]


async def test_whose_session_has_ended_sends_nothing_more(talk: Talk, desk: Desk) -> None:
    """Also where this process has not heard of it yet: the session is looked up with each message."""
    async with talk.anne.live() as anne:
        await desk.hub.close()
        await talk.anne.call("DELETE", "/session")
        await anne.say(frame := talk.frame("too late"))
        refusal = await answer_to(anne, frame)

    assert refusal["code"] == "not_signed_in"
    assert await talk.ben.messages(talk.id) == []
