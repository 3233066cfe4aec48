"""An import that Microsoft holds up says so on the admin page, since when and until when, and then goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from deskbridge.teams.lanes import NotYet
from teams.office import Office
from teams.road import Road

pytestmark = pytest.mark.parametrize("machines", ["one machine"], indirect=True)


async def shown(office: Office) -> dict[str, Any]:
    (first, *_) = await office.dana.call("GET", "/admin/imports")
    return dict(first)


async def test_it_says_why_since_when_and_until_when(office: Office, road: Road) -> None:
    importer, account_id = office.desk.connector.importer, office.account.id
    road.plan("GET", "users/delta", "429", headers={"retry-after": "120"})
    road.plan("GET", "users/delta", "lost request")
    began = office.clock()
    await importer.start(account_id, full=True)

    with pytest.raises(NotYet):
        await importer.work(account_id)
    waiting = (await shown(office))["waiting"]
    assert "has asked to wait" in waiting["words"]
    assert waiting["until"] == (began + timedelta(seconds=120)).isoformat().replace("+00:00", "Z")

    office.clock.move(seconds=121)
    with pytest.raises(NotYet):
        await importer.work(account_id)
    again = (await shown(office))["waiting"]
    assert "Microsoft does not answer" in again["words"]
    assert again["since"] == waiting["since"]
    assert again["until"] > waiting["until"]

    office.clock.move(seconds=60)
    await importer.work(account_id)
    told = await shown(office)
    assert (told["state"], told["waiting"]) == ("done", None)
