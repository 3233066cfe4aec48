"""A chat that cannot be read says nothing: neither that a message is not there, nor that a gap is filled."""

from __future__ import annotations

import asyncio

from deskbridge.teams.store import gaps
from teams.office import ROBIN, Office
from teams.road import Road

CLOSED = b'{"error":{"code":"Forbidden","message":"Not at the moment."}}'


async def test_a_message_is_not_doubled_where_the_chat_cannot_be_looked_into(office: Office, road: Road) -> None:
    await office.said_and_answered()
    await office.pass_time(2)
    road.plan("POST", "/messages$", "lost answer")
    closed = road.plan("GET", "/messages", "403", body=CLOSED, times=2)
    sent = await office.write("Only once")
    await office.pass_time(1.5)
    await office.pass_time(5)
    assert closed.met
    waiting = await office.delivery(sent)
    assert waiting["state"] == "queued"
    assert "not known whether the message arrived" in waiting["reason"]
    assert "Forbidden" in waiting["reason"]
    await office.write("And then")

    for _ in range(6):
        await office.pass_time(15)
    assert (await office.delivery(sent))["state"] == "sent"
    assert await office.texts_there() == ["Hello Robin", "Only once", "And then"]
    assert await office.texts_here() == ["Hello Robin", "Only once", "And then"]


async def test_who_never_gets_to_look_hears_it_and_decides(office: Office, road: Road) -> None:
    await office.said_and_answered()
    await office.pass_time(2)
    road.plan("POST", "/messages$", "lost request")
    closed = road.plan("GET", "/messages", "404", body=CLOSED, times=1_000)
    sent = await office.write("Where are you?")
    for _ in range(14):
        await office.pass_time(600)
    await office.anne.sign_in("anne")
    failed = await office.delivery(sent)
    assert failed["state"] == "failed"
    assert "Look for it in Teams before you try again" in failed["reason"]
    # Ever more rarely, and not for ever.
    assert closed.met < 20

    await office.act("POST", sent, "retry")
    await office.pass_time(3)
    assert (await office.delivery(sent))["state"] == "sent"
    assert await office.texts_there() == ["Hello Robin", "Where are you?"]


async def test_a_gap_of_which_only_the_newest_could_be_read_is_not_called_filled(office: Office, road: Road) -> None:
    await office.said_and_answered()
    await office.pass_time(2)
    await office.sim.post("/faults", {"fault": "lost", "times": None})
    for number in range(60):
        await office.in_teams(ROBIN, f"Number {number}")
    refused = road.plan("GET", "skiptoken", "400", body=CLOSED)
    async with office.desk.db.transaction() as tx:
        await gaps.ask_for_sync(tx.connection, has_gap=True)
    before = await complete_up_to(office)
    office.desk.connector.sync.look_soon()
    await worked(office)
    assert refused.met == 1
    assert await complete_up_to(office) == before
    assert await office.texts_here() == ["Hello Robin"]

    await office.sim.post("/clock/advance", {"seconds": 120})
    office.clock.move(seconds=120)
    await worked(office)
    assert await complete_up_to(office) != before
    assert await office.texts_here() == ["Hello Robin", *(f"Number {number}" for number in range(60))]


async def worked(office: Office) -> None:
    """All that is due, while time goes by: later pages wait for their turn."""
    work = asyncio.create_task(office.work())
    while not work.done():
        office.clock.move(seconds=2)
        await asyncio.wait({work}, timeout=0.2)
    await work


async def complete_up_to(office: Office) -> str | None:
    """As the workspace says it of the conversation."""
    (conversation,) = (await office.anne.snapshot())["conversations"]
    found: str | None = conversation["complete_up_to"]
    return found
