"""Connect, import, send, receive: the whole road, through HTTP and over the wire of a real m365sim."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deskbridge.accounts.model import Role
from deskbridge.api.desk import Desk
from support.agents import Agent
from support.builders import make_account, make_user
from support.servers import Sim


async def test_a_message_goes_out_and_the_answer_comes_in(
    teams_desk: Desk, sim: Sim, browser_of: Callable[[], Agent]
) -> None:
    account = await make_account(teams_desk, teams_chat=True, tenant_id=sim.info["tenant_id"])
    await make_user(teams_desk, account, "Anne Baker")
    report = await teams_desk.connector.importer.run_once(account.id)
    print(report)
    anne = browser_of()
    await anne.sign_in("anne")
    page = await anne.connect_teams("anne@contoso.example")
    print(page.status_code, page.url, page.text[-600:])
    robin = await anne.find("robin hale")
    print(robin)
    conversation = await anne.start(robin["id"], "teams")
    async with anne.live() as feed:
        sent = await anne.send(conversation["id"], "Hello Robin,\nhow are you <today>? & so")
        shown = await feed.until_message(lambda m: m["id"] == sent["id"] and m["deliveries"][0]["state"] == "sent")
        print(shown)
        there = await sim.get(f"/chats?user=anne@contoso.example")
        print(there)
