"""An answer that is here before what it quotes: in whatever order they come, what is here is the same in the end."""

from __future__ import annotations

from typing import Any

import pytest

from teams.office import ROBIN, Office
from teams.road import Road

LOOKS = (20, 30, 200, 1500)


async def answered_first(office: Office, fault: str, question: str = "Is it paid?") -> str:
    """Robin asks and answers himself; of the question nothing is told, or later. The question's id in Teams."""
    await office.said_and_answered()
    await office.pass_time(2)
    await office.sim.post("/faults", {"fault": fault, "times": 1, "seconds": 15})
    asked = await office.in_teams(ROBIN, question)
    await office.work()
    await office.sim.post(f"{await place(office)}/quote", {"text": "I mean the bill", "quotes": [asked]})
    await office.work()
    assert await office.texts_here() == ["Hello Robin", "I mean the bill"], "no words that may be deleted yet"
    return asked


async def place(office: Office) -> str:
    return f"/users/{ROBIN}/chats/{await office.chat_id()}"


async def told(office: Office) -> list[tuple[str, Any]]:
    return [(each["text"], each["quote"] and each["quote"]["text"]) for each in await office.here()]


@pytest.mark.parametrize("fault", ["late", "lost"])
async def test_an_answer_quotes_what_came_after_it(office: Office, fault: str) -> None:
    await answered_first(office, fault)
    live = await office.anne.snapshot()
    for seconds in LOOKS:
        await office.pass_time(seconds)
    assert await told(office) == [
        ("Hello Robin", None),
        ("Is it paid?", None),
        ("I mean the bill", "Is it paid?"),
    ]
    assert (await office.here())[-1]["edited_at"] is None
    assert live["conversations"][0]["last_message"]["text"] == "I mean the bill"


@pytest.mark.parametrize("fault", ["late", "lost"])
async def test_what_is_deleted_after_that_is_read_nowhere(office: Office, fault: str) -> None:
    asked = await answered_first(office, fault, "The secret")
    for seconds in LOOKS:
        await office.pass_time(seconds)
    await office.sim.client.delete(f"{await place(office)}/messages/{asked}")
    for seconds in LOOKS:
        await office.pass_time(seconds)
    assert await told(office) == [("Hello Robin", None), ("", None), ("I mean the bill", "")]
    assert "secret" not in str(await office.here())


async def test_what_is_deleted_before_it_is_found_is_read_nowhere(office: Office) -> None:
    """Told of neither: the look finds the answer first, then what was deleted after it."""
    asked = await answered_first(office, "lost", "The secret")
    await office.sim.post("/faults", {"fault": "lost", "times": 1})
    await office.sim.client.delete(f"{await place(office)}/messages/{asked}")
    for seconds in LOOKS:
        await office.pass_time(seconds)
    assert await told(office) == [("Hello Robin", None), ("", None), ("I mean the bill", "")]
    assert "secret" not in str(await office.here())


async def test_an_answer_to_ours_may_come_before_graph_says_that_ours_is_there(office: Office, road: Road) -> None:
    await office.said_and_answered()
    await office.pass_time(2)
    road.plan("POST", "/messages$", "lost answer")
    sent = await office.write("Is it paid?")
    await office.work()
    there = await office.there()
    await office.sim.post(f"{await place(office)}/quote", {"text": "It is", "quotes": [there[-1]["id"]]})
    await office.work()
    assert await told(office) == [("Hello Robin", None), ("Is it paid?", None), ("It is", None)]
    for seconds in (3, 3, 3):
        await office.pass_time(seconds)
    assert (await office.delivery(sent))["state"] == "sent"
    assert await told(office) == [("Hello Robin", None), ("Is it paid?", None), ("It is", "Is it paid?")]
