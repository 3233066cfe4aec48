"""What the agent does to messages afterwards: it is so in Teams too, once, whatever happens on the way (H6, M1, M2)."""

from __future__ import annotations

from typing import Any

import pytest

from teams.office import ANNE, ROBIN, Office
from teams.road import Road


async def settled(office: Office, seconds: float = 12) -> None:
    """Long enough for every request that is due."""
    for _ in range(int(seconds // 1.5)):
        await office.pass_time(1.5)


async def only(office: Office) -> Any:
    """The only message of the chat, in Teams."""
    (message,) = await office.there()
    return message


async def agrees(office: Office, message_id: str) -> None:
    """The message says here what it says there, with the same times, and nothing is on its way."""
    here, there = await office.shown(message_id), await only(office)
    gone = there["is_deleted"]
    assert here["changes"] == []
    assert here["text"].split() == ([] if gone else there["text"].split())
    for ours, theirs in (("edited_at", "lastEditedDateTime"), ("deleted_at", "deletedDateTime")):
        assert (here[ours] or "")[:19] == (there[theirs] or "")[:19], ours


class TestEditing:
    """One's own words, changed."""

    async def test_an_edit_goes_to_teams_and_both_say_when(self, office: Office) -> None:
        sent = await office.said_and_answered()
        edited = await office.act("PATCH", sent, text="Hello <Robin>!\nHow are you?")
        assert edited["text"] == "Hello <Robin>!\nHow are you?"
        assert edited["edited_at"]
        (change,) = edited["changes"]
        assert (change["kind"], change["state"], change["platform"]) == ("edit", "queued", "teams")

        await settled(office)

        there = await only(office)
        assert there["kept_content"] == "<p>Hello &lt;Robin&gt;!<br>How are you?</p>"
        await agrees(office, sent)

    async def test_the_last_of_several_edits_is_what_arrives(self, office: Office, road: Road) -> None:
        sent = await office.said_and_answered()
        for number in range(5):
            await office.act("PATCH", sent, text=f"Version {number}")
        await settled(office)
        assert (await only(office))["text"] == "Version 4"
        assert road.count("PATCH", "/messages/") == 1
        await agrees(office, sent)

    async def test_the_same_words_again_are_no_edit(self, office: Office, road: Road) -> None:
        sent = await office.said_and_answered()
        assert (await office.act("PATCH", sent, text="Hello Robin"))["edited_at"] is None
        await settled(office, 3)
        assert road.count("PATCH", "/messages/") == 0

    async def test_what_is_edited_before_it_left_arrives_once_and_edited(self, office: Office) -> None:
        await office.connect()
        await office.chat_with("robin")
        sent = await office.write("Helo Robin")
        await office.act("PATCH", sent, text="Hello Robin")
        await settled(office)
        assert await office.texts_there() == ["Hello Robin"]
        await agrees(office, sent)

    async def test_a_reaction_of_the_other_does_not_bring_the_old_words_back(self, office: Office, road: Road) -> None:
        sent = await office.said_and_answered()
        road.plan("PATCH", "/messages/", "503", times=1, headers={"Retry-After": "20"})
        await office.act("PATCH", sent, text="New words")
        await office.work()
        place = f"/users/{ROBIN}/chats/{await office.chat_id()}/messages/{(await only(office))['id']}"
        await office.sim.post(f"{place}/react", {"reaction": "👍"})
        await office.work()
        here = await office.shown(sent)
        assert here["text"] == "New words"
        assert here["reactions"] == [{"reaction": "👍", "by": ["Robin Hale"], "user_ids": []}]
        await settled(office, 30)
        await agrees(office, sent)

    @pytest.mark.parametrize("kind", ["lost answer", "lost request", "500"])
    async def test_without_an_answer_it_is_looked_at_before_it_is_done_again(
        self, office: Office, road: Road, kind: str
    ) -> None:
        sent = await office.said_and_answered()
        accident = road.plan("PATCH", "/messages/", kind)
        await office.act("PATCH", sent, text="Said once")
        await settled(office)
        assert accident.met == 1
        assert road.count("PATCH", "/messages/") == (1 if kind == "lost answer" else 2)
        await agrees(office, sent)

    async def test_a_refusal_is_said_in_words_and_can_be_tried_again(self, office: Office, road: Road) -> None:
        sent = await office.said_and_answered()
        body = b'{"error": {"code": "Forbidden", "message": "AclCheckFailed-Blocked"}}'
        road.plan("PATCH", "/messages/", "403", body=body)
        await office.act("PATCH", sent, text="Not now")
        await settled(office, 3)
        (change,) = (await office.shown(sent))["changes"]
        assert change["state"] == "failed"
        assert "does not let you" in change["reason"]
        assert (await only(office))["text"] == "Hello Robin"

        await office.act("POST", sent, "retry")
        await settled(office)
        assert (await only(office))["text"] == "Not now"
        await agrees(office, sent)

    async def test_while_the_connection_is_broken_it_waits_and_says_so(self, office: Office) -> None:
        sent = await office.said_and_answered()
        await office.sim.post(f"/users/{ANNE}/revoke-sessions")
        await office.act("PATCH", sent, text="Later")
        await settled(office, 3)
        (change,) = (await office.shown(sent))["changes"]
        assert change["state"] == "queued"
        assert "connect your Microsoft Teams account" in change["reason"]
        await office.connect()
        await settled(office)
        await agrees(office, sent)

    async def test_nobody_edits_what_another_wrote(self, office: Office) -> None:
        await office.said_and_answered()
        await office.in_teams(ROBIN, "Mine")
        await office.work()
        theirs = next(each["id"] for each in await office.here() if each["text"] == "Mine")
        path = f"/conversations/{office.conversation}/messages/{theirs}"
        assert await office.anne.refused("PATCH", path, json={"text": "Yours"}) == (409, "cannot_change")
        assert await office.anne.refused("DELETE", path) == (409, "cannot_change")

    async def test_what_the_agent_wrote_in_teams_itself_can_be_edited_here(self, office: Office) -> None:
        await office.said_and_answered()
        await office.in_teams(ANNE, "From my phone")
        await office.work()
        mine = next(each["id"] for each in await office.here() if each["text"] == "From my phone")
        await office.act("PATCH", mine, text="From my desk")
        await settled(office)
        assert await office.texts_there() == ["Hello Robin", "From my desk"]


class TestDeleting:
    """Gone, and back."""

    async def test_a_deletion_goes_to_teams_and_can_be_undone(self, office: Office) -> None:
        sent = await office.said_and_answered()
        gone = await office.act("DELETE", sent)
        assert (gone["text"], gone["html"]) == ("", "")
        assert [each["kind"] for each in gone["changes"]] == ["deletion"]
        await settled(office)
        assert (await only(office))["is_deleted"]
        await agrees(office, sent)

        back = await office.act("POST", sent, "restore")
        assert back["text"] == "Hello Robin"
        assert [each["kind"] for each in back["changes"]] == ["restoration"]
        await settled(office)
        assert not (await only(office))["is_deleted"]
        await agrees(office, sent)

    async def test_edited_deleted_and_brought_back_before_anything_left(self, office: Office) -> None:
        sent = await office.said_and_answered()
        await office.act("PATCH", sent, text="Hello Rob")
        await office.act("DELETE", sent)
        await office.act("POST", sent, "restore")
        await settled(office)
        assert await office.texts_there() == ["Hello Rob"]
        await agrees(office, sent)

    async def test_what_is_deleted_before_it_left_never_gets_there_unless_it_is_brought_back(
        self, office: Office
    ) -> None:
        await office.said_and_answered()
        sent = await office.write("Never mind")
        await office.act("DELETE", sent)
        await settled(office)
        assert await office.texts_there() == ["Hello Robin"]
        assert (await office.shown(sent))["changes"] == []
        await office.act("POST", sent, "restore")
        await settled(office)
        assert await office.texts_there() == ["Hello Robin", "Never mind"]
        assert (await office.delivery(sent))["state"] == "sent"
        assert (await office.shown(sent))["changes"] == []

    async def test_deleted_while_nobody_knows_whether_it_got_there(self, office: Office, road: Road) -> None:
        await office.said_and_answered()
        road.plan("POST", "/messages$", "lost answer")
        sent = await office.write("Oh no")
        await office.pass_time(1.5)
        await office.act("DELETE", sent)
        await settled(office)
        assert await office.texts_there() == ["Hello Robin"]
        assert (await office.shown(sent))["deleted_at"]
        assert (await office.shown(sent))["changes"] == []

    @pytest.mark.parametrize("kind", ["lost answer", "lost request"])
    async def test_without_an_answer_nothing_is_wrong_in_the_end(self, office: Office, road: Road, kind: str) -> None:
        sent = await office.said_and_answered()
        road.plan("POST", "/softDelete", kind)
        await office.act("DELETE", sent)
        await settled(office)
        await agrees(office, sent)
        road.plan("POST", "/undoSoftDelete", kind)
        await office.act("POST", sent, "restore")
        await settled(office)
        await agrees(office, sent)


class TestReacting:
    """The agent's own reactions."""

    async def test_a_reaction_goes_to_teams_is_counted_and_told_and_can_be_taken_back(self, office: Office) -> None:
        await office.said_and_answered()
        await office.in_teams(ROBIN, "It is paid")
        await office.work()
        theirs = next(each["id"] for each in await office.here() if each["text"] == "It is paid")

        shown = await office.act("PUT", theirs, "reaction", reaction="🎉")
        assert shown["reactions"] == [{"reaction": "🎉", "by": ["Anne Baker"], "user_ids": [office.user.id]}]
        assert [(each["kind"], each["reaction"]) for each in shown["changes"]] == [("reaction", "🎉")]
        await settled(office)

        assert [each["reactionType"] for each in (await office.there())[1]["reactions"]] == ["🎉"]
        shown = await office.shown(theirs)
        assert shown["reactions"] == [{"reaction": "🎉", "by": ["Anne Baker"], "user_ids": [office.user.id]}]
        assert shown["changes"] == []
        told = [each for each in await office.here() if each["kind"] == "reaction"]
        assert [(each["text"], each["refers_to"], each["deleted_at"]) for each in told] == [
            ("Anne Baker reacted 🎉 to “It is paid”", theirs, None)
        ]
        assert (await office.anne.snapshot())["conversations"][0]["unread"] == 0

        await office.act("PUT", theirs, "reaction", reaction="🎉", is_set=False)
        await settled(office)
        assert (await office.there())[1]["reactions"] == []
        assert (await office.shown(theirs))["reactions"] == []

    @pytest.mark.parametrize("kind", ["lost answer", "lost request"])
    async def test_without_an_answer_it_is_set_once(self, office: Office, road: Road, kind: str) -> None:
        sent = await office.said_and_answered()
        road.plan("POST", "/setReaction", kind)
        await office.act("PUT", sent, "reaction", reaction="👍")
        await settled(office)
        assert len((await only(office))["reactions"]) == 1
        road.plan("POST", "/unsetReaction", kind)
        await office.act("PUT", sent, "reaction", reaction="👍", is_set=False)
        await settled(office)
        assert (await only(office))["reactions"] == []
        assert (await office.shown(sent))["reactions"] == []

    async def test_a_reaction_is_an_emoji_on_a_message_that_is_there(self, office: Office) -> None:
        sent = await office.said_and_answered()
        path = f"/conversations/{office.conversation}/messages/{sent}/reaction"
        for nonsense in ("like", "<b>", "👍 or not", "1", " "):
            assert await office.anne.refused("PUT", path, json={"reaction": nonsense}) == (422, "invalid")
        for emoji in ("❤️", "1️⃣", "👩🏽‍🚀", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "©️"):
            await office.anne.call("PUT", path, json={"reaction": emoji})
        await office.act("DELETE", sent)
        assert await office.anne.refused("PUT", path, json={"reaction": "👍"}) == (409, "cannot_change")

    async def test_a_custom_reaction_is_received_by_its_name(self, office: Office) -> None:
        sent = await office.said_and_answered()
        place = f"/users/{ROBIN}/chats/{await office.chat_id()}/messages/{(await only(office))['id']}"
        await office.sim.post(f"{place}/react", {"reaction": "custom", "name": "Party parrot"})
        await office.work()
        assert (await office.shown(sent))["reactions"] == [
            {"reaction": "Party parrot", "by": ["Robin Hale"], "user_ids": []}
        ]
