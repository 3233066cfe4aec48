"""Whom agents may contact in Teams: what the policy says is shown, refused at the start, and said by the message."""

from __future__ import annotations

from typing import Any

import pytest

from deskbridge.accounts.model import ContactPolicy
from teams.office import ROBIN, Office

GUEST = {"user_type": "Guest", "mail": "robin@fabrikam.example"}


async def policy(office: Office, **said: Any) -> None:
    """An admin says it."""
    await office.dana.call("PUT", "/admin/account", json={"contact_policy": said})


async def shown(office: Office, name: str) -> tuple[Any, str | None]:
    """The Person in Contacts, and why they may not be contacted."""
    page = await office.anne.call("GET", "/people", params={"q": name})
    (person,) = page["people"]
    (teams,) = [each["id"] for each in person["identities"] if each["platform"] == "teams"]
    return person, page.get("refused", {}).get(teams)


async def test_only_some_domains_and_what_was_begun_says_why_it_ends(office: Office) -> None:
    await office.said_and_answered()
    await policy(office, domains=["@Fabrikam.example "])
    person, why = await shown(office, "robin")
    assert why is not None
    assert "only to people of fabrikam.example" in why
    refused = {"person_id": person["id"], "route": "teams"}
    assert await office.anne.refused("POST", "/conversations", json=refused) == (403, "contact_not_allowed")

    sent = await office.write("May I?")
    await office.work()
    assert (await office.delivery(sent))["reason"] == why
    assert await office.texts_there() == ["Hello Robin"]

    await policy(office, domains=["fabrikam.example", "contoso.example"])
    assert (await shown(office, "robin"))[1] is None
    await office.anne.call("POST", f"/conversations/{office.conversation}/messages/{sent}/retry")
    await office.pass_time(2)
    assert (await office.delivery(sent))["state"] == "sent"


async def test_an_old_message_gets_no_new_words_for_who_may_no_longer_be_contacted(office: Office) -> None:
    sent = await office.said_and_answered()
    await policy(office, domains=["fabrikam.example"])
    _, why = await shown(office, "robin")
    await office.act("PATCH", sent, text="And by the way")
    await office.pass_time(2)
    (change,) = (await office.shown(sent))["changes"]
    assert (change["state"], change["reason"]) == ("failed", why)
    assert await office.texts_there() == ["Hello Robin"]
    assert (await office.act("POST", sent, "discard"))["text"] == "Hello Robin"
    # Taking back what was said is not contacting anybody.
    await office.act("DELETE", sent)
    for _ in range(4):
        await office.pass_time(1.5)
    assert await office.texts_there() == []


async def test_no_guests(office: Office) -> None:
    await office.sim.client.patch(f"/users/{ROBIN}", json=GUEST)
    await office.desk.connector.importer.run_once(office.account.id, full=True)
    await office.connect()
    await policy(office, domains=["fabrikam.example"])
    person, why = await shown(office, "robin")
    assert why is None
    await policy(office, guests=False)
    assert "to guests" in str((await shown(office, "robin"))[1])
    assert (await shown(office, "ben"))[1] is None
    for route in ("main", "teams"):
        body = {"person_id": person["id"], "route": route}
        assert await office.anne.refused("POST", "/conversations", json=body) == (403, "contact_not_allowed")
    # Everybody's workspace is told.
    account = (await office.anne.snapshot())["account"]
    assert account["contact_policy"] == {"domains": [], "guests": False}


@pytest.mark.parametrize("wrong", ["", "a@b", "two words"])
@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_what_is_no_domain_is_refused(office: Office, wrong: str) -> None:
    said = {"contact_policy": {"domains": [wrong]}}
    assert await office.dana.refused("PUT", "/admin/account", json=said) == (422, "invalid")


def test_an_address_that_only_ends_alike_is_of_another_domain() -> None:
    only = ContactPolicy(domains=["contoso.com"])
    assert only.why_not(["robin@CONTOSO.com", None], is_guest=True) is None
    assert only.why_not(["robin@notcontoso.com"], is_guest=False)
    assert only.why_not(["robin@contoso.com.evil.example"], is_guest=False)
    assert only.why_not([None], is_guest=False)
