"""Every way in which connecting fails, at Microsoft's own pages: which it was, in words and with the remedy (C6)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from deskbridge.accounts import store as accounts_store
from deskbridge.teams.reasons import Reason, sentence
from support.agents import Agent, find_form, sign_in_at_microsoft
from support.console import Operator, assert_sentence
from teams.conftest import SCOPES
from teams.office import ANNE, Office

pytestmark = pytest.mark.parametrize("machines", ["one machine"], indirect=True)
"""Nothing here depends on the kind of database."""

PASSWORD = "Teams-demo-1"


async def address(office: Office) -> str:
    """Where Authenticate now leads."""
    return str((await office.anne.call("POST", "/teams/authenticate"))["authorization_url"])


def forget_microsoft(office: Office) -> None:
    """A browser in which nobody is signed in at Microsoft."""
    for cookie in [each for each in office.anne.http.cookies.jar if each.name == "m365sim_sso"]:
        office.anne.http.cookies.jar.clear(cookie.domain, cookie.path, cookie.name)


async def sign_in(office: Office, url: str | None = None, *, password: str = PASSWORD) -> Any:
    """Username and password on Microsoft's page, and where that leads."""
    return await sign_in_at_microsoft(office.anne.http, url or await address(office), ANNE, password)


async def go_back(office: Office, page: Any) -> Any:
    """The link on Microsoft's page that leads back to us."""
    link = re.search(r'href="([^"]+)"[^>]*>(Cancel|Return|Back|No|Decline)', page.text)
    assert link, page.text
    return await office.anne.http.get(str(page.url.join(unescape(link[1]))), follow_redirects=True)


def forge(url: str, **changes: str) -> str:
    """The same address with something exchanged on the way."""
    parts = urlsplit(url)
    return parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | changes)).geturl()


async def told(office: Office, page: Any, reason: Reason, number: int | None = None) -> None:
    """The page and the workspace say which it was; the admin also sees Microsoft's number; nothing stays behind."""
    assert page.status_code in {409, 503}, page.text
    assert sentence(reason) in unescape(page.text)
    connection = await office.connection()
    assert (connection["state"], connection["reason"]) == ("not_connected", reason.value)
    assert connection["remedy"] == sentence(reason)
    assert (await office.sim.get("/subscriptions"))["value"] == []
    users = (await office.dana.call("GET", "/admin/users"))["users"]
    (anne,) = [each for each in users if each["user"]["username"] == "anne"]
    assert anne["microsoft_number"] == number
    assert number is None or f"AADSTS{number}" in page.text


USUAL_ANNE = {"blocked_by_policy": False, "roles": [], "mfa": False, "skus": ["ENTERPRISEPREMIUM"]}
USUAL_APP = {"admin_scopes": SCOPES, "assignment_required": False}


@dataclass
class Refusal:
    """What is different at Microsoft, and what the agent is told after going back from Microsoft's page."""

    reason: Reason
    number: int
    anne: dict[str, Any] = field(default_factory=dict)
    app: dict[str, Any] = field(default_factory=dict)
    on_the_page: str = ""


ON_MICROSOFTS_PAGE = {
    "an administrator has to consent": Refusal(
        Reason.CONSENT_NEEDED, 90094, app={"admin_scopes": []}, on_the_page="Need admin approval"
    ),
    "the user is not assigned to the app": Refusal(
        Reason.NOT_ASSIGNED,
        50105,
        app={"assignment_required": True, "assigned_users": []},
        on_the_page="You have not been given access to this app",
    ),
    "Conditional Access refuses": Refusal(
        Reason.REFUSED_BY_POLICY, 53003, anne={"blocked_by_policy": True}, on_the_page="You cannot access this"
    ),
    "consent is declined": Refusal(
        Reason.CONSENT_DECLINED,
        65004,
        anne={"roles": ["Global Administrator"]},
        app={"admin_scopes": []},
        on_the_page="Permissions requested",
    ),
}


async def test_refused_on_microsofts_page(office: Office) -> None:
    for refusal in ON_MICROSOFTS_PAGE.values():
        forget_microsoft(office)
        await office.sim.client.patch(f"/users/{ANNE}", json=USUAL_ANNE | refusal.anne)
        await office.sim.client.put(f"/apps/{office.sim.info['client_id']}", json=USUAL_APP | refusal.app)
        page = await first_page_after_password(office)
        assert refusal.on_the_page in page.text
        await told(office, await go_back(office, page), refusal.reason, refusal.number)


async def first_page_after_password(office: Office) -> Any:
    """What Microsoft shows to somebody who gave the right password."""
    page = await office.anne.http.get(await address(office), follow_redirects=True)
    action, fields = find_form(page.text) or ("", {})
    fields |= {"username": ANNE, "loginfmt": ANNE, "password": PASSWORD, "passwd": PASSWORD}
    return await office.anne.http.post(str(page.url.join(unescape(action))), data=fields, follow_redirects=True)


