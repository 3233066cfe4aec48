"""Who thinks again while what they did first is on its way gets the second, on every platform (H6, M1, M2)."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest

from teams.office import Office
from teams.road import Road
from teams.test_changing import agrees, only, settled

Act = tuple[str, str, dict[str, Any]]
DELETE: Final[Act] = ("DELETE", "", {})
RESTORE: Final[Act] = ("POST", "restore", {})
LIKE: Final[Act] = ("PUT", "reaction", {"reaction": "👍"})
UNLIKE: Final[Act] = ("PUT", "reaction", {"reaction": "👍", "is_set": False})
SAY: Final[Act] = ("PATCH", "", {"text": "Hello Rob"})
SAY_MORE: Final[Act] = ("PATCH", "", {"text": "Hello Robert"})
CHANGES: Final = [
    pytest.param([], DELETE, RESTORE, "POST /softDelete", id="deleted, brought back"),
    pytest.param([DELETE], RESTORE, DELETE, "POST /undoSoftDelete", id="brought back, deleted"),
    pytest.param([], LIKE, UNLIKE, "POST /setReaction", id="a reaction, taken back"),
    pytest.param([LIKE], UNLIKE, LIKE, "POST /unsetReaction", id="a reaction taken back, and set"),
    pytest.param([], SAY, SAY_MORE, "PATCH /messages/", id="edited twice"),
    pytest.param([], SAY, DELETE, "PATCH /messages/", id="edited, deleted"),
    pytest.param([], DELETE, SAY, "POST /softDelete", id="deleted, brought back with other words"),
]
changes = pytest.mark.parametrize(("before", "first", "then", "step"), CHANGES)


async def does(office: Office, message_id: str, act: Act) -> None:
    """Something is done to the message; words can be changed only of what is there."""
    method, action, body = act
    if act == SAY and (await office.shown(message_id))["deleted_at"]:
        await office.act("POST", message_id, "restore")
    await office.act(method, message_id, action, **body)


async def is_as_wanted(office: Office, message_id: str, last: Act) -> None:
    """Here and in Teams."""
    await settled(office)
    await agrees(office, message_id)
    there, here = await only(office), await office.shown(message_id)
    assert there["is_deleted"] is (last == DELETE)
    assert bool(there["reactions"]) is bool(here["reactions"]) is (last == LIKE)
    if last in (SAY, SAY_MORE):
        assert there["text"] == last[2]["text"]


async def prepared(office: Office, before: list[Act]) -> str:
    """A message to which that has been done."""
    sent = await office.said_and_answered()
    for act in before:
        await does(office, sent, act)
    await settled(office)
    return sent


@changes
async def test_while_the_step_is_on_its_way(
    office: Office, road: Road, before: list[Act], first: Act, then: Act, step: str
) -> None:
    sent = await prepared(office, before)
    held = road.plan(*step.split(), "held")
    await does(office, sent, first)
    work = asyncio.create_task(office.work())
    await held.happened.wait()
    await does(office, sent, then)
    road.released.set()
    await work
    await is_as_wanted(office, sent, then)


@changes
async def test_after_the_step_and_before_it_was_looked_at(
    office: Office, road: Road, before: list[Act], first: Act, then: Act, step: str
) -> None:
    """As when the product is killed in between: that it was done is all that is known."""
    sent = await prepared(office, before)
    there = road.count(*step.split())
    looks = road.plan("GET", r"/messages/\d+", "lost request", times=1000)
    await does(office, sent, first)
    await settled(office, 3)
    assert road.count(*step.split()) == there + 1
    await does(office, sent, then)
    road.accidents.remove(looks)
    await is_as_wanted(office, sent, then)
