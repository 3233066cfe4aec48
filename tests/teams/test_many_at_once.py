"""Many notifications at once: what is plain is applied together, and nobody waits for who is not (M5)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import select

from deskbridge.teams import intake
from deskbridge.teams.store import inbox, subscriptions
from teams.office import ANNE, BEN, ROBIN, Office

WEBHOOK = "/api/v1/webhooks/graph/notifications"


async def stored(office: Office) -> list[Any]:
    async with office.desk.db.read() as connection:
        return list(await connection.execute(select(inbox.inbox).order_by(inbox.inbox.c.id)))


class TestTogether:
    async def test_several_chats_are_applied_each_in_its_order(self, office: Office) -> None:
        await office.said_and_answered()
        robin = office.conversation
        ben = await office.chat_with("ben")
        await office.write("Hello Ben")
        await office.pass_time(2)
        for number in range(3):
            await office.in_teams(ROBIN, f"Robin {number}")
            await office.in_teams(BEN, f"Ben {number}", to=ANNE)
        await office.work()
        said = {each: [message["text"] for message in await office.anne.messages(each)] for each in (robin, ben)}
        assert said == {
            robin: ["Hello Robin", "Robin 0", "Robin 1", "Robin 2"],
            ben: ["Hello Ben", "Ben 0", "Ben 1", "Ben 2"],
        }
        unread = {each["id"]: each["unread"] for each in (await office.anne.snapshot())["conversations"]}
        assert unread == {robin: 3, ben: 3}

    async def test_a_chat_with_something_that_cannot_be_read_holds_up_no_other(self, office: Office) -> None:
        await office.said_and_answered()
        robin = office.conversation
        ben = await office.chat_with("ben")
        await office.write("Hello Ben")
        await office.pass_time(2)
        await office.in_teams(BEN, "Damaged on the way", to=ANNE)
        await office.in_teams(ROBIN, "Whole")
        await office.sim.settle()
        first, _ = await stored(office)
        async with office.desk.db.transaction() as tx:
            await tx.connection.execute(
                inbox.inbox.update().where(inbox.inbox.c.id == first.id).values(item=b'{"resource": 1')
            )
        await office.pass_time(2)
        assert (await office.anne.messages(robin))[-1]["text"] == "Whole"
        assert (await office.anne.messages(ben))[-1]["text"] == "Damaged on the way"
        assert await stored(office) == []

    async def test_what_was_heard_before_and_what_is_new_come_together(self, office: Office) -> None:
        await office.said_and_answered()
        await office.in_teams(ROBIN, "First")
        await office.sim.settle()
        again = [{name: value for name, value in row._mapping.items() if name != "id"} for row in await stored(office)]
        await office.work()
        async with office.desk.db.transaction() as tx:
            await tx.connection.execute(inbox.inbox.insert(), again)
        await office.in_teams(ROBIN, "Second")
        await office.work()
        assert await office.texts_here() == ["Hello Robin", "First", "Second"]


class TestTooMany:
    async def test_what_there_is_no_room_for_is_refused_and_taken_when_it_comes_again(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # However slow the machine is.
        monkeypatch.setattr(intake, "ANSWER_WITHIN", 600.0)
        await office.said_and_answered()
        await office.in_teams(ROBIN, "Told very often")
        await office.sim.settle()
        (told,) = await stored(office)
        async with office.desk.db.transaction() as tx:
            row = await subscriptions.find(tx.connection, office.user.id)
            assert row
            await subscriptions.update_columns(tx.connection, row.id, secret_hash=intake.hash_secret("secret"))
        item = json.loads(told.item) | {"clientState": intake.client_state(row.id, "secret")}
        body = json.dumps({"value": [item], "validationTokens": json.loads(told.proof)})

        async def deliver() -> int:
            return (await office.anne.http.post(WEBHOOK, content=body)).status_code

        async with office.desk.db.transaction() as tx:
            # Nobody else can store anything now.
            if not office.desk.db.is_sqlite:
                await tx.connection.exec_driver_sql("LOCK TABLE teams_inbox IN EXCLUSIVE MODE")
            waiting = {asyncio.create_task(deliver()) for _ in range(2 * intake.MOST_WAITING)}
            refused: list[int] = []
            while len(refused) < intake.MOST_WAITING:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                refused += [each.result() for each in done]
            assert set(refused) == {503}
        assert set(await asyncio.gather(*waiting)) == {202}
        assert len(await stored(office)) == 1 + intake.MOST_WAITING
        assert await deliver() == 202
        await office.work()
        assert await office.texts_here() == ["Hello Robin", "Told very often"]
