"""An agent who is connected is deleted, whatever Microsoft does at that moment."""

from __future__ import annotations

import asyncio

from deskbridge.conversations import views
from deskbridge.conversations.model import MessageId
from deskbridge.teams.store import connections
from support.builders import make_user
from teams.office import ANNE, ROBIN, Office
from teams.road import Road


async def test_deleted_while_microsoft_is_away(office: Office, road: Road) -> None:
    """The user goes at once, with what waits; what is left at Microsoft goes when it answers (decision 0033)."""
    await office.said_and_answered()
    waits = await office.write("Never leaves")
    down = road.plan("DELETE", "/subscriptions/", "503", times=2)
    await office.dana.call("DELETE", f"/admin/users/{office.user.id}")
    await office.work()
    assert down.met == 1
    assert len(await office.subscriptions_there()) == 1
    async with office.desk.db.read() as connection:
        assert await connections.find(connection, office.user.id) is None
        (message,) = (await views.messages_by_id(connection, [MessageId(waits)])).values()
    assert [(each.state.value, each.reason) for each in message.deliveries] == [
        ("failed", "Whoever wrote this was deleted before it is known to have left.")
    ]
    await office.in_teams(ROBIN, "Anybody there?")
    await office.pass_time(30)
    await office.pass_time(60)
    assert await office.subscriptions_there() == []
    assert await office.texts_there() == ["Hello Robin", "Anybody there?"]

    # The Microsoft user is free for whoever is invited under the same address (C9).
    new = await make_user(office.desk, office.account, "Anne Baker")
    await office.anne.sign_in("anne")
    page = await office.connect()
    assert "Your Microsoft Teams account is connected" in page.text
    assert new.id != office.user.id


async def test_deleted_while_connecting(office: Office, road: Road) -> None:
    """No tokens are kept of somebody who was deleted before Microsoft had answered."""
    held = road.plan("GET", "/me", "held")
    connecting = asyncio.create_task(office.anne.connect_teams(ANNE))
    async with asyncio.timeout(60):
        await held.happened.wait()
    await office.dana.call("DELETE", f"/admin/users/{office.user.id}")
    road.released.set()
    page = await connecting
    assert "is connected" not in page.text
    async with office.desk.db.read() as connection:
        assert await connections.find(connection, office.user.id) is None
