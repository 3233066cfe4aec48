"""What Teams does not take stops with the reason in words, and **Try again** works once the cause is gone (H6).

A connection that is lost is another thing: there messages wait (C7, test_losing.py).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from teams.office import ANNE, ROBIN, Office

Act = Callable[[Office], Awaitable[Any]]
NO_TEAMS, TEAMS = {"skus": ["Microsoft_365_E3_(no_Teams)"]}, {"skus": ["ENTERPRISEPREMIUM"]}


def changes(**at_microsoft: Any) -> Act:
    """Something about Robin."""
    return lambda office: office.sim.client.patch(f"/users/{ROBIN}", json=at_microsoft)


def limits(size: int) -> Act:
    """How large a message Teams takes."""
    return lambda office: office.sim.client.patch("/switches", json={"message_limit_bytes": size})


async def import_again(office: Office) -> None:
    await office.desk.connector.importer.run_once(office.account.id)


async def lose_teams(office: Office) -> None:
    await changes(**NO_TEAMS)(office)
    await import_again(office)


async def have_teams_again(office: Office) -> None:
    await changes(**TEAMS)(office)
    await import_again(office)


async def delete_robin(office: Office) -> None:
    await office.sim.client.delete(f"/users/{ROBIN}")


async def restore_robin(office: Office) -> None:
    await office.sim.post(f"/users/{ROBIN}/restore")


async def delete_chat(office: Office) -> None:
    office.chat = await office.chat_id()
    await office.sim.client.delete(f"/chats/{office.chat}")


async def restore_chat(office: Office) -> None:
    await office.sim.post(f"/chats/{office.chat}/restore")


@dataclass(frozen=True)
class Stop:
    """What happens, in which words it is said, how it is put right, and whether there is a chat before."""

    cause: Act
    words: str
    repair: Act
    is_begun: bool = True


STOPS = {
    "the recipient has no Teams license": Stop(
        lose_teams, "no Microsoft Teams account any more", have_teams_again, is_begun=False
    ),
    "the recipient is gone": Stop(delete_robin, "not in Microsoft Teams any more", restore_robin, is_begun=False),
    "blocked before anything was said": Stop(
        changes(chat_blocked=True), "the chat is blocked", changes(chat_blocked=False), is_begun=False
    ),
    "blocked later": Stop(changes(chat_blocked=True), "the chat is blocked", changes(chat_blocked=False)),
    "the chat is gone": Stop(delete_chat, "not in Microsoft Teams any more", restore_chat),
    "too large for Teams": Stop(limits(20), "too long for Microsoft Teams", limits(28 * 1024)),
}


@pytest.mark.parametrize("what", STOPS)
@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_stopped_said_and_tried_again(office: Office, what: str) -> None:
    stop = STOPS[what]
    before = []
    if stop.is_begun:
        await office.said_and_answered()
        await office.pass_time(2)
        before = ["Hello Robin"]
    else:
        await office.connect()
        await office.chat_with("robin")
    sent = await office.write("Are you there, Robin?")
    await stop.cause(office)
    await office.pass_time(2)
    stopped = await office.delivery(sent)
    assert (stopped["state"], stop.words in stopped["reason"]) == ("failed", True), stopped
    # Nothing goes on by itself.
    await office.pass_time(60)
    assert (await office.delivery(sent))["state"] == "failed"

    # Too early, it says so again.
    await office.act("POST", sent, "retry")
    await office.pass_time(2)
    assert (await office.delivery(sent))["reason"] == stopped["reason"]

    await stop.repair(office)
    await office.act("POST", sent, "retry")
    await office.pass_time(2)
    assert (await office.delivery(sent))["state"] == "sent"
    assert await office.texts_there() == [*before, "Are you there, Robin?"]
    assert (await office.connection())["state"] == "connected"


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_made_shorter_it_gets_there(office: Office) -> None:
    """The remedy that is named: edited, the same message goes."""
    await office.said_and_answered()
    await limits(60)(office)
    sent = await office.write("A message with very many words, of which most could be left out")
    await office.pass_time(2)
    assert (await office.delivery(sent))["state"] == "failed"
    await office.act("PATCH", sent, text="A message")
    await office.act("POST", sent, "retry")
    await office.pass_time(2)
    await office.pass_time(2)
    assert (await office.delivery(sent))["state"] == "sent"
    assert await office.texts_there() == ["Hello Robin", "A message"]
    assert (await office.shown(sent))["changes"] == []


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_without_the_agents_own_license_it_waits(office: Office) -> None:
    """That is the connection's: nothing fails, and it goes when the connection is put right."""
    await office.said_and_answered()
    office.excused.add("missed-renewal")
    await office.sim.client.patch(f"/users/{ANNE}", json=NO_TEAMS)
    sent = await office.write("From whom?")
    await office.pass_time(2)
    waiting = await office.delivery(sent)
    assert (waiting["state"], "license" in waiting["reason"]) == ("queued", True), waiting
    await office.sim.client.patch(f"/users/{ANNE}", json=TEAMS)
    await office.connect()
    await office.pass_time(2)
    assert (await office.delivery(sent))["state"] == "sent"
