"""Stories of signing in (facts.md 1)."""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest
from sim_tenant import ALL_SCOPES, Tenant

VERIFIER = "a-long-and-random-code-verifier-0123456789-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
CALLBACK = "https://app.example/callback"


@dataclass
class Browser:
    """A person's browser at the sign-in pages: keeps cookies, presses what is on the page."""

    tenant: Tenant
    segment: str = ""
    page: httpx.Response | None = None
    http: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        transport = httpx.ASGITransport(self.tenant.sim)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://m365sim.test")

    async def visit(self, **changes: str | None) -> httpx.Response:
        query = {
            "client_id": self.tenant.info["client_id"],
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": f"openid profile offline_access {ALL_SCOPES}",
            "state": "state-1",
            "nonce": "nonce-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | changes
        text = urlencode({name: value for name, value in query.items() if value is not None})
        self.page = await self.http.get(f"/{self.segment or self.tenant.id}/oauth2/v2.0/authorize?{text}")
        return self.page

    async def submit(self, **fields: str) -> httpx.Response:
        assert self.page is not None
        action = re.findall(r'<form method="post" action="([^"]+)"', self.page.text)[-1].replace("&amp;", "&")
        step = re.findall(r'name="step" value="([^"]+)"', self.page.text)[-1]
        self.page = await self.http.post(action, data={"step": step} | fields)
        return self.page

    async def sign_in(self, alias: str, password: str = "Teams-demo-1") -> httpx.Response:
        return await self.submit(username=f"{alias}@contoso.example", password=password)

    async def follow(self, text: str) -> httpx.Response:
        assert self.page is not None
        address = re.search(rf'<a[^>]* href="([^"]+)">{text}', self.page.text)
        assert address, self.page.text
        self.page = await self.http.get(address[1].replace("&amp;", "&"))
        return self.page


def answer_of(response: httpx.Response) -> dict[str, str]:
    """What the app gets at its redirect URI."""
    assert response.status_code == 302, response.text
    location = response.headers["location"]
    assert location.startswith(CALLBACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


async def redeem(tenant: Tenant, code: str, **changes: str) -> httpx.Response:
    return await tenant.token(
        **{"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        | changes
    )


async def claims_of(tenant: Tenant, token: str, audience: str) -> dict[str, Any]:
    keys = jwt.PyJWKSet.from_dict((await tenant.http.get(f"/{tenant.id}/discovery/v2.0/keys")).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    checks = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
    return jwt.decode(token, key, ["RS256"], checks, audience=audience)


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

    async def test_scripts_of_other_origins_may_call(self, tenant: Tenant) -> None:
        asked = await tenant.http.options("/v1.0/me", headers={"Origin": "https://spa.example"})
        assert "authorization" in asked.headers["access-control-allow-headers"]
        assert (await (await tenant.person("anne")).get("/me")).headers["access-control-allow-origin"] == "*"
