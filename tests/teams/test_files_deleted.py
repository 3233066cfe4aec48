"""Files that somebody deletes in OneDrive while their message is not in Teams yet: they go there again (H6)."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

import pytest

from deskbridge.teams.uploading import FOLDER
from teams.office import ANNE, Office
from teams.road import Road
from teams.test_changing import settled
from teams.test_files import BILL, assert_once, give, in_onedrive, ready, send

REFUSED = b'{"error": {"code": "Forbidden", "message": "The service says no."}}'


async def deleted(office: Office, name: str = "bill.pdf") -> None:
    """Anne tidies up."""
    answer = await office.sim.client.delete(f"/users/{ANNE}/files/{quote(f'{FOLDER}/{name}')}")
    assert answer.is_success, answer.text


async def try_again(office: Office, sent: Any) -> None:
    """She presses it."""
    await office.anne.call("POST", f"/conversations/{office.conversation}/messages/{sent['id']}/retry")
    await settled(office, 40)


async def test_trying_again_uploads_what_was_deleted_after_it_was_shared(office: Office, road: Road) -> None:
    await ready(office)
    road.plan("POST", "/messages$", "403", body=REFUSED)
    sent = await send(office, await give(office.anne, office.conversation), text="Here it is:")
    await settled(office)
    assert (await office.delivery(sent["id"]))["state"] == "failed"
    await deleted(office)
    assert await in_onedrive(office) == []

    await try_again(office, sent)
    assert (await office.delivery(sent["id"]))["state"] == "sent"
    await assert_once(office)


async def test_what_is_still_there_is_not_uploaded_twice(office: Office, road: Road) -> None:
    await ready(office)
    road.plan("POST", "/messages$", "403", body=REFUSED)
    sent = await send(office, await give(office.anne, office.conversation))
    await settled(office)
    await try_again(office, sent)
    await assert_once(office)
    assert road.count("PUT", ":/content") == 1


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_deleted_before_it_is_shared_it_goes_there_again_by_itself(office: Office, road: Road) -> None:
    await ready(office)
    road.plan("POST", "/invite", "503")
    await send(office, await give(office.anne, office.conversation))
    await office.work()
    await deleted(office)
    await settled(office, 40)
    await assert_once(office)
    assert road.count("PUT", ":/content") == 2


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_deleted_again_and_again_it_is_said_in_words(office: Office, road: Road) -> None:
    await ready(office)
    gone = b'{"error": {"code": "itemNotFound", "message": "The resource could not be found."}}'
    for _ in range(2):
        road.plan("POST", "/invite", "404", body=gone)
    sent = await send(office, await give(office.anne, office.conversation))
    await settled(office, 40)
    delivery = await office.delivery(sent["id"])
    assert (delivery["state"], "was deleted in your OneDrive" in delivery["reason"]) == ("failed", True), delivery
    await try_again(office, sent)
    assert (await office.delivery(sent["id"]))["state"] == "sent"
    (file,) = [each for each in await in_onedrive(office) if each["readers"]]
    assert file["sha256"] == hashlib.sha256(BILL).hexdigest()
