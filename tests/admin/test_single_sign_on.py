"""Signing in at the organisation's own OpenID provider, which here is m365sim's, at its real sign-in page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from deskbridge.accounts.model import Role
from support.agents import Agent, sign_in_at_microsoft
from support.builders import make_user
from support.console import Done, Operator, assert_sentence
from teams.conftest import clock as tenant_clock
from teams.conftest import office, road, sim  # The tenant and what runs on it.
from teams.office import ANNE, Office

__all__ = ["clock", "office", "road", "sim"]
clock = tenant_clock
pytestmark = pytest.mark.parametrize("machines", ["one machine"], indirect=True)
PASSWORD = "Teams-demo-1"
Browsers = Callable[[], Agent]


async def set_up(office: Office, **more: Any) -> Any:
    """Dana registers the redirect URI at the provider, and names the provider here."""
    info = office.sim.info
    redirect = (await office.dana.call("GET", "/admin/single-sign-on"))["redirect_uri"]
    await office.sim.post(f"/apps/{info['client_id']}/redirect-uris", {"redirect_uris": [redirect]})
    issuer = f"{info['authority_https_url']}/v2.0"
    body = {"issuer": issuer, "client_id": info["client_id"], "client_secret": info["client_secret"], **more}
    return await office.dana.call("PUT", "/admin/single-sign-on", json=body)


async def begin(browser: Agent, username: str = "anne") -> str:
    """What the button on the sign-in page leads to."""
    return str((await browser.call("POST", "/single-sign-on", json={"username": username}))["authorization_url"])


async def test_signed_in_by_the_provider_and_pinned_to_its_subject(office: Office, browser_of: Browsers) -> None:
    await set_up(office)
    browser = browser_of()
    assert (await browser.refused("GET", "/workspace"))[0] == 401
    await sign_in_at_microsoft(browser.http, await begin(browser), ANNE, PASSWORD)
    assert (await browser.snapshot())["me"]["username"] == "anne"

    # The address now belongs to somebody else there; whoever signs in with it is still not Anne.
    await office.sim.client.patch(f"/users/{ANNE}", json={"upn": "gone.away@contoso.example", "mail": None})
    await office.sim.client.patch("/users/taylor@contoso.example", json={"upn": ANNE, "mail": ANNE})
    other = browser_of()
    page = await sign_in_at_microsoft(other.http, await begin(other), ANNE, PASSWORD)
    assert page.status_code == 409
    assert "Somebody else signs in under that name" in page.text
    assert (await other.refused("GET", "/workspace"))[0] == 401


async def test_whoever_has_no_account_here_stays_out(office: Office, browser_of: Browsers) -> None:
    await set_up(office)
    browser = browser_of()
    page = await sign_in_at_microsoft(browser.http, await begin(browser), "robin@contoso.example", PASSWORD)
    assert (page.status_code, "You have no account here" in page.text) == (409, True)
    listed = (await office.dana.call("GET", "/admin/users"))["users"]
    anne = next(each for each in listed if each["user"]["username"] == "anne")
    await office.dana.call("POST", f"/admin/users/{anne['user']['id']}/suspend")
    page = await sign_in_at_microsoft(browser_of().http, await begin(browser), ANNE, PASSWORD)
    assert page.status_code == 409


async def test_only_in_the_browser_that_began_only_once_and_only_what_was_asked(
    office: Office, browser_of: Browsers
) -> None:
    await set_up(office)
    victim, attacker = browser_of(), browser_of()
    page = await sign_in_at_microsoft(victim.http, await begin(attacker), ANNE, PASSWORD)
    assert (page.status_code, "another browser" in page.text) == (409, True)
    assert (await victim.refused("GET", "/workspace"))[0] == 401

    parts = urlsplit(await begin(victim))
    forged = parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | {"nonce": "another"})).geturl()
    page = await sign_in_at_microsoft(victim.http, forged, ANNE, PASSWORD)
    assert page.status_code == 409
    assert (await victim.refused("GET", "/workspace"))[0] == 401


async def test_what_ties_a_sign_in_to_the_browser_is_gone_once_it_was_used(
    office: Office, browser_of: Browsers
) -> None:
    await set_up(office)
    browser = browser_of()
    name = f"{office.desk.cookie}-sso"
    address = await begin(browser)
    # Another site that leads the browser here with a state made up does not end what was begun.
    await browser.http.get("/api/v1/single-sign-on/callback", params={"state": "made up", "code": "any"})
    assert name in browser.http.cookies
    await sign_in_at_microsoft(browser.http, address, ANNE, PASSWORD)
    assert (await browser.snapshot())["me"]["username"] == "anne"
    assert name not in browser.http.cookies

    stranger = browser_of()
    page = await sign_in_at_microsoft(stranger.http, await begin(stranger), "robin@contoso.example", PASSWORD)
    assert (page.status_code, name in stranger.http.cookies) == (409, False)


async def test_where_it_is_required_passwords_do_not_count_but_for_admins(office: Office, browser_of: Browsers) -> None:
    await set_up(office, is_required=True)
    password = {"username": "anne", "password": "correct horse"}
    assert await browser_of().refused("POST", "/session", json=password) == (403, "single_sign_on_required")
    await browser_of().sign_in("dana")
    await office.dana.call("DELETE", "/admin/single-sign-on")
    await browser_of().sign_in("anne")
    assert await browser_of().refused("POST", "/single-sign-on", json={"username": "anne"}) == (
        409,
        "single_sign_on_failed",
    )


def changed(address: str, **query: str | None) -> str:
    """The address with other words in its query; None takes one out."""
    parts = urlsplit(address)
    asked = dict(parse_qsl(parts.query)) | query
    return parts._replace(query=urlencode({name: value for name, value in asked.items() if value})).geturl()


async def test_whoever_is_asked_again_signs_in_at_the_provider_again(office: Office, browser_of: Browsers) -> None:
    await set_up(office, is_required=True)
    browser, other = browser_of(), browser_of()
    for each in (browser, other):
        await sign_in_at_microsoft(each.http, await begin(each), ANNE, PASSWORD)
    assert (await browser.call("GET", "/session/proof"))["ways"][0] == "single_sign_on"
    before = browser.http.cookies[office.desk.cookie]

    async def again() -> str:
        asked = await browser.call("POST", "/session/proof/single-sign-on")
        return str(asked["authorization_url"])

    # Without the words that have the provider ask, it lets them through, and does not say that it asked.
    address = changed(await again(), prompt=None, max_age=None, login_hint=ANNE)
    silent = await browser.http.get(address, follow_redirects=True)
    assert (silent.status_code, "did not ask who you are" in silent.text) == (409, True)
    assert browser.http.cookies[office.desk.cookie] == before
    # Taking out one of them changes nothing: the page comes.
    asked = await browser.http.get(changed(await again(), prompt=None, login_hint=ANNE), follow_redirects=True)
    assert (asked.status_code, 'type="password"' in asked.text) == (200, True)
    # Somebody else there is not who is signed in here.
    await office.sim.client.patch("/users/taylor@contoso.example", json={"password": PASSWORD})
    page = await sign_in_at_microsoft(browser.http, await again(), "taylor@contoso.example", PASSWORD)
    assert page.status_code == 409
    assert browser.http.cookies[office.desk.cookie] == before

    page = await sign_in_at_microsoft(browser.http, await again(), ANNE, PASSWORD)
    assert (page.status_code, "It is you" in page.text) == (200, True)
    assert browser.http.cookies[office.desk.cookie] != before
    assert (await browser.snapshot())["me"]["username"] == "anne"
    told = (await office.dana.call("GET", "/admin/audit"))["entries"][0]
    assert (told["action"], told["detail"]) == ("proved_again", {"by": "single sign-on"})


async def test_only_a_provider_can_be_named(office: Office) -> None:
    info = office.sim.info
    body = {"issuer": info["authority_https_url"], "client_id": "x", "client_secret": "y"}
    assert await office.dana.refused("PUT", "/admin/single-sign-on", json=body) == (409, "single_sign_on_failed")
    body["issuer"] = re.sub("^https", "http", info["authority_https_url"])
    assert await office.dana.refused("PUT", "/admin/single-sign-on", json=body) == (422, "invalid")
    await make_user(office.desk, office.account, "Zoe Admin", role=Role.ADMIN)


async def test_the_operator_sets_it_up_tries_it_and_takes_it_away(
    office: Office, browser_of: Browsers, operator: Operator
) -> None:
    its, info = office.desk.settings, office.sim.info
    operator.set(data_dir=str(its.data_dir), public_url=its.public_url, microsoft_ca_file=str(its.microsoft_ca_file))

    async def says(*words: str, given: str = "") -> Done:
        return await asyncio.to_thread(operator.run, "single-sign-on", *words, given=given)

    await set_up(office)
    await office.dana.call("DELETE", "/admin/single-sign-on")
    issuer = f"{info['authority_https_url']}/v2.0"
    words = ("set", issuer, "--client-id", info["client_id"], "--required")
    assert_sentence(await says("set", f"{issuer}/else", *words[2:], given="secret"), "deskbridge: ")
    assert "Register this redirect URI there" in (await says(*words, given=f"{info['client_secret']}\n")).stdout
    assert "do not count, except for administrators" in (await says("show")).stdout
    assert f"{issuer} answers." in (await says("test")).stdout

    browser = browser_of()
    await sign_in_at_microsoft(browser.http, await begin(browser), ANNE, PASSWORD)
    assert (await browser.snapshot())["me"]["username"] == "anne"
    assert "signs in with passwords" in (await says("remove")).stdout
    await browser_of().sign_in("anne")
    log = (await office.dana.call("GET", "/admin/audit"))["entries"]
    changed = [each["who"] for each in log if each["action"] == "single_sign_on_changed"]
    assert changed == ["operator", "operator", "dana", "dana"]