class TestOnTheWay:
    """What goes wrong between the button and the page at the end."""

    async def test_a_wrong_password_and_a_second_factor_stay_on_microsofts_page(self, office: Office) -> None:
        page = await sign_in(office, password="wrong")
        assert "password is incorrect" in page.text
        assert (await office.connection())["state"] == "not_connected"
        await told(office, await go_back(office, page), Reason.CANCELLED)

        # A second factor is asked for, and can be given up.
        forget_microsoft(office)
        await office.sim.client.patch(f"/users/{ANNE}", json={"mfa": True})
        page = await first_page_after_password(office)
        assert "code" in page.text
        await told(office, await go_back(office, page), Reason.CANCELLED)

    async def test_an_account_of_another_organization(self, office: Office) -> None:
        # The Account was created with an address for all organizations instead of its own tenant.
        async with office.desk.db.transaction() as tx:
            await accounts_store.update_account(tx.connection, office.account.id, tenant_id="organizations")
        await told(office, await sign_in(office), Reason.WRONG_ORGANIZATION)

    async def test_no_teams_license_and_one_that_is_being_set_up(self, office: Office) -> None:
        await office.sim.client.patch(f"/users/{ANNE}", json={"skus": ["Microsoft_365_E3_(no_Teams)"]})
        await told(office, await sign_in(office), Reason.NO_LICENSE)
        await office.sim.client.patch("/switches", json={"usable_plan_states": ["Success"]})
        await office.sim.client.patch(f"/users/{ANNE}", json={"skus": ["TEAMS_TRIAL_PENDING"]})
        await told(office, await sign_in(office), Reason.LICENSE_PENDING)
        await office.sim.client.patch("/switches", json={"usable_plan_states": ["Success", "PendingActivation"]})
        assert "is connected" in (await office.connect()).text

    async def test_a_clock_that_is_wrong(self, office: Office) -> None:
        for minutes in (-20, 40):
            office.clock.move(minutes=minutes)
            await told(office, await sign_in(office), Reason.CLOCK_WRONG)

    async def test_a_nonce_or_a_state_that_was_exchanged(self, office: Office) -> None:
        page = await sign_in(office, forge(await address(office), nonce="of somebody else"))
        await told(office, page, Reason.ANSWER_FORGED)
        page = await sign_in(office, forge(await address(office), state="of somebody else"))
        assert sentence(Reason.SIGN_IN_STALE) in unescape(page.text)
        assert (await office.connection())["state"] == "not_connected"

    async def test_a_code_that_was_used_already(self, office: Office) -> None:
        """Somebody who has seen the address of the page at the end puts it together with a fresh sign-in."""
        page = await sign_in(office)
        code = dict(parse_qsl(urlsplit(str(page.url)).query))["code"]
        await office.dana.call("POST", f"/admin/users/{office.user.id}/disconnect")
        state = dict(parse_qsl(urlsplit(await address(office)).query))["state"]
        page = await office.anne.http.get("/api/v1/teams/callback", params={"code": code, "state": state})
        await told(office, page, Reason.SIGN_IN_STALE, 54005)

    async def test_microsoft_is_down_when_it_begins_and_when_it_ends(self, office: Office) -> None:
        down = {"fault": "server-error", "on": {"path": "*/oauth2/v2.0/token"}, "times": None}
        await office.sim.post("/faults", down)
        await told(office, await sign_in(office), Reason.MICROSOFT_UNAVAILABLE)
        await office.sim.client.delete("/faults")
        assert "is connected" in (await office.connect()).text

    async def test_a_secret_that_microsoft_does_not_accept(self, office: Office) -> None:
        """The operator's trouble, not the agent's: signing in again does not help, and they are told so."""
        await office.sim.client.put(f"/apps/{office.sim.info['client_id']}", json={"client_secret": "another"})
        await told(office, await sign_in(office), Reason.MISCONFIGURED, 7000215)


class TestConsent:
    """An agent cannot give it: the link can be passed on, and works in any browser."""

    async def test_the_administrator_uses_the_agents_link_and_lands_on_a_page_that_says_so(
        self, office: Office, browser_of: Callable[[], Agent]
    ) -> None:
        app = f"/apps/{office.sim.info['client_id']}"
        await office.sim.client.put(app, json={"admin_scopes": []})
        await office.sim.client.patch(f"/users/{ANNE}", json={"roles": []})
        await office.sim.client.patch("/users/ben@contoso.example", json={"roles": ["Global Administrator"]})
        page = await go_back(office, await first_page_after_password(office))
        link = re.search(r'href="([^"]+)">Link for your Microsoft administrator', page.text)
        assert link
        given = unescape(link[1])
        assert given == (await office.dana.call("GET", "/admin/consent-link"))["address"]

        ben = browser_of()
        page = await sign_in_at_microsoft(ben.http, given, "ben@contoso.example", PASSWORD)
        assert page.status_code == 200
        assert "Microsoft has your consent" in page.text
        assert "is connected" in (await office.connect()).text

    async def test_an_operator_passes_the_same_link_on(
        self, office: Office, operator: Operator, browser_of: Callable[[], Agent]
    ) -> None:
        its, info = office.desk.settings, office.sim.info
        operator.set(data_dir=str(its.data_dir), public_url=its.public_url)
        without = await asyncio.to_thread(operator.run, "account", "consent-link")
        assert_sentence(without, "Something that the link needs is not set", "deskbridge doctor")
        operator.set(
            microsoft_login_url=its.microsoft_login_url,
            microsoft_client_id=info["client_id"],
            microsoft_client_secret=info["client_secret"],
            microsoft_ca_file=str(its.microsoft_ca_file),
        )
        given = (await asyncio.to_thread(operator.run, "account", "consent-link")).stdout
        assert given == (await office.dana.call("GET", "/admin/consent-link"))["address"] + "\n"

        await office.sim.client.patch("/users/ben@contoso.example", json={"roles": ["Global Administrator"]})
        page = await sign_in_at_microsoft(browser_of().http, given.strip(), "ben@contoso.example", PASSWORD)
        assert (page.status_code, "Microsoft has your consent" in page.text) == (200, True)

    async def test_the_administrator_declines(self, office: Office, browser_of: Callable[[], Agent]) -> None:
        given = (await office.dana.call("GET", "/admin/consent-link"))["address"]
        page = await browser_of().http.get(f"{given}&decline=1", follow_redirects=True)
        assert page.status_code == 409
        assert "Consent was not given" in page.text
        assert "AADSTS65004" in page.text
