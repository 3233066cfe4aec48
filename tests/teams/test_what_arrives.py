"""Everything that a Teams message can hold, as the agent sees it (M2, M4)."""

from __future__ import annotations

import json
from typing import Any

from teams.office import ANNE, ROBIN, Office

CARD = {
    "type": "AdaptiveCard",
    "body": [
        {"type": "TextBlock", "text": "Approve invoice 4711?"},
        {"type": "TextBlock", "text": "12 € to Northwind"},
    ],
}
FILE = {
    "id": "5A1C", "content_type": "reference", "name": "Invoice 4711.pdf",
    "content_url": "https://contoso-my.sharepoint.com/personal/robin/Documents/Invoice%204711.pdf",
}  # fmt: skip


async def robin_says(office: Office, **said: Any) -> str:
    """Robin sends it from Teams; its id there."""
    path = f"/users/{ROBIN}/chats/{await office.chat_id()}/messages"
    sent = await office.sim.post(path, said)
    await office.work()
    return str(sent["message_id"])


async def test_a_mention_names_the_person_that_it_means(office: Office) -> None:
    await office.said_and_answered()
    mentions = [{"id": 0, "text": "Anne", "user": ANNE}, {"id": 1, "text": "Everyone"}]
    await robin_says(office, html='<p><at id="0">Anne</at> and <at id="1">Everyone</at>, look</p>', mentions=mentions)
    shown = (await office.here())[-1]
    me = (await office.anne.snapshot())["my_person_id"]
    named = f'<span class="mention" data-person="{me}">Anne</span>'
    assert shown["html"] == f'<p>{named} and <span class="mention">Everyone</span>, look</p>'


async def test_nobody_is_named_by_html_that_pretends_to(office: Office) -> None:
    await office.said_and_answered()
    me = (await office.anne.snapshot())["my_person_id"]
    await robin_says(office, html=f'<p><span class="mention" data-person="{me}">Anne</span> data-person="x"</p>')
    assert (await office.here())[-1]["html"] == '<p><span class="mention">Anne</span> data-person="x"</p>'


async def test_files_and_cards_are_shown_beside_the_words_and_survive_an_edit(office: Office) -> None:
    await office.said_and_answered()
    card = {"id": "c1", "content_type": "application/vnd.microsoft.card.adaptive", "content": json.dumps(CARD)}
    marks = '<attachment id="5A1C"></attachment><attachment id="c1"></attachment>'
    there = await robin_says(office, html=f"<p>Both:</p>{marks}", attachments=[FILE, card])
    shown = (await office.here())[-1]
    assert shown["html"] == "<p>Both:</p>"
    assert shown["text"] == "Both:\nFile: Invoice 4711.pdf\nCard: Approve invoice 4711?"
    file, approval = shown["attachments"]
    assert (file["kind"], file["name"], file["address"]) == ("file", "Invoice 4711.pdf", FILE["content_url"])
    assert (approval["kind"], approval["text"]) == ("card", "12 € to Northwind")
    assert approval["address"].startswith("https://teams.microsoft.com/l/chat/")

    chat = await office.chat_id()
    place = f"/users/{ROBIN}/chats/{chat}/messages/{there}"
    assert (await office.sim.client.patch(place, json={"html": f"<p>All:</p>{marks}"})).is_success
    await office.work()
    edited = (await office.here())[-1]
    assert (edited["html"], edited["attachments"]) == ("<p>All:</p>", shown["attachments"])

    assert (await office.sim.client.delete(place)).is_success
    await office.work()
    deleted = (await office.here())[-1]
    assert (deleted["text"], deleted["attachments"]) == ("", [])


async def test_what_happens_in_the_chat_is_a_quiet_line(office: Office) -> None:
    await office.said_and_answered()
    path = f"/users/{ROBIN}/chats/{await office.chat_id()}/events"
    for kind in ("callStarted", "callEnded", "messagePinned", "teamsAppInstalled"):
        await office.sim.post(path, {"type": kind})
    await office.work()
    happened = (await office.here())[-4:]
    assert {each["kind"] for each in happened} == {"system"}
    assert [each["text"] for each in happened] == [
        "Robin Hale started a call",
        "The call ended after 59 s",
        "Robin Hale pinned a message in Microsoft Teams",
        "Robin Hale added the app Contoso Approvals",
    ]
    (conversation,) = (await office.anne.snapshot())["conversations"]
    assert conversation["unread"] == 0


async def test_a_reaction_of_the_organisations_own_is_shown_by_its_name(office: Office) -> None:
    sent = await office.said_and_answered()
    there = (await office.there())[-1]["id"]
    path = f"/users/{ROBIN}/chats/{await office.chat_id()}/messages/{there}/react"
    await office.sim.post(path, {"reaction": "custom", "name": "party-parrot"})
    await office.work()
    assert [each["reaction"] for each in (await office.shown(sent))["reactions"]] == ["party-parrot"]
    assert "Robin Hale reacted party-parrot" in (await office.here())[-1]["text"]
