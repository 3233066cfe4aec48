"""Stories of tokens: discovery, keys, codes, refreshing, and what Graph thinks of them (facts.md 1.2 to 1.8)."""

import base64
from typing import Any

import pytest
from sim_browser import CALLBACK, Browser, answer_of, claims_of, redeem
from sim_tenant import ALL_SCOPES, Tenant


class TestDiscovery:
    async def test_https_for_the_app_and_http_for_the_browser(self, tenant: Tenant) -> None:
        address = f"https://m365sim.test/{tenant.id}/v2.0/.well-known/openid-configuration"
        document = (await tenant.http.get(address)).json()
        assert document["issuer"] == f"https://m365sim.test/{tenant.id}/v2.0"
        assert document["token_endpoint"].startswith("https://")
        assert document["jwks_uri"].startswith("https://")
        assert document["authorization_endpoint"].startswith("http://")

    async def test_common_has_a_template_as_issuer(self, tenant: Tenant) -> None:
        document = (await tenant.http.get("/common/v2.0/.well-known/openid-configuration")).json()
        assert document["issuer"] == "https://m365sim.test/{tenantid}/v2.0"

    async def test_other_tenants_do_not_exist(self, tenant: Tenant) -> None:
        answer = await tenant.http.get("/fabrikam.example/v2.0/.well-known/openid-configuration")
        assert answer.status_code == 400
        assert answer.json()["error_codes"] == [90002]

    async def test_keys_rotate_and_old_ones_stay(self, tenant: Tenant) -> None:
        graph = await tenant.person("anne")
        await tenant.control("POST", "/keys/rotate")
        keys = (await tenant.http.get("/common/discovery/v2.0/keys")).json()["keys"]
        assert len(keys) == 2
        assert (await graph.get("/me")).status_code == 200
        numbers = {key["n"] for key in keys}
        assert len(numbers) == 2

    async def test_no_token_outlives_a_reset(self, tenant: Tenant) -> None:
        await tenant.control("POST", "/reset", {})
        graph, before = await tenant.person("anne"), await self._key_ids(tenant)
        assert (await graph.get("/me")).status_code == 200
        await tenant.control("POST", "/reset", {})
        assert before.isdisjoint(await self._key_ids(tenant))
        assert (await graph.get("/me")).status_code == 401

    async def _key_ids(self, tenant: Tenant) -> set[str]:
        keys = (await tenant.http.get("/common/discovery/v2.0/keys")).json()["keys"]
        return {key["kid"] for key in keys}


class TestCodeFlow:
    async def test_from_the_page_to_the_tokens(self, tenant: Tenant) -> None:
        browser = Browser(tenant)
        page = await browser.visit()
        assert 'label for="username">Username' in page.text
        answer = answer_of(await browser.sign_in("anne"))
        assert answer["state"] == "state-1"
        tokens = (await redeem(tenant, answer["code"], client_info="1")).json()
        assert tokens["scope"] == f"{ALL_SCOPES} openid profile"
        claims = await claims_of(tenant, tokens["id_token"], tenant.info["client_id"])
        assert claims["iss"] == f"https://m365sim.test/{tenant.id}/v2.0"
        assert claims["nonce"] == "nonce-1"
        assert (claims["oid"], claims["tid"]) == (tenant.people["anne"], tenant.id)
        assert claims["preferred_username"] == "anne@contoso.example"
        info = base64.urlsafe_b64decode(tokens["client_info"] + "==").decode()
        assert info == f'{{"uid":"{tenant.people["anne"]}","utid":"{tenant.id}"}}'
        me = (await tenant.with_token(tokens["access_token"]).get("/me")).json()
        assert me["displayName"] == "Anne Baker"

    @pytest.mark.parametrize("spelling", ["https://graph.microsoft.com/User.Read", "User.Read", "user.read"])
    async def test_scopes_come_back_as_they_were_spelled(self, tenant: Tenant, spelling: str) -> None:
        tokens = await tenant.token(
            grant_type="password", username="anne@contoso.example", password="Teams-demo-1", scope=spelling
        )
        assert tokens.json()["scope"] == spelling
        assert (await tenant.with_token(tokens.json()["access_token"]).get("/me")).status_code == 200

    async def test_form_post(self, tenant: Tenant) -> None:
        browser = Browser(tenant)
        await browser.visit(response_mode="form_post", state='"><b>')
        page = (await browser.sign_in("anne")).text
        assert f'<form method="post" action="{CALLBACK}">' in page
        assert 'name="state" value="&#34;&gt;&lt;b&gt;"' in page

    @pytest.mark.parametrize(
        ("changes", "error", "code"),
        [
            ({"code_verifier": "wrong"}, "invalid_grant", 501481),
            ({"code_verifier": ""}, "invalid_request", 900144),
            ({"redirect_uri": "https://app.example/other"}, "invalid_grant", 50011),
            ({"client_secret": "wrong"}, "invalid_client", 7000215),
            ({"client_id": "00000000-0000-0000-0000-000000000000"}, "unauthorized_client", 700016),
            ({"code": "made-up"}, "invalid_grant", 70000),
            ({"grant_type": "magic"}, "unsupported_grant_type", 70003),
            ({"scope": "https://vault.azure.net/.default"}, "invalid_resource", 500011),
            ({"scope": "Chat.Fly"}, "invalid_scope", 70011),
        ],
    )
    async def test_what_the_token_endpoint_refuses(
        self, tenant: Tenant, changes: dict[str, str], error: str, code: int
    ) -> None:
        browser = Browser(tenant)
        await browser.visit()
        answer = answer_of(await browser.sign_in("anne"))
        refused = await redeem(tenant, **{"code": answer["code"]} | changes)
        body = refused.json()
        assert refused.status_code == (401 if error == "invalid_client" else 400)
        assert (body["error"], body["error_codes"]) == (error, [code])
        assert body["error_description"].startswith(f"AADSTS{code}: ")
        assert "\r\nTrace ID: " in body["error_description"]

    async def test_a_code_works_once_and_for_ten_minutes(self, tenant: Tenant) -> None:
        browser = Browser(tenant)
        await browser.visit()
        answer = answer_of(await browser.sign_in("anne"))
        assert (await redeem(tenant, answer["code"])).status_code == 200
        assert (await redeem(tenant, answer["code"])).json()["error_codes"] == [54005]
        await browser.visit(prompt="login")
        late = answer_of(await browser.sign_in("anne"))
        await tenant.advance(minutes=11)
        assert (await redeem(tenant, late["code"])).json()["error_codes"] == [70008]


