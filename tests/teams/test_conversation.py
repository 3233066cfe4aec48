"""Messages both ways, whatever happens to them on the way (rules H3 to H6, M1, M2, M5)."""

from __future__ import annotations

import pytest

from deskbridge.teams import graph
from teams.office import ANNE, ROBIN, Office
from teams.road import Road


class TestTheFirstRoad:
    """Out, in, edited, deleted, reacted to."""

    async def test_a_message_goes_out_once_and_looks_the_same(self, office: Office) -> None:
        await office.connect()
        await office.chat_with("robin")
        sent = await office.write("Hello <Robin> & all,\nsee https://example.com/a?b=1&c=2")
        assert (await office.delivery(sent))["state"] == "queued"

        await office.work()

        assert (await office.delivery(sent))["state"] == "sent"
        (there,) = await office.there()
        assert there["sender"] == "Anne Baker"
        assert there["kept_content"].startswith("<p>Hello &lt;Robin&gt; &amp; all,<br>see <a href=")
        assert await office.texts_here() == ["Hello <Robin> & all,\nsee https://example.com/a?b=1&c=2"]

    async def test_the_answer_comes_in_and_changes_as_it_does_in_teams(self, office: Office) -> None:
        first = await office.said_and_answered()
        chat = await office.chat_id()
        answer = await office.in_teams(ROBIN, "Hi Anne")
        gone = await office.in_teams(ROBIN, "Ignore me")
        await office.work()
        assert await office.texts_here() == ["Hello Robin", "Hi Anne", "Ignore me"]

        place = f"/users/{ROBIN}/chats/{chat}/messages"
        edited = await office.sim.client.patch(f"{place}/{answer}", json={"text": "Hi Anne!"})
        deleted = await office.sim.client.delete(f"{place}/{gone}")
        assert edited.is_success
        assert deleted.is_success
        theirs = await office.there()
        await office.sim.post(f"{place}/{theirs[0]['id']}/react", {"reaction": "👍"})
        await office.work()

        here = {each["id"]: each for each in await office.here()}
        assert await office.texts_here() == ["Hello Robin", "Hi Anne!", ""]
        assert here[first]["reactions"] == [{"reaction": "👍", "by": ["Robin Hale"], "user_ids": []}]
        assert here[first]["html"].startswith("<p>Hello Robin")
        told = [each for each in here.values() if each["kind"] == "reaction"]
        assert [(each["author"]["display_name"], each["refers_to"]) for each in told] == [("Robin Hale", first)]
        changed = [each for each in here.values() if each["text"] in {"Hi Anne!", ""} and each["kind"] == "message"]
        assert changed[0]["edited_at"]
        assert not changed[0]["deleted_at"]
        assert changed[1]["deleted_at"]
        assert not changed[1]["html"]

        undone = await office.sim.client.post(f"{place}/{gone}/undo")
        await office.sim.post(f"{place}/{theirs[0]['id']}/unreact", {"reaction": "👍"})
        assert undone.is_success
        await office.work()
        assert await office.texts_here() == ["Hello Robin", "Hi Anne!", "Ignore me"]
        assert next(each for each in await office.here() if each["id"] == first)["reactions"] == []

    async def test_what_the_agent_writes_in_teams_itself_appears_once(self, office: Office) -> None:
        await office.said_and_answered()
        await office.in_teams(ANNE, "From my phone")
        await office.work()
        await office.work()
        assert await office.texts_here() == ["Hello Robin", "From my phone"]

    async def test_what_was_said_before_the_first_message_stays_in_teams(self, office: Office) -> None:
        before = await office.in_teams(ROBIN, "Private, before")
        await office.connect()
        await office.in_teams(ROBIN, "Private, connected")
        await office.chat_with("robin")
        await office.work()
        await office.write("Hello Robin")
        await office.work()
        place = f"/users/{ROBIN}/chats/{await office.chat_id()}/messages"
        await office.sim.client.patch(f"{place}/{before}", json={"text": "Private, edited since"})
        await office.in_teams(ROBIN, "Now it is a conversation")
        await office.pass_time(5)
        assert await office.texts_here() == ["Hello Robin", "Now it is a conversation"]

    async def test_a_first_message_that_was_refused_opens_nothing(self, office: Office, road: Road) -> None:
        await office.connect()
        await office.chat_with("robin")
        road.plan("POST", "/messages$", "403")
        sent = await office.write("Hello Robin")
        await office.work()
        assert (await office.delivery(sent))["state"] == "failed"
        await office.in_teams(ROBIN, "Private, still")
        await office.work()
        await office.anne.call("POST", f"/conversations/{office.conversation}/messages/{sent}/retry")
        await office.pass_time(2)
        await office.in_teams(ROBIN, "Hi Anne")
        await office.pass_time(2)
        assert await office.texts_here() == ["Hello Robin", "Hi Anne"]


