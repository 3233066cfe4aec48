"""Stories of what an app may ask of the authorize endpoint (facts.md 1.1 and 1.4)."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sim_browser import CALLBACK, VERIFIER, Browser, answer_of, claims_of, redeem
from sim_tenant import Tenant


class TestPkce:
    @pytest.mark.parametrize("method", ["plain", None])
    async def test_plain_is_what_is_meant_when_nothing_is_said(self, tenant: Tenant, method: str | None) -> None:
        browser = Browser(tenant)
        await browser.visit(code_challenge=VERIFIER, code_challenge_method=method)
        code = answer_of(await browser.sign_in("anne"))["code"]
        assert (await redeem(tenant, code)).status_code == 200

    async def test_without_a_challenge_no_verifier_is_needed(self, tenant: Tenant) -> None:
        browser = Browser(tenant)
        await browser.visit(code_challenge=None, code_challenge_method=None)
        code = answer_of(await browser.sign_in("anne"))["code"]
        assert (await redeem(tenant, code, code_verifier="")).status_code == 200

    async def test_other_methods(self, tenant: Tenant) -> None:
        answer = answer_of(await Browser(tenant).visit(code_challenge_method="S512"))
        assert answer["error_description"].startswith("AADSTS501491")


class TestPrompts:
    async def test_consent_is_asked_again(self, tenant: Tenant) -> None:
        browser = Browser(tenant)
        await browser.visit()
        assert answer_of(await browser.sign_in("dana"))["code"]
        page = await browser.visit(prompt="consent")
        assert "Permissions requested" in page.text
        assert answer_of(await browser.submit())["code"]

    async def test_none_without_consent(self, tenant: Tenant) -> None:
        browser = Browser(tenant)
        await browser.visit()
        await browser.sign_in("anne")
        await tenant.control("POST", f"/apps/{tenant.info['client_id']}/withdraw-consent")
        assert answer_of(await browser.visit(prompt="none"))["error"] == "interaction_required"

    async def test_a_hint_fills_in_the_name_and_picks_the_session(self, tenant: Tenant) -> None:
        browser = Browser(tenant)
        page = await browser.visit(login_hint="robin@contoso.example")
        assert 'value="robin@contoso.example"' in page.text
        for alias in ("robin", "anne"):
            await browser.visit(prompt="login")
            await browser.sign_in(alias)
        answer = answer_of(await browser.visit(prompt="none", login_hint="robin@contoso.example"))
        tokens = (await redeem(tenant, answer["code"])).json()
        claims = await claims_of(tenant, tokens["id_token"], tenant.info["client_id"])
        assert claims["preferred_username"] == "robin@contoso.example"
        nobody = answer_of(await browser.visit(prompt="none", login_hint="ben@contoso.example"))
        assert nobody["error"] == "login_required"


class TestConsentPolicies:
    async def test_where_users_may_consent_to_nothing(self, tenant: Tenant) -> None:
        scenario = {
            "tenant": {"user_consent_policy": "none"},
            "people": [{"alias": "anne", "name": "Anne Baker"}],
            "apps": [{"redirect_uris": [CALLBACK], "declared_scopes": ["User.Read"]}],
        }
        tenant.info = await tenant.control("POST", "/reset", {"scenario": scenario})
        tenant.id = tenant.info["tenant_id"]
        browser = Browser(tenant)
        await browser.visit(scope="openid User.Read")
        assert "Need admin approval" in (await browser.sign_in("anne")).text

    async def test_where_people_can_ask_an_admin(self, tenant: Tenant) -> None:
        scenario = {
            "tenant": {"consent_requests": True},
            "people": [{"alias": "anne", "name": "Anne Baker"}],
            "apps": [{"redirect_uris": [CALLBACK], "declared_scopes": ["Chat.Read"]}],
        }
        tenant.info = await tenant.control("POST", "/reset", {"scenario": scenario})
        tenant.id = tenant.info["tenant_id"]
        browser = Browser(tenant)
        await browser.visit(scope="openid Chat.Read")
        assert "Approval required" in (await browser.sign_in("anne")).text
        assert "AADSTS90095" in (await browser.submit(justification="For my work")).text
        told = answer_of(await browser.follow("Return to the application"))
        assert (told["error"], told["error_description"].split(":")[0]) == ("access_denied", "AADSTS90095")

    async def test_an_admin_may_consent_on_the_way(self, tenant: Tenant) -> None:
        await tenant.control("POST", f"/apps/{tenant.info['client_id']}/withdraw-consent")
        browser = Browser(tenant)
        await browser.visit(scope="openid Chat.ReadWrite")
        assert "Permissions requested" in (await browser.sign_in("dana")).text
        assert answer_of(await browser.submit())["code"]


class TestIdTokensAtOnce:
    async def _visit(self, tenant: Tenant, **changes: str | None) -> tuple[Browser, Any]:
        await tenant.control("PUT", f"/apps/{tenant.info['client_id']}", {"id_tokens_at_once": True})
        browser = Browser(tenant)
        return browser, await browser.visit(**{"response_type": "code id_token"} | changes)

    async def test_in_the_fragment_beside_a_code(self, tenant: Tenant) -> None:
        browser, _ = await self._visit(tenant)
        back = await browser.sign_in("anne")
        parts = {name: value[0] for name, value in parse_qs(urlsplit(back.headers["location"]).fragment).items()}
        claims = await claims_of(tenant, parts["id_token"], tenant.info["client_id"])
        half = hashlib.sha256(parts["code"].encode()).digest()[:16]
        assert claims["c_hash"] == base64.urlsafe_b64encode(half).decode().rstrip("=")
        assert (claims["nonce"], claims["oid"]) == ("nonce-1", tenant.people["anne"])
        assert (await redeem(tenant, parts["code"])).status_code == 200

    async def test_posted_alone(self, tenant: Tenant) -> None:
        browser, _ = await self._visit(tenant, response_type="id_token", response_mode="form_post")
        page = (await browser.sign_in("anne")).text
        assert 'name="id_token"' in page
        assert 'name="code"' not in page

    @pytest.mark.parametrize(
        ("changes", "code"),
        [({"nonce": None}, 900144), ({"scope": "User.Read"}, 70011), ({"response_type": "code token"}, 700054)],
    )
    async def test_what_is_refused(self, tenant: Tenant, changes: dict[str, str | None], code: int) -> None:
        _, back = await self._visit(tenant, response_mode="form_post", **changes)
        assert f"AADSTS{code}" in back.text

    async def test_not_in_the_query(self, tenant: Tenant) -> None:
        _, page = await self._visit(tenant, response_mode="query")
        assert page.status_code == 400

    async def test_only_for_apps_that_are_registered_for_it(self, tenant: Tenant) -> None:
        back = await Browser(tenant).visit(response_type="id_token", response_mode="form_post")
        assert "AADSTS700054" in back.text
