"""Stories of signing in and of consent (facts.md 1.1, 1.3 and 1.4)."""

from typing import Any
from urllib.parse import urlencode

import pytest
from sim_browser import CALLBACK, Browser, answer_of, claims_of, redeem
from sim_tenant import Tenant


class TestSignInPage:
    async def test_wrong_password_and_unknown_user_stay_on_the_page(self, tenant: Tenant) -> None:
        browser = Browser(tenant)
        await browser.visit()
        wrong = await browser.sign_in("anne", "guess")
        assert wrong.status_code == 200
        assert "Your account or password is incorrect." in wrong.text
        assert 'value="anne@contoso.example"' in wrong.text
        unknown = await browser.sign_in("nobody")
        assert "This username may be incorrect." in unknown.text
        assert answer_of(await browser.sign_in("anne"))["code"]

    async def test_cancel(self, tenant: Tenant) -> None:
        browser = Browser(tenant)
        await browser.visit()
        answer = answer_of(await browser.follow("Cancel"))
        assert answer["error"] == "access_denied"
        assert answer["error_description"] == "the user canceled the authentication"
        assert answer["state"] == "state-1"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"redirect_uri": "https://evil.example/"}, 50011),
            ({"redirect_uri": "https://app.example/callback/"}, 50011),
            ({"client_id": "unknown"}, 700016),
            ({"client_id": None}, 900144),
        ],
    )
    async def test_what_is_never_sent_back(self, tenant: Tenant, changes: dict[str, str | None], code: int) -> None:
        page = await Browser(tenant).visit(**changes)
        assert page.status_code == 400
        assert f"AADSTS{code}" in page.text

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"response_type": "token"}, "unsupported_response_type"),
            ({"scope": None}, "invalid_request"),
            ({"prompt": "whatever"}, "invalid_request"),
            ({"prompt": "none"}, "login_required"),
        ],
    )
    async def test_what_the_app_is_told(self, tenant: Tenant, changes: dict[str, str | None], error: str) -> None:
        answer = answer_of(await Browser(tenant).visit(**changes))
        assert answer["error"] == error

    async def test_the_port_of_localhost_does_not_matter(self, tenant: Tenant) -> None:
        browser = Browser(tenant)
        assert (await browser.visit(redirect_uri="http://localhost:53682/callback")).status_code == 200
        assert (await browser.visit(redirect_uri="http://127.0.0.1:53682/callback")).status_code == 400

    async def test_single_sign_on(self, tenant: Tenant) -> None:
        browser = Browser(tenant)
        await browser.visit()
        await browser.sign_in("anne")
        assert answer_of(await browser.visit())["code"]
        assert answer_of(await browser.visit(prompt="none"))["code"]
        assert (await browser.visit(prompt="login")).status_code == 200
        chooser = await browser.visit(prompt="select_account")
        assert "Pick an account" in chooser.text
        assert "Anne Baker" in chooser.text
        other = answer_of(await browser.sign_in("robin"))
        tokens = (await redeem(tenant, other["code"])).json()
        claims = await claims_of(tenant, tokens["id_token"], tenant.info["client_id"])
        assert claims["oid"] == tenant.people["robin"]

    async def test_disabled_people_are_told(self, tenant: Tenant) -> None:
        await tenant.control("PATCH", "/users/anne@contoso.example", {"enabled": False})
        browser = Browser(tenant)
        await browser.visit()
        assert "AADSTS50057" in (await browser.sign_in("anne")).text

    async def test_an_expired_password_is_renewed_before_anything_else(self, tenant: Tenant) -> None:
        await tenant.control("PATCH", "/users/anne@contoso.example", {"password_expired": True, "mfa": True})
        browser = Browser(tenant)
        await browser.visit()
        assert "Update your password" in (await browser.sign_in("anne")).text
        assert answer_of(await browser.follow("Cancel"))["error"] == "access_denied"
        await browser.visit()
        await browser.sign_in("anne")
        old = "Teams-demo-1"
        for current, new, again in (("wrong", "New-1", "New-1"), (old, "New-1", "New-2"), (old, old, old)):
            page = await browser.submit(passwd=current, newpasswd=new, confirm=again)
            assert 'role="alert"' in page.text
        assert "Enter code" in (await browser.submit(passwd=old, newpasswd="New-1", confirm="New-1")).text
        assert answer_of(await browser.submit(otc="123456"))["code"]
        await browser.visit(prompt="login")
        assert "password is incorrect" in (await browser.sign_in("anne")).text

    async def test_second_factor(self, tenant: Tenant) -> None:
        await tenant.control("PATCH", "/users/anne@contoso.example", {"mfa": True})
        browser = Browser(tenant)
        await browser.visit()
        page = await browser.sign_in("anne")
        assert "Enter code" in page.text
        assert answer_of(await browser.visit(prompt="none"))["error"] == "login_required"
        await browser.visit()
        await browser.sign_in("anne")
        assert "didn&#39;t enter the expected" in (await browser.submit(otc="000000")).text
        assert answer_of(await browser.submit(otc="123456"))["code"]

    async def test_conditional_access(self, tenant: Tenant) -> None:
        await tenant.control("PATCH", "/users/anne@contoso.example", {"blocked_by_policy": True})
        browser = Browser(tenant)
        await browser.visit()
        page = await browser.sign_in("anne")
        assert "You cannot access this right now" in page.text
        answer = answer_of(await browser.follow("Return to the application"))
        assert answer["error"] == "access_denied"
        assert answer["error_description"].startswith("AADSTS53003")


