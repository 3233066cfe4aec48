"""What may be composed, however it is sent: formatting and mentions of those who take part, and nothing else (M4)."""

from __future__ import annotations

from typing import Any

from support.payloads import payloads
from teams.office import Office


async def writes(office: Office, html: str) -> Any:
    """Anne sends HTML."""
    return await office.anne.send(office.conversation, "", html=html)


async def names(office: Office) -> tuple[str, str]:
    """The ids of Anne's Person and of Robin's."""
    return (await office.anne.snapshot())["my_person_id"], (await office.anne.find("robin"))["id"]


async def test_a_mention_is_one_here_and_in_teams_and_stays_one_when_edited(office: Office) -> None:
    await office.said_and_answered()
    _, robin = await names(office)
    named = f'<span class="mention" data-person="{robin}">Robin</span>'
    sent = await writes(office, f"<p>{named}, <b>please</b> look</p>")
    assert sent["html"] == f"<p>{named}, <b>please</b> look</p>"
    assert sent["text"] == "Robin, please look"
    await office.pass_time(3)
    there = (await office.there())[-1]
    assert there["body"]["content"] == '<p><at id="0">Robin</at>, <b>please</b> look</p>'
    assert [each["mentionText"] for each in there["mentions"]] == ["Robin"]

    await office.act("PATCH", sent["id"], html=f"<p>Thanks {named}</p>")
    await office.pass_time(3)
    there = (await office.there())[-1]
    assert there["body"]["content"] == '<p>Thanks <at id="0">Robin</at></p>'
    assert len(there["mentions"]) == 1
    assert (await office.shown(sent["id"]))["html"] == f"<p>Thanks {named}</p>"


async def test_only_those_who_take_part_can_be_named(office: Office) -> None:
    await office.said_and_answered()
    ben = (await office.anne.find("ben"))["id"]
    sent = await writes(office, f'<p><span class="mention" data-person="{ben}">Ben</span> said so</p>')
    assert sent["html"] == '<p><span class="mention">Ben</span> said so</p>'
    await office.pass_time(3)
    assert (await office.there())[-1]["mentions"] == []


async def test_nothing_composed_runs_and_no_picture_of_elsewhere_is_shown(office: Office) -> None:
    await office.said_and_answered()
    everything = "".join(f"<p>{each}</p>" for each in payloads()[:90])
    sent = await writes(office, f"<p>Look</p>{everything[:20_000]}")
    for forbidden in ("<script", "<img", "<svg", "<iframe", "<style", "<form"):
        assert forbidden not in sent["html"]
    place = f"/api/v1/conversations/{office.conversation}/messages/{sent['id']}/images/x"
    assert "<img" not in (await writes(office, f'<p>x<img src="{place}"><img src="kept:y"></p>'))["html"]


async def test_what_is_empty_or_too_long_is_refused(office: Office) -> None:
    await office.said_and_answered()
    path = f"/conversations/{office.conversation}/messages"
    body = {"client_id": "00000000-0000-4000-8000-000000000000"}
    for html, code in (("<p><br></p>", "empty_message"), (f"<p>{'x' * 30_000}</p>", "message_too_large")):
        assert await office.anne.refused("POST", path, json={**body, "html": html}) == (422, code)
    assert await office.anne.refused("POST", path, json=body) == (422, "empty_message")
