"""Single sign-on at a provider that is neither ours nor Microsoft's: `oidc-provider` from npm, as it comes."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from structlog.testing import capture_logs

from deskbridge.accounts.model import Account, Role
from deskbridge.api.desk import Desk
from deskbridge.settings import Settings
from support.agents import Agent, sign_in_at_microsoft
from support.builders import make_account, make_user
from support.openid_provider import OpenIdProvider, openid_provider

pytestmark = [
    pytest.mark.parametrize("machines", ["one machine"], indirect=True),
    pytest.mark.xdist_group("openid provider"),
]
ANNE = {"email": "anne@contoso.example", "email_verified": True, "name": "Anne Baker"}
CLIENT = {"client_id": "deskbridge", "client_secret": "s3cret-of-deskbridge/with:signs+and%s"}
Browsers = Callable[[], Agent]


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenIdProvider]:
    with openid_provider(tmp_path_factory.mktemp("provider")) as started:
        yield started


@pytest.fixture
def settings(settings: Settings, provider: OpenIdProvider) -> Settings:
    return settings.model_copy(update={"microsoft_ca_file": provider.ca_file})


@pytest.fixture
def trust(provider: OpenIdProvider) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(provider.ca_file))


@dataclass
class Company:
    """Dana looks after an Account in which Anne works; both are known at the provider, under other names."""

    desk: Desk
    account: Account
    dana: Agent
    provider: OpenIdProvider
    new_browser: Browsers

    async def registered(self, **more: Any) -> None:
        """Dana registers Deskbridge at the provider, and names the provider here."""
        redirect = (await self.dana.call("GET", "/admin/single-sign-on"))["redirect_uri"]
        client = CLIENT | {"redirect_uris": [redirect]} | more
        await self.provider.become(clients=[client], people={"7f3c": ANNE}, inToken=False, down=False)
        body = CLIENT | {"issuer": self.provider.issuer}
        await self.dana.call("PUT", "/admin/single-sign-on", json=body)

    async def at_the_page(self, browser: Agent, **changed: str) -> str:
        """The address of the provider's page, with some of what is asked there exchanged."""
        address = (await browser.call("POST", "/single-sign-on", json={"username": "anne"}))["authorization_url"]
        parts = urlsplit(address)
        return parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | changed)).geturl()

    async def signed_in(self, browser: Agent, subject: str = "7f3c", **changed: str) -> httpx.Response:
        """The page at the end of signing in there."""
        return await sign_in_at_microsoft(browser.http, await self.at_the_page(browser, **changed), subject, "any")


@pytest.fixture
async def company(desk: Desk, provider: OpenIdProvider, browser_of: Browsers) -> Company:
    account = await make_account(desk)
    await make_user(desk, account, "Anne Baker")
    await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN)
    dana = browser_of()
    await dana.sign_in("dana")
    return Company(desk, account, dana, provider, browser_of)


async def who(browser: Agent) -> str | None:
    """The username of whoever is signed in there."""
    answer = await browser.http.get("/api/v1/workspace")
    return str(answer.json()["me"]["username"]) if answer.is_success else None


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize("in_token", [True, False], ids=["e-mail in the token", "e-mail at userinfo only"])
async def test_in_by_address_and_later_by_subject(company: Company, method: str, in_token: bool) -> None:
    await company.registered(token_endpoint_auth_method=method)
    await company.provider.become(inToken=in_token)
    first, later, other = (company.new_browser() for _ in range(3))
    await company.signed_in(first)
    assert await who(first) == "anne"

    # Anne marries, and her address goes to somebody new.
    married = {**ANNE, "email": "anne.baker@contoso.example"}
    await company.provider.become(people={"7f3c": married, "81aa": ANNE})
    await company.signed_in(later)
    assert await who(later) == "anne"
    page = await company.signed_in(other, "81aa")
    assert (page.status_code, "Somebody else signs in under that name" in page.text) == (409, True)
    assert await who(other) is None


