"""What is deleted because it is no longer kept, while the same messages are on their way from Teams."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.app import keep_what_is_kept
from deskbridge.conversations.model import ConversationId, MessageId
from deskbridge.conversations.retention import Retention
from deskbridge.teams.store import chats, gaps
from deskbridge.teams.store.inbox import inbox
from teams.office import ROBIN, Office
from teams.test_retention import DAY, keep


async def fetched(office: Office) -> None:
    """The chat has been read; what was in it waits to be applied."""
    async with office.desk.db.transaction() as tx:
        (link,) = await chats.list_of_conversation(tx.connection, ConversationId(office.conversation))
        await gaps.ask_for_sync(tx.connection, link_ids=[link.id])
    await office.desk.connector.sync.settle()
    assert await waiting(office) > 0


async def waiting(office: Office) -> int:
    """How much of what Teams said is not applied yet."""
    async with office.desk.db.read() as connection:
        return await connection.scalar(select(func.count()).select_from(inbox)) or 0


async def a_day_passes(office: Office) -> None:
    """And nobody does anything."""
    office.excused.add("missed-renewal")
    office.clock.move(seconds=DAY)
    await office.sim.post("/clock/advance", {"seconds": DAY})


async def until_somebody_waits(office: Office) -> None:
    """Until another transaction waits for this one; SQLite has one writer, and who writes next is not seen."""
    if office.desk.settings.database_url is None:
        return
    query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while True:
        async with office.desk.db.read() as connection:
            if await connection.scalar(query):
                return
        await asyncio.sleep(0.01)


async def signed_in_again(office: Office) -> None:
    """After so long she has to."""
    await office.anne.sign_in("anne")


@pytest.mark.parametrize("is_known", [True, False])
async def test_what_was_fetched_before_does_not_come_back_afterwards(office: Office, *, is_known: bool) -> None:
    await office.said_and_answered()
    if is_known:
        await office.in_teams(ROBIN, "An old answer")
        await office.pass_time(2)
    await keep(office, 1)
    await a_day_passes(office)
    await office.sim.post("/faults", {"fault": "lost", "times": None})
    if is_known:
        place = f"/users/{ROBIN}/chats/{await office.chat_id()}/messages"
        answer = next(each["id"] for each in await office.there() if each["text"] == "An old answer")
        assert (await office.sim.client.patch(f"{place}/{answer}", json={"text": "Changed"})).is_success
    else:
        await office.in_teams(ROBIN, "Never heard of")
    await fetched(office)
    for _ in range(2):
        await a_day_passes(office)
    await keep_what_is_kept(office.desk).settle()
    await office.desk.connector.inbox.settle()

    await signed_in_again(office)
    assert (await office.here(), await waiting(office)) == ([], 0)


async def test_what_is_just_being_deleted_is_not_looked_for(office: Office) -> None:
    await office.said_and_answered()
    await office.in_teams(ROBIN, "An old answer")
    await office.pass_time(2)
    await keep(office, 1)
    await a_day_passes(office)
    await office.sim.post("/faults", {"fault": "lost", "times": None})
    place = f"/users/{ROBIN}/chats/{await office.chat_id()}/messages"
    answer = next(each["id"] for each in await office.there() if each["text"] == "An old answer")
    assert (await office.sim.client.patch(f"{place}/{answer}", json={"text": "Changed"})).is_success
    await fetched(office)
    await a_day_passes(office)
    applying: list[asyncio.Task[int]] = []

    async def forget(connection: AsyncConnection, ids: Collection[MessageId]) -> None:
        # The conversation is this run's by now, and what it deletes is still to be seen by others.
        applying.append(asyncio.create_task(office.desk.connector.inbox.settle()))
        await until_somebody_waits(office)
        await chats.forget_messages(connection, ids)

    await Retention(office.desk.db, office.clock, forget).work(office.account.id)
    await applying[0]

    await signed_in_again(office)
    assert (await office.here(), await waiting(office)) == ([], 0)
