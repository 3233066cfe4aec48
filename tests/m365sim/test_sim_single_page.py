"""Stories of apps that run in a browser alone, from another origin (facts.md 1.7)."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sim_browser import VERIFIER, Browser
from sim_tenant import ALL_SCOPES, Tenant

PAGE = "http://localhost:3000/"
ORIGIN = {"Origin": "http://localhost:3000"}
APP = "aaaaaaaa-0000-4000-8000-00000000000a"


@pytest.fixture
async def spa(tenant: Tenant) -> Tenant:
    """The tenant knows a single-page app that may do everything."""
    await tenant.control(
        "PUT", f"/apps/{APP}", {"name": "Page", "spa_redirect_uris": [PAGE], "admin_scopes": ALL_SCOPES.split()}
    )
    return tenant


async def code_for(tenant: Tenant, **changes: str | None) -> str:
    """Anne signs in on the page."""
    browser = Browser(tenant)
    await browser.visit(**{"client_id": APP, "redirect_uri": PAGE, "response_mode": "fragment"} | changes)
    location = (await browser.sign_in("anne")).headers["location"]
    assert location.startswith(f"{PAGE}#")
    return parse_qs(urlsplit(location).fragment)["code"][0]


async def ask(tenant: Tenant, headers: dict[str, str], **form: str) -> httpx.Response:
    """The page's own request: it has no secret."""
    known = {"client_id": APP, "redirect_uri": PAGE}
    return await tenant.http.post(f"/{tenant.id}/oauth2/v2.0/token", data=known | form, headers=headers)


async def redeem(tenant: Tenant, code: str, headers: dict[str, str] = ORIGIN) -> httpx.Response:
    return await ask(tenant, headers, grant_type="authorization_code", code=code, code_verifier=VERIFIER)


async def test_a_page_needs_no_secret(spa: Tenant) -> None:
    answer = await redeem(spa, await code_for(spa))
    assert answer.headers["access-control-allow-origin"] == "*"
    graph = spa.with_token(answer.json()["access_token"])
    assert (await graph.get("/me")).json()["displayName"] == "Anne Baker"


async def test_a_server_cannot_redeem_what_a_page_was_given(spa: Tenant) -> None:
    refused = (await redeem(spa, await code_for(spa), headers={})).json()
    assert (refused["error"], refused["error_codes"]) == ("invalid_request", [9002327])


async def test_a_page_cannot_redeem_what_a_server_was_given(tenant: Tenant) -> None:
    browser = Browser(tenant)
    await browser.visit()
    location = (await browser.sign_in("anne")).headers["location"]
    form = {
        "client_id": tenant.info["client_id"], "client_secret": tenant.info["client_secret"],
        "grant_type": "authorization_code", "code": parse_qs(urlsplit(location).query)["code"][0],
        "redirect_uri": "https://app.example/callback", "code_verifier": VERIFIER,
    }  # fmt: skip
    refused = await tenant.http.post(f"/{tenant.id}/oauth2/v2.0/token", data=form, headers=ORIGIN)
    assert refused.json()["error_codes"] == [9002326]


async def test_a_page_must_use_pkce(spa: Tenant) -> None:
    code = await code_for(spa, code_challenge=None, code_challenge_method=None)
    assert (await redeem(spa, code)).json()["error_codes"] == [9002325]


async def test_refreshing_never_goes_beyond_a_day(spa: Tenant) -> None:
    first = (await redeem(spa, await code_for(spa))).json()
    await spa.advance(hours=20)
    second = await ask(spa, ORIGIN, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert second.status_code == 200
    await spa.advance(hours=5)
    third = await ask(spa, ORIGIN, grant_type="refresh_token", refresh_token=second.json()["refresh_token"])
    assert (third.json()["error"], third.json()["error_codes"]) == ("invalid_grant", [700084])


@pytest.mark.parametrize(("origin", "flags"), [("https", "SameSite=none; Secure"), ("http", "SameSite=lax")])
async def test_a_hidden_frame_finds_the_person_signed_in(spa: Tenant, origin: str, flags: str) -> None:
    browser = Browser(spa)
    browser.http.base_url = httpx.URL(f"{origin}://m365sim.test")
    await browser.visit(client_id=APP, redirect_uri=PAGE)
    answer = await browser.sign_in("anne")
    assert answer.headers["set-cookie"].endswith(flags)


@pytest.mark.parametrize("path", ["/v1.0/me", "/oidc/userinfo", "/{tenant}/oauth2/v2.0/token"])
async def test_scripts_may_send_headers_of_their_own(tenant: Tenant, path: str) -> None:
    headers = ORIGIN | {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x-mine, sdkversion"}
    asked = await tenant.http.options(path.format(tenant=tenant.id), headers=headers)
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, "*")
    assert asked.headers["access-control-allow-headers"] == "x-mine, sdkversion"


async def test_scripts_may_read_what_they_need(tenant: Tenant) -> None:
    answer = await (await tenant.person("anne")).get("/me", headers=ORIGIN)
    assert answer.headers["access-control-allow-origin"] == "*"
    exposed = answer.headers["access-control-expose-headers"]
    assert all(name in exposed for name in ("Retry-After", "Location", "request-id", "WWW-Authenticate"))