@pytest.mark.parametrize(
    "told",
    [{"email": "robin@fabrikam.example"}, {**ANNE, "email_verified": False}, {"name": "Anne Baker"}],
    ids=["somebody else", "not proved", "no address"],
)
async def test_whoever_is_not_told_to_be_somebody_here_stays_out(company: Company, told: Any) -> None:
    await company.registered()
    await company.provider.become(people={"7f3c": told})
    browser = company.new_browser()
    page = await company.signed_in(browser)
    assert (page.status_code, "You have no account here" in page.text) == (409, True)
    assert await who(browser) is None


async def test_a_code_is_good_only_with_the_verifier_that_it_was_asked_with(company: Company) -> None:
    await company.registered()
    browser = company.new_browser()
    with capture_logs() as logs:
        page = await company.signed_in(browser, code_challenge="A" * 43)
    assert (page.status_code, await who(browser)) == (409, None)
    assert "invalid_grant" in str(logs)
    assert CLIENT["client_secret"] not in str(logs)
    # And the provider, which demands it, was asked with one.
    await company.signed_in(browser)
    assert await who(browser) == "anne"


async def test_keys_that_change_while_somebody_signs_in(company: Company) -> None:
    await company.registered()
    browser, later = company.new_browser(), company.new_browser()
    address = await company.at_the_page(browser)
    await company.provider.become(rotated=True)
    await sign_in_at_microsoft(browser.http, address, "7f3c", "any")
    assert await who(browser) == "anne"
    await company.provider.become(rotated=True)
    await company.signed_in(later)
    assert await who(later) == "anne"


async def test_one_that_is_down_says_so_and_works_again_when_it_is_up(company: Company) -> None:
    await company.registered()
    browser = company.new_browser()
    address = await company.at_the_page(browser)
    await company.provider.become(down=True)
    asked = {"username": "anne"}
    assert await browser.refused("POST", "/single-sign-on", json=asked) == (503, "unavailable")
    state = dict(parse_qsl(urlsplit(address).query))["state"]
    page = await browser.http.get("/api/v1/single-sign-on/callback", params={"state": state, "code": "any"})
    assert (page.status_code, "does not answer" in page.text) == (503, True)
    # Admins have their passwords.
    await company.new_browser().sign_in("dana")

    await company.provider.become(down=False)
    await company.signed_in(browser)
    assert await who(browser) == "anne"


async def test_answers_about_people_that_are_signed_are_proved(company: Company) -> None:
    await company.registered(userinfo_signed_response_alg="RS256")
    browser = company.new_browser()
    await company.signed_in(browser)
    assert await who(browser) == "anne"


async def test_whoever_turns_round_at_the_page_is_told_so(company: Company) -> None:
    await company.registered()
    browser = company.new_browser()
    page = await browser.http.get(await company.at_the_page(browser), follow_redirects=True)
    back = await browser.http.get(f"{page.url}/abort", follow_redirects=True)
    assert (back.status_code, "did not sign in" in back.text) == (409, True)
    assert await who(browser) is None


async def test_an_answer_of_another_provider_is_none(company: Company) -> None:
    await company.registered()
    browser = company.new_browser()
    state = dict(parse_qsl(urlsplit(await company.at_the_page(browser)).query))["state"]
    answer = {"state": state, "code": "any", "iss": "https://other.example"}
    with capture_logs() as logs:
        page = await browser.http.get("/api/v1/single-sign-on/callback", params=answer)
    assert page.status_code == 409
    assert "code_not_redeemed" not in str(logs)


async def test_who_is_asked_once_more_signs_in_there_once_more(company: Company) -> None:
    await company.registered()
    browser = company.new_browser()
    await company.signed_in(browser)
    address = (await browser.call("POST", "/session/proof/single-sign-on"))["authorization_url"]
    page = await sign_in_at_microsoft(browser.http, address, "7f3c", "any")
    assert (page.status_code, "It is you" in page.text) == (200, True)
    assert await who(browser) == "anne"