class TestConsent:
    async def _app(self, tenant: Tenant, **fields: Any) -> str:
        client_id = "11111111-2222-3333-4444-555555555555"
        await tenant.control(
            "PUT", f"/apps/{client_id}", {"name": "Other", "redirect_uris": [CALLBACK], "client_secret": "s"} | fields
        )
        return client_id

    async def test_users_consent_to_what_the_policy_leaves_them(self, tenant: Tenant) -> None:
        client = await self._app(tenant)
        browser = Browser(tenant)
        await browser.visit(client_id=client, scope="openid offline_access User.Read")
        page = await browser.sign_in("anne")
        assert "Permissions requested" in page.text
        code = answer_of(await browser.submit())["code"]
        tokens = await redeem(tenant, code, client_id=client, client_secret="s")
        assert tokens.status_code == 200
        assert answer_of(await browser.visit(client_id=client, scope="User.Read"))["code"]

    async def test_declining(self, tenant: Tenant) -> None:
        client = await self._app(tenant)
        browser = Browser(tenant)
        await browser.visit(client_id=client, scope="User.Read")
        await browser.sign_in("anne")
        answer = answer_of(await browser.follow("Cancel"))
        assert answer["error_description"].startswith("AADSTS65004")

    async def test_chat_needs_an_admin_by_default(self, tenant: Tenant) -> None:
        client = await self._app(tenant, declared_scopes=["Chat.ReadWrite"])
        browser = Browser(tenant)
        await browser.visit(client_id=client, scope="Chat.ReadWrite")
        page = await browser.sign_in("anne")
        assert "Need admin approval" in page.text
        assert answer_of(await browser.follow("Return to the application"))["error"] == "access_denied"
        query = urlencode(
            {
                "client_id": client,
                "scope": "https://graph.microsoft.com/.default",
                "redirect_uri": CALLBACK,
                "state": "9",
            }
        )
        admin = Browser(tenant)
        admin.page = await admin.http.get(f"/organizations/v2.0/adminconsent?{query}")
        await admin.submit(username="dana@contoso.example", password="Teams-demo-1")
        answer = answer_of(await admin.submit())
        assert (answer["admin_consent"], answer["tenant"], answer["state"]) == ("True", tenant.id, "9")
        assert answer_of(await browser.visit(client_id=client, scope="Chat.ReadWrite"))["code"]

    async def test_without_consent_the_token_endpoint_asks_for_it(self, tenant: Tenant) -> None:
        client = await self._app(tenant)
        refused = await tenant.token(
            client_id=client, client_secret="s", grant_type="password", scope="Chat.Read",
            username="anne@contoso.example", password="Teams-demo-1",
        )  # fmt: skip
        assert refused.json()["error_codes"] == [65001]
        assert refused.json()["suberror"] == "consent_required"
