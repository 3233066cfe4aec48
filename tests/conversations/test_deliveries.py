"""How far a message has come: told by who carries it, and never told back (H6)."""

from __future__ import annotations

import asyncio

import pytest

from deskbridge.conversations import service, store
from deskbridge.conversations.model import DeliveryId, DeliveryState, Message
from deskbridge.conversations.store import QueuedDelivery
from deskbridge.directory.model import Platform
from deskbridge.errors import NotFound
from support.databases import Heard
from support.talk import Office, Talk, add_user


async def queued(talk: Talk) -> list[QueuedDelivery]:
    """What waits for Teams."""
    async with talk.db.read() as connection:
        return await store.list_queued(connection, talk.id, Platform.TEAMS)


async def sent(talk: Talk, delivery: DeliveryId) -> None:
    """Teams has it."""
    async with talk.db.transaction() as tx:
        await service.mark_sent(tx, delivery, talk.clock())


async def failed(talk: Talk, delivery: DeliveryId, reason: str = "Robin cannot be reached.") -> None:
    """Teams will not take it."""
    async with talk.db.transaction() as tx:
        await service.mark_failed(tx, delivery, reason, talk.clock())


async def waiting(talk: Talk, delivery: DeliveryId, reason: str = "Sign in to Microsoft again.") -> None:
    """It cannot go now."""
    async with talk.db.transaction() as tx:
        await service.mark_waiting(tx, delivery, reason, talk.clock())


async def stands(talk: Talk) -> tuple[DeliveryState, str | None]:
    """What the agent sees beside the only message."""
    (message,) = await talk.messages()
    (delivery,) = message.deliveries
    return delivery.state, delivery.reason


async def retry(talk: Talk, message: Message) -> None:
    """The agent presses Try again."""
    async with talk.db.transaction() as tx:
        await service.retry(tx, talk.agent, talk.id, message.id, talk.clock())


async def test_what_waits_is_listed_in_the_order_in_which_it_was_written(office: Office) -> None:
    talk = await office.talk()
    for text in ("one", "two", "three"):
        await talk.send(text)

    assert [each.text for each in await queued(talk)] == ["one", "two", "three"]
    await sent(talk, (await queued(talk))[0].id)
    assert [each.text for each in await queued(talk)] == ["two", "three"]


async def test_sent_wins_over_whatever_is_said_later(office: Office) -> None:
    talk = await office.talk()
    await talk.send("Hello")
    (delivery,) = await queued(talk)

    await sent(talk, delivery.id)
    await failed(talk, delivery.id)
    await waiting(talk, delivery.id)

    assert await stands(talk) == (DeliveryState.SENT, None)


async def test_a_failure_says_why_and_can_be_tried_again(office: Office) -> None:
    talk = await office.talk()
    message = await talk.send("Hello")
    (delivery,) = await queued(talk)

    await failed(talk, delivery.id)
    assert await stands(talk) == (DeliveryState.FAILED, "Robin cannot be reached.")
    assert await queued(talk) == []

    await retry(talk, message)
    assert await stands(talk) == (DeliveryState.QUEUED, None)
    assert [each.id for each in await queued(talk)] == [delivery.id]


async def test_what_waits_says_for_what_and_still_waits(office: Office) -> None:
    talk = await office.talk()
    await talk.send("Hello")
    (delivery,) = await queued(talk)

    await waiting(talk, delivery.id)

    assert await stands(talk) == (DeliveryState.QUEUED, "Sign in to Microsoft again.")
    assert [each.id for each in await queued(talk)] == [delivery.id]


async def test_the_same_again_tells_nobody_and_is_no_revision(office: Office, heard: Heard) -> None:
    talk = await office.talk()
    message = await talk.send("Hello")
    (delivery,) = await queued(talk)

    for say in (waiting, failed, sent):
        await say(talk, delivery.id)
        told, seen = len(heard.said), await talk.seen()
        await say(talk, delivery.id)
        await retry(talk, message) if say is sent else None
        assert len(heard.said) == told
        assert await talk.seen() == seen


async def test_only_one_of_two_who_tell_at_once_counts(office: Office) -> None:
    talk = await office.talk()
    await talk.send("Hello")
    (delivery,) = await queued(talk)

    await asyncio.gather(*(sent(talk, delivery.id) for _ in range(5)), failed(talk, delivery.id))

    assert (await stands(talk))[0] is DeliveryState.SENT


async def test_nobody_tries_again_what_another_wrote(office: Office) -> None:
    talk = await office.talk()
    message = await talk.send("Hello")
    (delivery,) = await queued(talk)
    await failed(talk, delivery.id)
    stranger = await add_user(office.db, office.clock, office.account_id, "Eve Stranger")

    with pytest.raises(NotFound):
        async with talk.db.transaction() as tx:
            await service.retry(tx, stranger, talk.id, message.id, talk.clock())

    assert (await stands(talk))[0] is DeliveryState.FAILED


async def test_an_unknown_delivery_is_nothing_to_tell(office: Office, heard: Heard) -> None:
    talk = await office.talk()
    told = len(heard.said)

    await sent(talk, DeliveryId("none"))

    assert len(heard.said) == told
