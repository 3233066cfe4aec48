"""A connection that stops working, is not to be used for now, or is ended for good (rules C1, C7, C8)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from deskbridge.teams.reasons import Reason, sentence
from support.agents import sign_in_at_microsoft
from teams.conftest import SCOPES
from teams.office import ANNE, ROBIN, Office
from teams.road import Accident, Road
from teams.screen import screen_of, settle

ONE_MACHINE = pytest.mark.parametrize("machines", ["one machine"], indirect=True)


@dataclass
class Loss:
    """What happens to Anne's account at Microsoft, and how it is put right."""

    reason: Reason
    number: int | None
    anne: dict[str, Any] = field(default_factory=dict)
    repaired: dict[str, Any] = field(default_factory=dict)


LOSSES = {
    "disabled": Loss(Reason.ACCOUNT_DISABLED, 50057, {"enabled": False}, {"enabled": True}),
    "password expired": Loss(Reason.PASSWORD_EXPIRED, 50055, {"password_expired": True}, {"password_expired": False}),
    "refused by Conditional Access": Loss(
        Reason.REFUSED_BY_POLICY, 53003, {"blocked_by_policy": True}, {"blocked_by_policy": False}
    ),
    "a second factor is wanted": Loss(
        Reason.MORE_PROOF_NEEDED, 50076, {"sign_in_refusal": 50076}, {"sign_in_refusal": None}
    ),
    "consent taken back": Loss(Reason.CONSENT_WITHDRAWN, 65001),
}


@ONE_MACHINE
@pytest.mark.parametrize("what", LOSSES)
async def test_lost_told_waiting_and_resumed(office: Office, what: str) -> None:
    """C7: noticed at the first thing that Microsoft refuses, told at once, nothing lost, resumed by signing in."""
    loss = LOSSES[what]
    await office.said_and_answered()
    office.excused.add("missed-renewal")
    app = f"/apps/{office.sim.info['client_id']}"
    if loss.anne:
        await office.sim.client.patch(f"/users/{ANNE}", json=loss.anne)
    else:
        await office.sim.post(f"{app}/withdraw-consent")
    async with office.anne.live() as feed:
        # The next token is due, and Microsoft refuses it.
        await office.pass_time(3700)
        told = await feed.until(lambda f: (f.get("event") or {}).get("type") == "connection_changed")
    assert told["event"]["connection"]["state"] == "lost"
    assert told["event"]["connection"]["remedy"] == sentence(loss.reason)
    users = (await office.dana.call("GET", "/admin/users"))["users"]
    (anne,) = [each for each in users if each["user"]["username"] == "anne"]
    assert anne["microsoft_number"] == loss.number

    sent = await office.write("Waiting")
    await office.work()
    waiting = await office.delivery(sent)
    assert (waiting["state"], sentence(loss.reason) in waiting["reason"]) == ("queued", True)

    if loss.repaired:
        await office.sim.client.patch(f"/users/{ANNE}", json=loss.repaired)
    else:
        await office.sim.client.put(app, json={"admin_scopes": SCOPES})
    url = (await office.anne.call("POST", "/teams/authenticate"))["authorization_url"]
    assert "is connected" in (await sign_in_at_microsoft(office.anne.http, url, ANNE, "Teams-demo-1")).text
    await office.pass_time(2)
    assert (await office.delivery(sent))["state"] == "sent"


