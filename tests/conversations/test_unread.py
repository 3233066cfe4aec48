"""What is unread: whatever came since the user last looked or wrote, and was not theirs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from deskbridge.conversations import service
from support.clock import Clock
from support.talk import Office


async def test_what_comes_is_unread_until_it_is_looked_at(office: Office, clock: Clock) -> None:
    talk = await office.talk()
    await talk.receive(talk.said("Hello"))
    await talk.receive(talk.said("Anyone there?"))
    assert (await talk.seen()).unread == 2

    async with office.db.transaction() as tx:
        read = await service.mark_read(tx, talk.agent, talk.id, talk.clock())

    assert read.unread == (await talk.seen()).unread == 0


async def test_what_was_said_earlier_but_comes_late_is_unread_all_the_same(office: Office, clock: Clock) -> None:
    """After a gap in Teams' notifications it stands before what the agent wrote meanwhile."""
    talk = await office.talk()
    before = clock()
    clock.move(minutes=1)
    await talk.send("Are you there?")
    clock.move(minutes=1)

    await talk.receive(talk.said("Call me back, please", at=before + timedelta(seconds=5)))

    assert [each.text for each in await talk.messages()] == ["Call me back, please", "Are you there?"]
    assert (await talk.seen()).unread == 1


async def test_who_answers_has_read_and_nobody_s_own_words_are_unread(office: Office, clock: Clock) -> None:
    talk = await office.talk()
    await talk.receive(talk.said("Hello"))

    await talk.send("Hello Robin")
    mine = talk.said("I wrote this in Teams itself")
    await talk.receive(replace(mine, author=mine.author.model_copy(update={"user_id": talk.agent.id})))

    assert (await talk.seen()).unread == 0


async def test_an_edit_makes_nothing_unread(office: Office, clock: Clock) -> None:
    talk = await office.talk()
    said = talk.said("Hello")
    message_id = await talk.receive(said)
    async with office.db.transaction() as tx:
        await service.mark_read(tx, talk.agent, talk.id, talk.clock())
    clock.move(minutes=1)

    await talk.receive(replace(said, message_id=message_id, html="<p>Hi</p>", text="Hi", edited_at=clock()))

    assert (await talk.seen()).unread == 0
    assert [each.text for each in await talk.messages()] == ["Hi"]
