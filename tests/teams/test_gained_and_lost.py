"""Whoever gains or loses an account or a license: the next message goes where it can, and says so (H1, H2, C1)."""

from __future__ import annotations

from typing import Any

from support.agents import Feed
from teams.office import ROBIN, Office

NO_TEAMS, TEAMS = {"skus": ["Microsoft_365_E3_(no_Teams)"]}, {"skus": ["ENTERPRISEPREMIUM"]}


async def at_microsoft(office: Office, **changes: Any) -> None:
    """Something changes about Robin there, and the directory is read again."""
    await office.sim.client.patch(f"/users/{ROBIN}", json=changes)
    await office.desk.connector.importer.run_once(office.account.id)


async def told(feed: Feed, *reaches: str) -> None:
    """The open chat says, without a reload, where messages go from now on."""

    def is_it(frame: Any) -> bool:
        event = frame.get("event") or {}
        return event.get("type") == "conversation_changed" and event["conversation"]["reaches"] == list(reaches)

    changed = (await feed.until(is_it))["event"]["conversation"]
    assert [each["platform"] for each in changed["person"]["identities"]] == list(reaches)


async def goes_to(office: Office, text: str) -> list[tuple[str, str]]:
    """Where a message that is written now goes, and how far it comes."""
    sent = await office.write(text)
    await office.pass_time(2)
    return [(each["platform"], each["state"]) for each in (await office.shown(sent))["deliveries"]]


async def test_a_conversation_goes_on_with_whatever_account_the_person_has(office: Office) -> None:
    await office.said_and_answered()
    async with office.anne.live() as feed:
        # Robin gets a Work license here, and is the same Robin by the address.
        robin = {"username": "robin", "display_name": "Robin Hale", "email": ROBIN, "role": "none"}
        invited = await office.dana.call("POST", "/admin/users", json=robin | {"licenses": ["work"]})
        await told(feed, "teams", "work")
        assert await goes_to(office, "To both") == [("teams", "sent"), ("work", "sent")]

        await at_microsoft(office, **NO_TEAMS)
        await told(feed, "work")
        assert await goes_to(office, "To Work") == [("work", "sent")]

        path = f"/admin/users/{invited['user']['id']}"
        await office.dana.call("PATCH", path, json={"licenses": []})
        await told(feed)
        unsent = {"client_id": "00000000-0000-4000-8000-000000000000", "text": "To nobody"}
        place = f"/conversations/{office.conversation}/messages"
        assert await office.anne.refused("POST", place, json=unsent) == (409, "cannot_reach")

        await at_microsoft(office, **TEAMS)
        await told(feed, "teams")
        assert await goes_to(office, "To Teams again") == [("teams", "sent")]
        await office.dana.call("PATCH", path, json={"licenses": ["work"]})
        await told(feed, "teams", "work")
    # All the time it was one conversation, and one chat.
    assert len((await office.anne.snapshot())["conversations"]) == 1
    assert await office.texts_here() == ["Hello Robin", "To both", "To Work", "To Teams again"]
    assert await office.texts_there() == ["Hello Robin", "To both", "To Teams again"]


async def test_who_had_only_work_gets_teams_as_well(office: Office) -> None:
    """The other way round: the Person was here before Microsoft spoke of them."""
    await office.connect()
    wim = {"username": "wim", "display_name": "Wim Worker", "email": "wim@contoso.example", "role": "none"}
    await office.dana.call("POST", "/admin/users", json=wim | {"licenses": ["work"]})
    person = await office.anne.find("wim")
    office.conversation = (await office.anne.start(person["id"], "work"))["id"]
    assert await goes_to(office, "To Work") == [("work", "sent")]
    async with office.anne.live() as feed:
        await office.sim.post("/users", {"upn": "wim@contoso.example", "display_name": "Wim in Teams"})
        await office.desk.connector.importer.run_once(office.account.id)
        await told(feed, "teams", "work")
        assert await goes_to(office, "To both") == [("teams", "sent"), ("work", "sent")]
        await office.sim.client.delete("/users/wim@contoso.example")
        await office.desk.connector.importer.run_once(office.account.id)
        await told(feed, "work")
        assert await goes_to(office, "To Work again") == [("work", "sent")]