class TestSwitchedOff:
    """C1: off means that nothing is used any more; on again everything goes on where it was."""

    async def switch(self, office: Office, *, enabled: bool) -> None:
        await office.dana.call("PUT", "/admin/account", json={"teams_chat_enabled": enabled})

    async def test_nothing_is_sent_or_heard_and_on_again_all_of_it_is(self, office: Office) -> None:
        await office.said_and_answered()
        sent = await office.write("Written before")
        await self.switch(office, enabled=False)
        await office.pass_time(30)
        assert await office.subscriptions_there() == []
        assert (await office.connection())["state"] == "off"
        assert await office.texts_there() == ["Hello Robin"]
        waiting = await office.delivery(sent)
        assert waiting["state"] == "queued"
        assert "switched off" in waiting["reason"]
        assert await office.anne.refused(
            "POST",
            f"/conversations/{office.conversation}/messages",
            json={"client_id": "00000000-0000-4000-8000-000000000000", "text": "Now?"},
        ) == (403, "teams_chat_off")
        await office.in_teams(ROBIN, "Are you there?")
        await office.work()
        assert await office.texts_here() == ["Hello Robin", "Written before"]

        await self.switch(office, enabled=True)
        await office.pass_time(30)
        assert (await office.connection())["state"] == "connected"
        assert len(await office.subscriptions_there()) == 1
        assert (await office.delivery(sent))["state"] == "sent"
        # The chat was written to a moment ago: reading it has to wait for its turn.
        await office.pass_time(2)
        assert "Are you there?" in await office.texts_here()


class TestDisconnectedWhileMicrosoftIsDown:
    """C8: what is left at Microsoft is deleted when it answers, and nothing but that can be done until then."""

    async def test_deleted_as_soon_as_it_is_back(self, office: Office, road: Road) -> None:
        await office.connect()
        down = road.plan("DELETE", "/subscriptions/", "503", times=3)
        await office.dana.call("POST", f"/admin/users/{office.user.id}/disconnect")
        assert down.met == 1
        assert (await office.connection())["state"] == "not_connected"
        assert len(await office.subscriptions_there()) == 1
        await office.pass_time(30)
        await office.pass_time(30)
        await office.pass_time(60)
        assert await office.subscriptions_there() == []

        # Whoever is connected next has nothing of it.
        await office.connect("taylor@contoso.example")
        assert len(await office.subscriptions_there()) == 1

    @ONE_MACHINE
    async def test_forgotten_when_it_has_ended_by_itself(self, office: Office, road: Road) -> None:
        await office.connect()
        office.excused.add("missed-renewal")
        road.plan("DELETE", "/subscriptions/", "503", times=1000)
        await office.dana.call("POST", f"/admin/users/{office.user.id}/disconnect")
        for _ in range(13):
            await office.pass_time(300)
        asked = road.count("DELETE", "/subscriptions/")
        await office.pass_time(600)
        assert road.count("DELETE", "/subscriptions/") == asked
        assert await office.subscriptions_there() == []


async def test_disconnected_while_microsoft_makes_a_subscription(office: Office, road: Road) -> None:
    """C8: nobody waits for its id any more, and it is deleted all the same."""
    held = road.plan("POST", "/subscriptions", "held")
    await office.anne.connect_teams(ANNE)
    await disconnected_meanwhile(office, road, held, office.work())


@ONE_MACHINE
async def test_disconnected_while_microsoft_makes_one_to_presence(office: Office, road: Road) -> None:
    """C8, for what the agent carries for others."""
    await office.connect()
    async with screen_of(office) as screen:
        await screen.look_at("robin")
        held = road.plan("POST", "/subscriptions", "held")
        office.clock.move(seconds=3)
        await disconnected_meanwhile(office, road, held, settle(office))


async def disconnected_meanwhile(office: Office, road: Road, held: Accident, work: Coroutine[Any, Any, None]) -> None:
    """The request is under way, the admin disconnects, the answer comes."""
    working = asyncio.create_task(work)
    async with asyncio.timeout(60):
        await held.happened.wait()
    await office.dana.call("POST", f"/admin/users/{office.user.id}/disconnect")
    road.released.set()
    await working
    await office.pass_time(60)
    assert await office.subscriptions_there() == []


@ONE_MACHINE
async def test_a_suspended_agent_uses_nothing_of_theirs_until_resumed(office: Office) -> None:
    await office.said_and_answered()
    sent = await office.write("Written before")
    path = f"/admin/users/{office.user.id}"
    await office.dana.call("POST", f"{path}/suspend")
    await office.pass_time(30)
    assert await office.subscriptions_there() == []
    assert await office.texts_there() == ["Hello Robin"]

    await office.dana.call("POST", f"{path}/resume")
    await office.pass_time(30)
    assert len(await office.subscriptions_there()) == 1
    await office.anne.sign_in("anne")
    assert (await office.delivery(sent))["state"] == "sent"