class TestRefresh:
    async def _refresh_token(self, tenant: Tenant) -> str:
        answer = await tenant.token(
            grant_type="password", username="anne@contoso.example", password="Teams-demo-1",
            scope=f"openid offline_access {ALL_SCOPES}",
        )  # fmt: skip
        return answer.json()["refresh_token"]

    async def test_tokens_roll_and_the_old_one_still_works(self, tenant: Tenant) -> None:
        first = await self._refresh_token(tenant)
        second = (await tenant.token(grant_type="refresh_token", refresh_token=first)).json()
        assert second["refresh_token"] != first
        assert second["scope"].startswith(ALL_SCOPES)
        assert (await tenant.token(grant_type="refresh_token", refresh_token=first)).status_code == 200

    async def test_ninety_days_without_use(self, tenant: Tenant) -> None:
        token = await self._refresh_token(tenant)
        await tenant.advance(days=91)
        refused = await tenant.token(grant_type="refresh_token", refresh_token=token)
        assert refused.json()["error_codes"] == [700082]

    @pytest.mark.parametrize(
        ("change", "path", "code"),
        [
            (None, "/users/anne@contoso.example/revoke-sessions", 50173),
            ({"enabled": False}, "/users/anne@contoso.example", 50057),
            ({"blocked_by_policy": True}, "/users/anne@contoso.example", 53003),
        ],
    )
    async def test_when_it_dies(self, tenant: Tenant, change: Any, path: str, code: int) -> None:
        token = await self._refresh_token(tenant)
        await tenant.control("POST" if change is None else "PATCH", path, change)
        refused = await tenant.token(grant_type="refresh_token", refresh_token=token)
        assert refused.json()["error_codes"] == [code]

    async def test_consent_withdrawn(self, tenant: Tenant) -> None:
        token = await self._refresh_token(tenant)
        await tenant.control("POST", f"/apps/{tenant.info['client_id']}/withdraw-consent")
        refused = await tenant.token(grant_type="refresh_token", refresh_token=token)
        assert (refused.json()["error"], refused.json()["suberror"]) == ("invalid_grant", "consent_required")


class TestBearer:
    async def test_an_hour_later_the_token_is_expired(self, tenant: Tenant) -> None:
        graph = await tenant.person("anne")
        await tenant.advance(seconds=3601)
        answer = await graph.get("/me", headers={"client-request-id": "c-1"})
        assert answer.status_code == 401
        error = answer.json()["error"]
        assert error["code"] == "InvalidAuthenticationToken"
        assert error["innerError"]["client-request-id"] == answer.headers["client-request-id"] == "c-1"
        assert answer.headers["request-id"] == error["innerError"]["request-id"]
        assert answer.headers["date"] == "Mon, 02 Mar 2026 10:00:01 GMT"

    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer x.y.z", "Basic abc"])
    async def test_no_token_no_answer(self, tenant: Tenant, header: str) -> None:
        answer = await tenant.http.get("/v1.0/me", headers={"Authorization": header})
        assert answer.status_code == 401
        assert "WWW-Authenticate" in answer.headers

    async def test_an_id_token_is_not_for_graph(self, tenant: Tenant) -> None:
        answer = await tenant.token(
            grant_type="password", username="anne@contoso.example", password="Teams-demo-1", scope="openid"
        )
        refused = await tenant.with_token(answer.json()["id_token"]).get("/me")
        assert refused.json()["error"]["message"].endswith("Invalid audience.")

    async def test_a_scope_that_was_not_asked(self, tenant: Tenant) -> None:
        graph = await tenant.person("anne", "User.Read")
        answer = await graph.get("/chats")
        assert answer.status_code == 403
        assert answer.json()["error"]["message"] == (
            "Missing scope permissions on the request. API requires one of 'Chat.ReadBasic, Chat.Read,"
            " Chat.ReadWrite'. Scopes on the request 'User.Read, openid'"
        )

    async def test_revoked_sessions_are_challenged(self, tenant: Tenant) -> None:
        graph = await tenant.person("anne")
        await tenant.control("POST", "/users/anne@contoso.example/revoke-sessions")
        answer = await graph.get("/me")
        assert answer.status_code == 401
        assert 'error="insufficient_claims"' in answer.headers["www-authenticate"]
        fresh = await tenant.person("anne")
        assert (await fresh.get("/me")).status_code == 200

    async def test_userinfo(self, tenant: Tenant) -> None:
        graph = await tenant.person("anne")
        answer = await graph.get("http://m365sim.test/oidc/userinfo")
        assert answer.json()["name"] == "Anne Baker"
        assert (await tenant.http.get("/oidc/userinfo")).status_code == 401
