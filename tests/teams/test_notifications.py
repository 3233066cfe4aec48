"""The webhook, and keeping it fed: only what is proved and ours is stored, gaps close by themselves (H4, M5)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import func, select

from deskbridge.teams.bodies import MOST_BYTES
from deskbridge.teams.encryption import CERTIFICATE_IN_USE
from deskbridge.teams.store import certificates, gaps, inbox, subscriptions
from teams.office import ANNE, BEN, ROBIN, Office
from teams.road import Road

WEBHOOK = "/api/v1/webhooks/graph/notifications"


async def waiting(office: Office) -> int:
    async with office.desk.db.read() as connection:
        return int(await connection.scalar(select(func.count()).select_from(inbox.inbox)) or 0)


async def post(office: Office, body: Any, path: str = WEBHOOK) -> int:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (await office.anne.http.post(path, content=content)).status_code


def item(state: str, chat_id: str, message_id: str = "1700000000000", **more: Any) -> dict[str, Any]:
    resource = f"chats('{chat_id}')/messages('{message_id}')"
    return {"subscriptionId": "x", "clientState": state, "changeType": "created", "resource": resource, **more}


class TestHandshake:
    """facts.md 7.2."""

    async def test_the_token_is_echoed_as_plain_text_decoded_as_a_form(self, office: Office) -> None:
        token = "Validation%3a+Testing+client+%3Cscript%3E"
        answer = await office.anne.http.post(f"{WEBHOOK}?validationToken={token}")
        assert answer.status_code == 200
        assert answer.text == "Validation: Testing client <script>"
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"

    @pytest.mark.parametrize("path", ["/api/v1/webhooks/graph/other", "/api/v1/webhooks/graph/"])
    async def test_nothing_else_is_there(self, office: Office, path: str) -> None:
        assert (await office.anne.http.post(path)).status_code == 404
        assert (await office.anne.http.get(WEBHOOK)).status_code == 405


class TestStrangers:
    """Nothing unproved is stored."""

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[]", b'{"value": 1}', b'{"value": [1]}', b"\xff\xfe", b"[" * 100_000]
    )
    async def test_what_is_no_notification_is_a_bad_request(self, office: Office, body: bytes) -> None:
        assert await post(office, body) == 400

    async def test_a_body_that_is_too_large_is_not_read(self, office: Office) -> None:
        assert await post(office, b" " * (MOST_BYTES + 1)) == 413

    @pytest.mark.parametrize("state", ["", ".", "no.such", "00000000-0000-0000-0000-000000000000.secret"])
    async def test_a_wrong_client_state_is_dropped_and_the_answer_is_202(self, office: Office, state: str) -> None:
        await office.said_and_answered()
        assert await post(office, {"value": [item(state, await office.chat_id())]}) == 202
        assert await waiting(office) == 0

    async def test_the_right_id_with_another_secret_is_dropped(self, office: Office) -> None:
        await office.said_and_answered()
        async with office.desk.db.read() as connection:
            row = await subscriptions.find(connection, office.user.id)
        assert row
        assert await post(office, {"value": [item(f"{row.id}.guessed", await office.chat_id())]}) == 202
        assert await waiting(office) == 0


class TestPrivacy:
    """H4: chats that no conversation here belongs to."""

    async def test_other_chats_are_not_stored_not_even_encrypted(self, office: Office) -> None:
        await office.said_and_answered()
        await office.in_teams(BEN, "Nobody's business", to=ANNE)
        await office.sim.settle()
        assert await waiting(office) == 0
        await office.work()
        assert await office.texts_here() == ["Hello Robin"]

    async def test_ours_are_stored_still_encrypted_before_they_are_acknowledged(self, office: Office) -> None:
        await office.said_and_answered()
        await office.in_teams(ROBIN, "Our business")
        await office.sim.settle()
        async with office.desk.db.read() as connection:
            stored = (await connection.execute(select(inbox.inbox))).all()
        assert len(stored) == 1
        assert b"Our business" not in stored[0].item
        assert b"encryptedContent" in stored[0].item
        assert b'clientState":"' not in stored[0].item

    async def test_a_notification_without_microsofts_proof_is_dropped(self, office: Office) -> None:
        await office.said_and_answered()
        await office.in_teams(ROBIN, "Forged?")
        await office.sim.settle()
        async with office.desk.db.transaction() as tx:
            await tx.connection.execute(inbox.inbox.update().values(proof='["eyJhbGciOiJub25lIn0.e30."]'))
        await office.work()
        assert await office.texts_here() == ["Hello Robin"]

    async def test_damaged_content_is_read_from_graph_instead(self, office: Office) -> None:
        await office.said_and_answered()
        await office.in_teams(ROBIN, "Damaged on the way")
        await office.sim.settle()
        async with office.desk.db.transaction() as tx:
            (stored,) = (await tx.connection.execute(select(inbox.inbox))).all()
            said = json.loads(stored.item)
            said["encryptedContent"]["dataSignature"] = "AAAA"
            await tx.connection.execute(inbox.inbox.update().values(item=json.dumps(said).encode()))
        await office.pass_time(2)
        assert await office.texts_here() == ["Hello Robin", "Damaged on the way"]


class TestAnyOrder:
    """Doubled, reordered, late: the same conversation."""

    @pytest.mark.parametrize("order", ["backwards", "backwards and again", "doubled"])
    async def test_the_same_notifications_in_another_order_change_nothing(self, office: Office, order: str) -> None:
        await office.said_and_answered()
        chat = await office.chat_id()
        said = await office.in_teams(ROBIN, "First")
        await office.sim.settle()
        await office.sim.client.patch(f"/users/{ROBIN}/chats/{chat}/messages/{said}", json={"text": "Second"})
        await office.in_teams(ROBIN, "Third")
        await office.sim.settle()
        async with office.desk.db.transaction() as tx:
            table = inbox.inbox
            found = await tx.connection.execute(select(table).order_by(table.c.id))
            rows = [{name: value for name, value in row._mapping.items() if name != "id"} for row in found]
            await tx.connection.execute(table.delete())
            again = {"backwards": [], "backwards and again": rows, "doubled": [*rows, *rows]}[order]
            await tx.connection.execute(table.insert(), [*reversed(rows), *again])
        await office.work()
        assert await office.texts_here() == ["Hello Robin", "Second", "Third"]
        assert await waiting(office) == 0


class TestKeepingItFed:
    """Renewal, lifecycle, gaps."""

    async def test_it_is_renewed_in_time_and_never_lapses(self, office: Office) -> None:
        await office.said_and_answered()
        for _ in range(9):
            await office.pass_time(20 * 60)
            # Somebody is there: a session ends that nobody uses.
            await office.anne.snapshot()
            (_there,) = (await office.sim.get("/subscriptions"))["value"]
        await office.in_teams(ROBIN, "After three hours")
        await office.work()
        assert await office.texts_here() == ["Hello Robin", "After three hours"]

    @pytest.mark.parametrize("machines", ["one machine"], indirect=True)
    async def test_a_renewal_brings_another_certificate_and_what_came_for_either_is_read(
        self, office: Office, road: Road
    ) -> None:
        await office.said_and_answered()
        (before,) = await office.subscriptions_there()
        async with office.desk.db.transaction() as tx:
            long_ago = office.clock() - CERTIFICATE_IN_USE
            await tx.connection.execute(certificates.certificates.update().values(created_at=long_ago))
        await office.pass_time(600)
        await office.in_teams(ROBIN, "Just before")
        await office.sim.post(f"/subscriptions/{before['id']}/challenge")
        await office.sim.settle()

        # What came waits while the subscription is renewed.
        await office.desk.connector.subscriptions.settle()
        await office.in_teams(ROBIN, "Just after")
        await office.sim.settle()

        async with office.desk.db.read() as connection:
            newest, oldest = [each.id for each in await certificates.list_all(connection)]
            said = await connection.scalars(select(inbox.inbox.c.item).order_by(inbox.inbox.c.id))
        told_with = [json.loads(each)["encryptedContent"]["encryptionCertificateId"] for each in said]
        assert told_with == [oldest, newest]
        assert [each["id"] for each in await office.subscriptions_there()] == [before["id"]]
        # Both are opened here: what cannot be opened is asked for, and would look the same.
        road.passed.clear()
        await office.desk.connector.inbox.settle()
        assert await office.texts_here() == ["Hello Robin", "Just before", "Just after"]
        assert road.count("GET", "/messages") == 0

    async def test_removed_by_microsoft_it_is_made_anew_and_the_gap_is_read(self, office: Office) -> None:
        await office.said_and_answered()
        (there,) = (await office.sim.get("/subscriptions"))["value"]
        await office.sim.post(f"/subscriptions/{there['id']}/remove")
        await office.in_teams(ROBIN, "In the gap")
        await office.pass_time(3)
        (anew,) = (await office.sim.get("/subscriptions"))["value"]
        assert anew["id"] != there["id"]
        await office.pass_time(3)
        assert await office.texts_here() == ["Hello Robin", "In the gap"]

    async def test_asked_to_authorize_again_it_does(self, office: Office) -> None:
        await office.said_and_answered()
        (there,) = (await office.sim.get("/subscriptions"))["value"]
        await office.pass_time(600)
        await office.sim.post(f"/subscriptions/{there['id']}/challenge")
        await office.pass_time(1)
        await office.in_teams(ROBIN, "Still here")
        await office.work()
        assert await office.texts_here() == ["Hello Robin", "Still here"]

    async def test_one_left_behind_by_a_killed_process_is_replaced(self, office: Office) -> None:
        await office.said_and_answered()
        async with office.desk.db.transaction() as tx:
            # Killed between Microsoft's answer and our record of it.
            await tx.connection.execute(
                subscriptions.subscriptions.update().values(subscription_id=None, expires_at=None)
            )
        await office.in_teams(ROBIN, "Meanwhile")
        await office.pass_time(3)
        await office.pass_time(3)
        assert len((await office.sim.get("/subscriptions"))["value"]) == 1
        await office.in_teams(ROBIN, "Afterwards")
        await office.work()
        assert await office.texts_here() == ["Hello Robin", "Meanwhile", "Afterwards"]

    async def test_what_no_notification_told_is_read_and_it_says_up_to_when(self, office: Office) -> None:
        await office.said_and_answered()
        for number in range(120):
            await office.in_teams(ROBIN, f"Message {number}")
        await office.sim.settle()
        async with office.desk.db.transaction() as tx:
            await tx.connection.execute(inbox.inbox.delete())
            await gaps.ask_for_sync(tx.connection, has_gap=True)
        before = office.clock.now
        office.desk.connector.sync.look_soon()
        work = asyncio.create_task(office.work())
        while not work.done():
            # Later pages wait for their turn by the clock.
            office.clock.move(seconds=2)
            await asyncio.wait({work}, timeout=0.2)
        assert len(await office.texts_here()) == 121
        (conversation,) = (await office.anne.snapshot())["conversations"]
        assert conversation["complete_up_to"] is not None
        assert conversation["complete_up_to"] >= before.isoformat()[:16]

    @pytest.mark.parametrize("machines", ["one machine"], indirect=True)
    async def test_our_token_goes_only_where_graph_is(self, office: Office, road: Road) -> None:
        await office.said_and_answered()
        await office.sim.post("/faults", {"fault": "lost", "rate": 1, "times": None})
        elsewhere = Road(road.url)
        async with elsewhere.open():
            leads_away = json.dumps({"value": [], "@odata.nextLink": f"{elsewhere.url}/me/chats"}).encode()
            lying = road.plan("GET", "/messages", "200", body=leads_away)
            await office.in_teams(ROBIN, "Nobody tells of this")
            work = asyncio.create_task(office.pass_time(30))
            while not work.done():
                # Later pages wait for their turn by the clock.
                office.clock.move(seconds=2)
                await asyncio.wait({work}, timeout=0.2)
            assert lying.met == 1
        assert elsewhere.passed == []

    async def test_a_notification_that_is_lost_without_a_word_is_made_up_for(self, office: Office) -> None:
        await office.said_and_answered()
        await office.sim.post("/faults", {"fault": "lost", "rate": 1, "times": None})
        await office.in_teams(ROBIN, "Nobody tells of this")
        await office.work()
        assert await office.texts_here() == ["Hello Robin"]
        await office.pass_time(30)
        assert await office.texts_here() == ["Hello Robin", "Nobody tells of this"]

        await office.in_teams(ROBIN, "Nor of this")
        await office.pass_time(250)
        assert await office.texts_here() == ["Hello Robin", "Nobody tells of this", "Nor of this"]
        await office.sim.client.delete("/faults")

    async def test_where_nothing_happens_nothing_is_read(self, office: Office, road: Road) -> None:
        await office.said_and_answered()
        for _ in range(12):
            await office.pass_time(10 * 60)
        assert road.count("GET", "/messages") <= 5