class TestNoticedWhileNobodyDoesAnything:
    """C7: what Microsoft says is enough, also when the agent neither writes nor reads."""

    async def lost(self, office: Office) -> tuple[str, str | None]:
        connection = await office.connection()
        return connection["state"], connection["reason"]

    @ONE_MACHINE
    async def test_revoked(self, office: Office) -> None:
        await office.connect()
        await office.sim.post(f"/users/{ANNE}/revoke-sessions")
        await office.sim.settle()
        await office.work()
        assert await self.lost(office) == ("lost", Reason.REVOKED)

    @ONE_MACHINE
    async def test_the_subscription_was_removed_together_with_what_allowed_it(self, office: Office) -> None:
        await office.connect()
        (there,) = await office.subscriptions_there()
        await office.sim.client.patch(f"/users/{ANNE}", json={"sign_in_refusal": 50076})
        await office.sim.post(f"/subscriptions/{there['id']}/remove")
        await office.sim.settle()
        await office.work()
        assert await self.lost(office) == ("lost", Reason.MORE_PROOF_NEEDED)

    @ONE_MACHINE
    async def test_the_license_is_gone_when_the_subscription_is_challenged(self, office: Office) -> None:
        """Renewing a subscription asks for no license, so it is asked for beside it."""
        await office.connect()
        (there,) = await office.subscriptions_there()
        await office.sim.client.patch(f"/users/{ANNE}", json={"skus": []})
        await office.sim.post(f"/subscriptions/{there['id']}/challenge")
        await office.sim.settle()
        await office.work()
        assert await self.lost(office) == ("lost", Reason.NO_LICENSE)

    async def test_the_directory_says_that_the_license_is_gone(self, office: Office) -> None:
        await office.connect()
        await office.sim.client.patch(f"/users/{ANNE}", json={"skus": []})
        await office.desk.connector.importer.run_once(office.account.id)
        await office.work()
        assert await self.lost(office) == ("lost", Reason.NO_LICENSE)


async def test_a_license_taken_by_a_file_ends_the_subscription_at_microsoft(office: Office) -> None:
    """And given again by one, everything goes on."""

    async def give(licenses: str) -> None:
        rows = f"username,name,email,role,licenses\nanne,Anne Baker,anne@contoso.example,agent,{licenses}\n"
        await office.desk.csv_importer.run_once(office.account.id, rows.encode())
        await office.work()

    await office.connect()
    await give("work")
    assert await office.subscriptions_there() == []
    assert (await office.connection())["state"] == "off"
    await give("contact_center work")
    assert (await office.connection())["state"] == "connected"
    assert len(await office.subscriptions_there()) == 1


async def test_a_license_taken_by_an_admin_ends_the_subscription_at_microsoft(office: Office) -> None:
    await office.connect()
    path = f"/admin/users/{office.user.id}"
    await office.dana.call("PATCH", path, json={"licenses": ["work"]})
    await office.work()
    assert await office.subscriptions_there() == []


async def test_while_teams_chat_is_off_open_chats_show_nothing_of_teams(office: Office) -> None:
    await office.said_and_answered()

    async def platforms() -> list[str]:
        (conversation,) = (await office.anne.snapshot())["conversations"]
        return [each["platform"] for each in conversation["person"]["identities"]] + conversation["reaches"]

    assert await platforms() == ["teams", "teams"]
    await office.dana.call("PUT", "/admin/account", json={"teams_chat_enabled": False})
    assert await platforms() == []
    # What is told is the same.
    async with office.anne.live() as feed:
        await office.anne.call(
            "PATCH",
            f"/conversations/{office.conversation}/messages/{(await office.here())[0]['id']}",
            json={"text": "Changed"},
        )
        told = await feed.until(lambda f: (f.get("event") or {}).get("type") == "conversation_changed")
    assert told["event"]["conversation"]["person"]["identities"] == []
    await office.dana.call("PUT", "/admin/account", json={"teams_chat_enabled": True})
    assert await platforms() == ["teams", "teams"]
