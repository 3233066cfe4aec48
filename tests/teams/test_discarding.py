"""What failed at Teams can be given up: then both sides say the same again, and the record keeps what was tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from deskbridge.accounts.model import License, Role
from deskbridge.conversations.tables import versions
from support.agents import Agent
from support.builders import make_user
from teams.office import Office
from teams.road import Road

BLOCKED = b'{"error": {"code": "Forbidden", "message": "AclCheckFailed-Blocked"}}'


async def settled(office: Office) -> None:
    """Long enough for every request that is due."""
    for _ in range(4):
        await office.pass_time(1.5)


async def discarded(office: Office, message_id: str) -> Any:
    """What the message is once nobody tries any more."""
    shown = await office.act("POST", message_id, "discard")
    assert shown["changes"] == []
    await settled(office)
    return await office.shown(message_id)


async def test_a_failed_edit_is_taken_back_to_what_teams_has(office: Office, road: Road) -> None:
    sent = await office.said_and_answered()
    await office.act("PATCH", sent, text="Edited well")
    await settled(office)
    well = await office.shown(sent)
    accident = road.plan("PATCH", "/messages/", "403", body=BLOCKED, times=2)
    for text in ("Not now", "Nor now"):
        await office.act("PATCH", sent, text=text)
        await settled(office)
    assert accident.met == 2
    assert (await office.shown(sent))["changes"][0]["state"] == "failed"

    now = await discarded(office, sent)

    assert (now["text"], now["edited_at"]) == ("Edited well", well["edited_at"])
    assert await office.texts_there() == ["Edited well"]
    async with office.desk.db.read() as connection:
        former = (await connection.scalars(select(versions.c.text).order_by(versions.c.number))).all()
    assert former == ["Hello Robin", "Edited well", "Not now", "Nor now"]
    # What is done next goes from there on.
    await office.act("PATCH", sent, text="In the end")
    await settled(office)
    assert await office.texts_there() == await office.texts_here() == ["In the end"]


async def test_a_first_edit_that_failed_leaves_a_message_that_never_was_edited(office: Office, road: Road) -> None:
    sent = await office.said_and_answered()
    road.plan("PATCH", "/messages/", "403", body=BLOCKED)
    await office.act("PATCH", sent, text="Not now")
    await settled(office)
    now = await discarded(office, sent)
    assert (now["text"], now["html"], now["edited_at"]) == ("Hello Robin", "<p>Hello Robin</p>", None)


async def test_a_failed_deletion_brings_the_message_back(office: Office, road: Road) -> None:
    sent = await office.said_and_answered()
    road.plan("POST", "/softDelete", "403", body=BLOCKED)
    await office.act("DELETE", sent)
    await settled(office)
    assert (await office.shown(sent))["changes"][0]["state"] == "failed"
    now = await discarded(office, sent)
    assert (now["text"], now["deleted_at"]) == ("Hello Robin", None)
    assert await office.texts_there() == ["Hello Robin"]


async def test_an_undo_that_failed_leaves_it_deleted(office: Office, road: Road) -> None:
    sent = await office.said_and_answered()
    await office.act("DELETE", sent)
    await settled(office)
    road.plan("POST", "/undoSoftDelete", "403", body=BLOCKED)
    await office.act("POST", sent, "restore")
    await settled(office)
    now = await discarded(office, sent)
    assert now["deleted_at"]
    assert now["text"] == ""


@pytest.mark.parametrize("is_set", [True, False])
async def test_a_failed_reaction_is_as_it_was(office: Office, road: Road, is_set: bool) -> None:
    sent = await office.said_and_answered()
    if not is_set:
        await office.act("PUT", sent, "reaction", reaction="👍")
        await settled(office)
    road.plan("POST", "etReaction", "403", body=BLOCKED)
    await office.act("PUT", sent, "reaction", reaction="👍", is_set=is_set)
    await settled(office)
    assert (await office.shown(sent))["changes"][0]["state"] == "failed"
    now = await discarded(office, sent)
    assert [each["reaction"] for each in now["reactions"]] == ([] if is_set else ["👍"])


async def test_a_message_that_failed_everywhere_is_deleted(office: Office, road: Road) -> None:
    await office.connect()
    await office.chat_with("robin")
    road.plan("POST", "/messages", "403", body=BLOCKED)
    failed = await office.write("Hello?")
    await settled(office)
    assert (await office.delivery(failed))["state"] == "failed"
    now = await discarded(office, failed)
    assert now["deleted_at"]
    # Nothing was there to be deleted, so nothing is on its way.
    assert now["changes"] == []
    # It can be brought back and tried again, as every message of one's own.
    await office.act("POST", failed, "restore")
    await office.act("POST", failed, "retry")
    await settled(office)
    assert await office.texts_there() == ["Hello?"]


async def test_where_nothing_failed_nothing_happens(office: Office) -> None:
    sent = await office.said_and_answered()
    before = await office.shown(sent)
    assert await office.act("POST", sent, "discard") == before
    await office.act("PATCH", sent, text="On its way")
    assert (await office.act("POST", sent, "discard"))["text"] == "On its way"


async def test_what_reached_somebody_stays_and_is_only_its_authors_to_give_up(
    office: Office, road: Road, browser_of: Callable[[], Agent]
) -> None:
    await make_user(office.desk, office.account, "Robin Hale", frozenset({License.WORK}), Role.NONE)
    await office.connect()
    await office.chat_with("robin")
    road.plan("POST", "/messages", "403", body=BLOCKED)
    sent = await office.write("Hello?")
    await settled(office)
    robin = browser_of()
    await robin.sign_in("robin")

    async def platforms() -> list[tuple[str, str]]:
        return sorted((each["platform"], each["state"]) for each in (await office.shown(sent))["deliveries"])

    before = await platforms()
    assert before == [("teams", "failed"), ("work", "sent")]
    await robin.call("POST", f"/conversations/{office.conversation}/messages/{sent}/discard")
    assert await platforms() == before

    await discarded(office, sent)
    assert await platforms() == [("work", "sent")]
    assert [each["text"] for each in await robin.messages(office.conversation)] == ["Hello?"]