class TestTheRoadOut:
    """Sent once, in order, paced, whatever the answer."""

    async def test_messages_go_in_order_and_at_the_pace_that_microsoft_allows(self, office: Office) -> None:
        await office.connect()
        await office.chat_with("robin")
        for number in range(3):
            await office.write(f"Message {number}")
        await office.work()
        assert await office.texts_there() == ["Message 0"]
        await office.pass_time(1.0)
        assert await office.texts_there() == ["Message 0"]
        await office.pass_time(0.3)
        assert await office.texts_there() == ["Message 0", "Message 1"]
        await office.pass_time(1.3)
        assert await office.texts_there() == ["Message 0", "Message 1", "Message 2"]

    async def test_asked_to_wait_no_other_chat_is_made_either(self, office: Office, road: Road) -> None:
        await office.connect()
        for name in ("robin", "ben", "taylor"):
            await office.chat_with(name)
            await office.write(f"Hello {name}")
        throttled = {"fault": "throttle", "times": 1, "seconds": 30, "on": {"method": "POST", "path": "/chats"}}
        await office.sim.post("/faults", throttled)
        await office.work()
        await office.pass_time(29)
        assert road.count("POST", "/chats$") == 1
        for made in (2, 3, 4):
            await office.pass_time(1.3)
            assert road.count("POST", "/chats$") == made
        await office.pass_time(1.3)
        assert road.count("POST", "/messages$") == 3
        assert not (await office.sim.get("/conduct"))["violations"]

    async def test_a_lost_answer_sends_nothing_twice(self, office: Office, road: Road) -> None:
        await office.said_and_answered()
        road.plan("POST", "/messages$", "lost answer")
        sent = await office.write("Only once")
        await office.pass_time(1.5)
        assert await office.texts_there() == ["Hello Robin", "Only once"]
        waiting = await office.delivery(sent)
        assert waiting["state"] == "queued"
        assert "Microsoft does not answer" in waiting["reason"]

        await office.pass_time(3)
        assert (await office.delivery(sent))["state"] == "sent"
        await office.pass_time(10)
        assert await office.texts_there() == ["Hello Robin", "Only once"]
        assert await office.texts_here() == ["Hello Robin", "Only once"]

    async def test_an_answer_that_is_too_late_sends_nothing_twice(
        self, office: Office, road: Road, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await office.said_and_answered()
        monkeypatch.setattr(graph, "POST_WITHIN", 0.5)
        accident = road.plan("POST", "/messages$", "late answer")
        sent = await office.write("Only once")
        await office.pass_time(1.5)
        assert accident.met == 1
        monkeypatch.undo()
        for _ in range(4):
            await office.pass_time(3)
        assert (await office.delivery(sent))["state"] == "sent"
        assert await office.texts_there() == ["Hello Robin", "Only once"]
        assert await office.texts_here() == ["Hello Robin", "Only once"]

    async def test_a_lost_request_is_sent_again_after_looking_twice(self, office: Office, road: Road) -> None:
        await office.said_and_answered()
        road.plan("POST", "/messages$", "lost request")
        sent = await office.write("Not lost")
        await office.pass_time(1.5)
        assert await office.texts_there() == ["Hello Robin"]
        await office.pass_time(3)
        assert road.count("GET", "/messages") >= 1
        assert await office.texts_there() == ["Hello Robin"]
        await office.pass_time(6)
        assert (await office.delivery(sent))["state"] == "sent"
        assert await office.texts_there() == ["Hello Robin", "Not lost"]
        assert await office.texts_here() == ["Hello Robin", "Not lost"]

    async def test_the_same_words_twice_are_two_messages_even_when_an_answer_is_lost(
        self, office: Office, road: Road
    ) -> None:
        await office.said_and_answered()
        await office.pass_time(2)
        await office.write("ok")
        await office.work()
        road.plan("POST", "/messages$", "lost answer")
        await office.write("ok")
        await office.pass_time(1.3)
        for _ in range(4):
            await office.pass_time(2)
        assert await office.texts_there() == ["Hello Robin", "ok", "ok"]
        assert await office.texts_here() == ["Hello Robin", "ok", "ok"]

    async def test_the_first_message_of_all_loses_its_answer(self, office: Office, road: Road) -> None:
        await office.connect()
        await office.chat_with("robin")
        road.plan("POST", "/messages$", "lost answer")
        await office.write("Hello Robin")
        await office.work()
        await office.in_teams(ROBIN, "Hi, that was quick")
        await office.work()
        assert await office.texts_here() == ["Hello Robin"]
        await office.pass_time(3)
        assert await office.texts_here() == ["Hello Robin", "Hi, that was quick"]
        assert await office.texts_there() == ["Hello Robin", "Hi, that was quick"]

    async def test_retry_after_is_obeyed_also_for_what_is_written_meanwhile(self, office: Office, road: Road) -> None:
        await office.said_and_answered()
        await office.pass_time(2)
        road.plan("POST", "/messages$", "429", headers={"Retry-After": "30"})
        await office.write("Patience")
        await office.work()
        before = road.count("POST", "/messages$")
        await office.write("More patience")
        await office.pass_time(29)
        # As a process would that has just been started.
        office.desk.connector.outbox.wake(office.user.id)
        await office.work()
        assert road.count("POST", "/messages$") == before
        await office.pass_time(1.5)
        await office.pass_time(1.5)
        assert await office.texts_there() == ["Hello Robin", "Patience", "More patience"]

    async def test_a_refusal_fails_with_its_reason_and_can_be_tried_again(self, office: Office, road: Road) -> None:
        await office.said_and_answered()
        body = b'{"error": {"code": "Forbidden", "message": "AclCheckFailed-Blocked"}}'
        road.plan("POST", "/messages$", "403", body=body)
        sent = await office.write("Please")
        later = await office.write("And this")
        await office.pass_time(2)
        await office.pass_time(2)
        failed = await office.delivery(sent)
        assert failed["state"] == "failed"
        assert "does not let you write" in failed["reason"]
        assert (await office.delivery(later))["state"] == "sent"

        await office.anne.call("POST", f"/conversations/{office.conversation}/messages/{sent}/retry")
        await office.pass_time(2)
        assert (await office.delivery(sent))["state"] == "sent"
        assert await office.texts_there() == ["Hello Robin", "And this", "Please"]

    async def test_nothing_is_sent_while_graph_cannot_be_reached_and_all_of_it_afterwards(
        self, office: Office, road: Road
    ) -> None:
        await office.said_and_answered()
        road.plan("POST", "/messages$", "503", times=2)
        sent = await office.write("Through the storm")
        for _ in range(10):
            await office.pass_time(4)
        assert (await office.delivery(sent))["state"] == "sent"
        assert await office.texts_there() == ["Hello Robin", "Through the storm"]
