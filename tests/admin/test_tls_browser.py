"""In a real browser, behind TLS: what it keeps of us goes to nobody else, and is gone when it should be."""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import trustme
from playwright.async_api import Browser, Page, expect

from deskbridge.accounts.model import Role
from deskbridge.api.desk import Desk
from deskbridge.settings import Settings
from support.agents import Agent
from support.builders import make_account, make_user
from support.openid_provider import OpenIdProvider, openid_provider
from support.tls import tls_front

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(300),
    pytest.mark.parametrize("machines", ["one machine"], indirect=True),
]
CLIENT = {"client_id": "deskbridge", "client_secret": "s3cret-of-deskbridge"}
KEPT = {"secure": True, "httpOnly": True, "sameSite": "Lax", "path": "/", "domain": "localhost"}


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenIdProvider]:
    with openid_provider(tmp_path_factory.mktemp("provider")) as started:
        yield started


@pytest.fixture
def authority() -> trustme.CA:
    """Who signed the certificate of what ends TLS before the product."""
    return trustme.CA()


@pytest.fixture
async def settings(
    settings: Settings, provider: OpenIdProvider, authority: trustme.CA, listening: socket.socket
) -> AsyncIterator[Settings]:
    async with tls_front(authority, listening.getsockname()[1]) as address:
        yield settings.model_copy(update={"public_url": address, "microsoft_ca_file": provider.ca_file})


@pytest.fixture
async def dana(desk: Desk, authority: trustme.CA) -> AsyncIterator[Agent]:
    """The admin of the Account in which Anne works, signed in, at a browser that heeds no prefixes."""
    account = await make_account(desk)
    await make_user(desk, account, "Anne Baker")
    await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    agent = Agent(desk.settings.public_url, trust)
    await agent.sign_in("dana")
    yield agent
    await agent.http.aclose()


@pytest.fixture
async def page(desk: Desk, dana: Agent, chromium: Browser) -> AsyncIterator[Page]:
    """Anne at the sign-in page, her username entered."""
    # The certificates here are those of tests, which no browser knows.
    context = await chromium.new_context(ignore_https_errors=True)
    page = await context.new_page()
    await page.goto(desk.settings.public_url)
    await page.get_by_label("Username").fill("anne")
    yield page
    await context.close()


async def kept(page: Page) -> dict[str, dict[str, Any]]:
    """What of ours the browser keeps, by name."""
    found = [each for each in await page.context.cookies() if "deskbridge" in each.get("name", "")]
    return {each.get("name", ""): {name: each.get(name) for name in KEPT} for each in found}


async def test_the_session_is_kept_for_this_host_and_for_tls_alone(page: Page, dana: Agent) -> None:
    await page.get_by_label("Password", exact=True).fill("correct horse")
    async with page.expect_websocket() as live:
        await page.get_by_role("button", name="Sign in", exact=True).click()
    assert (await live.value).url.startswith("wss://localhost:")
    assert await kept(page) == {"__Host-deskbridge": KEPT}
    # The WebSocket was let in with it: what an admin changes shows by itself.
    (anne,) = [each for each in (await dana.call("GET", "/admin/users"))["users"] if each["user"]["username"] == "anne"]
    await dana.call("PATCH", f"/admin/users/{anne['user']['id']}", json={"display_name": "Anne Carter"})
    await expect(page.get_by_text("Anne Carter")).to_be_visible()

    await page.get_by_role("button", name="Change status").click()
    await page.get_by_role("menuitem", name="Log out").click()
    await expect(page.get_by_label("Username")).to_be_visible()
    assert await kept(page) == {}


SAID_TO_THE_PRODUCT = """url => new Promise(say => {
    const socket = new WebSocket(url);
    socket.onopen = () => socket.send('{"type":"ping","version":""}');
    socket.onmessage = heard => say(JSON.parse(heard.data).type);
    socket.onclose = ended => say(ended.code);
})"""


async def test_a_page_of_the_same_site_that_is_not_ours_cannot_use_the_session(
    page: Page, desk: Desk, provider: OpenIdProvider
) -> None:
    await page.get_by_label("Password", exact=True).fill("correct horse")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_text("Anne Baker")).to_be_visible()
    realtime = desk.settings.public_url.replace("https", "wss") + "/api/v1/realtime"
    assert await page.evaluate(SAID_TO_THE_PRODUCT, realtime) == "pong"

    # Another port is the same site: the browser sends the cookie along.
    await page.goto(f"{provider.issuer}/.well-known/openid-configuration")
    assert await page.evaluate(SAID_TO_THE_PRODUCT, realtime) == 4401


async def test_who_comes_back_from_another_site_is_still_the_one_who_left(
    page: Page, dana: Agent, provider: OpenIdProvider
) -> None:
    redirect = (await dana.call("GET", "/admin/single-sign-on"))["redirect_uri"]
    people = {"7f3c": {"email": "anne@contoso.example"}}
    await provider.become(clients=[CLIENT | {"redirect_uris": [redirect]}], people=people)
    await dana.call("PUT", "/admin/single-sign-on", json=CLIENT | {"issuer": provider.issuer})

    await page.get_by_role("button", name="Single sign-on").click()
    await page.get_by_placeholder("Enter any login").fill("7f3c")
    assert await kept(page) == {"__Host-deskbridge-sso": KEPT}
    await page.get_by_placeholder("and password").fill("any")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_text("Anne Baker")).to_be_visible()
    assert (await kept(page))["__Host-deskbridge"] == KEPT
