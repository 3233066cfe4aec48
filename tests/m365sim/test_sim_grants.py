"""Stories of the other grants: devices, on behalf of somebody; and of refusals (facts.md 1.2)."""

from typing import Any

import httpx
import pytest
from sim_browser import CALLBACK, Browser, answer_of, claims_of, redeem
from sim_tenant import ALL_SCOPES, Tenant

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
ON_BEHALF_OF = "urn:ietf:params:oauth:grant-type:jwt-bearer"


async def refresh_token(tenant: Tenant) -> str:
    answer = await tenant.token(
        grant_type="password", username="anne@contoso.example", password="Teams-demo-1",
        scope=f"openid offline_access {ALL_SCOPES}",
    )  # fmt: skip
    return answer.json()["refresh_token"]


class TestDeviceCode:
    async def _begin(self, tenant: Tenant, **changes: str) -> dict[str, Any]:
        form = {"client_id": tenant.info["client_id"], "scope": f"openid offline_access {ALL_SCOPES}"} | changes
        answer = await tenant.http.post(f"/{tenant.id}/oauth2/v2.0/devicecode", data=form)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def _type(self, tenant: Tenant, user_code: str) -> Browser:
        browser = Browser(tenant)
        browser.page = await browser.http.get("/devicelogin")
        sent_on = await browser.submit(otc=user_code)
        browser.page = await browser.http.get(sent_on.headers["location"])
        return browser

    async def _poll(self, tenant: Tenant, begun: dict[str, Any], spelling: str = DEVICE) -> httpx.Response:
        return await tenant.token(grant_type=spelling, device_code=begun["device_code"])

    # MSAL for Node spells it the old way.
    @pytest.mark.parametrize("spelling", [DEVICE, "device_code"])
    async def test_a_person_signs_in_elsewhere(self, tenant: Tenant, spelling: str) -> None:
        begun = await self._begin(tenant)
        assert (begun["expires_in"], begun["interval"]) == (900, 5)
        assert begun["user_code"] in begun["message"]
        pending = (await self._poll(tenant, begun, spelling)).json()
        assert (pending["error"], pending["error_codes"]) == ("authorization_pending", [70016])
        browser = await self._type(tenant, begun["user_code"].lower())
        back = await browser.sign_in("anne")
        page = await browser.http.get(back.headers["location"])
        assert "You have signed in to the Test app application on your device." in page.text
        tokens = (await self._poll(tenant, begun, spelling)).json()
        me = (await tenant.with_token(tokens["access_token"]).get("/me")).json()
        assert me["displayName"] == "Anne Baker"
        assert tokens["refresh_token"]
        again = (await self._poll(tenant, begun)).json()
        assert again["error"] == "bad_verification_code"

    async def test_the_person_declines(self, tenant: Tenant) -> None:
        begun = await self._begin(tenant)
        browser = await self._type(tenant, begun["user_code"])
        back = await browser.follow("Cancel")
        await browser.http.get(back.headers["location"])
        assert (await self._poll(tenant, begun)).json()["error"] == "authorization_declined"

    async def test_after_a_quarter_of_an_hour_it_is_too_late(self, tenant: Tenant) -> None:
        begun = await self._begin(tenant)
        await tenant.advance(minutes=16)
        assert (await self._poll(tenant, begun)).json()["error"] == "expired_token"
        browser = Browser(tenant)
        browser.page = await browser.http.get("/devicelogin")
        assert "That code didn&#39;t work" in (await browser.submit(otc=begun["user_code"])).text

    async def test_nonsense(self, tenant: Tenant) -> None:
        answer = await tenant.http.post(f"/{tenant.id}/oauth2/v2.0/devicecode", data={"client_id": "x"})
        assert answer.json()["error_codes"] == [900144]


class TestOnBehalfOf:
    """A script in the browser calls a back end, which calls Graph for the same person."""

    async def _api(self, tenant: Tenant) -> str:
        client_id = "22222222-3333-4444-5555-666666666666"
        fields = {
            "name": "Back end", "client_secret": "s", "exposed_scopes": ["access_as_user"],
            "admin_scopes": ["User.Read", "Chat.ReadWrite"],
        }  # fmt: skip
        await tenant.control("PUT", f"/apps/{client_id}", fields)
        scope = f"api://{client_id}/access_as_user"
        known = (await tenant.control("GET", "/apps"))["value"][0]["admin_scopes"]
        await tenant.control("PUT", f"/apps/{tenant.info['client_id']}", {"admin_scopes": [*known, scope]})
        return client_id

    async def _called_with(self, tenant: Tenant, scope: str) -> str:
        answer = await tenant.token(
            grant_type="password", username="anne@contoso.example", password="Teams-demo-1", scope=scope
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    async def _exchange(self, tenant: Tenant, api: str, token: str, **changes: str) -> httpx.Response:
        form = {
            "client_id": api, "client_secret": "s", "grant_type": ON_BEHALF_OF, "assertion": token,
            "scope": "https://graph.microsoft.com/User.Read offline_access", "requested_token_use": "on_behalf_of",
        }  # fmt: skip
        return await tenant.token(**form | changes)

    @pytest.mark.parametrize("spelling", ["api://{}/access_as_user", "{}/access_as_user", "{}/.default"])
    async def test_one_token_is_exchanged_for_another(self, tenant: Tenant, spelling: str) -> None:
        api = await self._api(tenant)
        assertion = await self._called_with(tenant, f"openid {spelling.format(api)}")
        claims = await claims_of(tenant, assertion, api)
        assert (claims["scp"], claims["azp"]) == ("access_as_user", tenant.info["client_id"])
        refused = await tenant.with_token(assertion).get("/me")
        assert refused.json()["error"]["message"].endswith("Invalid audience.")
        tokens = (await self._exchange(tenant, api, assertion)).json()
        me = (await tenant.with_token(tokens["access_token"]).get("/me")).json()
        assert (me["id"], tokens["scope"]) == (tenant.people["anne"], "https://graph.microsoft.com/User.Read")

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"requested_token_use": ""}, 900144),
            ({"assertion": "made-up"}, 50013),
            ({"scope": "Presence.Read.All"}, 65001),
            ({"client_secret": "wrong"}, 7000215),
        ],
    )
    async def test_what_is_refused(self, tenant: Tenant, changes: dict[str, str], code: int) -> None:
        api = await self._api(tenant)
        assertion = await self._called_with(tenant, f"api://{api}/access_as_user")
        assert (await self._exchange(tenant, api, assertion, **changes)).json()["error_codes"] == [code]

    async def test_a_token_for_somebody_else_or_of_yesterday(self, tenant: Tenant) -> None:
        api = await self._api(tenant)
        for_graph = await self._called_with(tenant, "User.Read")
        assert (await self._exchange(tenant, api, for_graph)).json()["error_codes"] == [500131]
        assertion = await self._called_with(tenant, f"api://{api}/access_as_user")
        await tenant.advance(hours=2)
        assert (await self._exchange(tenant, api, assertion)).json()["error_codes"] == [500133]
        await tenant.control("POST", "/users/anne@contoso.example/revoke-sessions")

    async def test_one_token_is_for_one_resource(self, tenant: Tenant) -> None:
        api = await self._api(tenant)
        both = f"User.Read api://{api}/access_as_user"
        refused = await tenant.token(
            grant_type="password", username="anne@contoso.example", password="Teams-demo-1", scope=both
        )
        assert refused.json()["error_codes"] == [28000]


class TestRefusals:
    async def _refuse(self, tenant: Tenant, code: int) -> None:
        await tenant.control("PATCH", "/users/anne@contoso.example", {"sign_in_refusal": code})

    @pytest.mark.parametrize(
        ("code", "error", "suberror"),
        [
            (50074, "interaction_required", "basic_action"),
            (50076, "interaction_required", "basic_action"),
            (50078, "interaction_required", "basic_action"),
            (50079, "interaction_required", "basic_action"),
            (53000, "interaction_required", "message_only"),
            (53001, "interaction_required", "message_only"),
            (53003, "access_denied", None),
            (70043, "invalid_grant", "bad_token"),
            (50089, "invalid_grant", "bad_token"),
        ],
    )
    async def test_a_refresh_is_refused(self, tenant: Tenant, code: int, error: str, suberror: str | None) -> None:
        token = await refresh_token(tenant)
        await self._refuse(tenant, code)
        body = (await tenant.token(grant_type="refresh_token", refresh_token=token)).json()
        assert (body["error"], body.get("suberror"), body["error_codes"]) == (error, suberror, [code])
        assert ("claims" in body) == (code in (50074, 50076, 50078, 50079))

    async def test_the_second_factor_mends_it(self, tenant: Tenant) -> None:
        token = await refresh_token(tenant)
        await self._refuse(tenant, 50076)
        browser = Browser(tenant)
        await browser.visit()
        assert "Enter code" in (await browser.sign_in("anne")).text
        assert answer_of(await browser.submit(otc="123456"))["code"]
        assert (await tenant.token(grant_type="refresh_token", refresh_token=token)).status_code == 200

    async def test_a_session_does_not_get_around_it(self, tenant: Tenant) -> None:
        browser = Browser(tenant)
        await browser.visit()
        assert answer_of(await browser.sign_in("anne"))["code"]
        await self._refuse(tenant, 70043)
        silent = answer_of(await browser.visit(prompt="none"))
        assert silent["error"] == "invalid_grant"
        assert 'value="anne@contoso.example"' in (await browser.visit()).text
        assert answer_of(await browser.sign_in("anne"))["code"]
        assert answer_of(await browser.visit(prompt="none"))["code"]

    async def test_no_sign_in_mends_the_wrong_device(self, tenant: Tenant) -> None:
        await self._refuse(tenant, 53000)
        browser = Browser(tenant)
        await browser.visit()
        assert "AADSTS53000" in (await browser.sign_in("anne")).text
        told = answer_of(await browser.follow("Return to the application"))
        assert told["error_description"].startswith("AADSTS53000")

    async def test_only_known_refusals(self, tenant: Tenant) -> None:
        answer = await tenant.http.patch("/_sim/users/anne@contoso.example", json={"sign_in_refusal": 1})
        assert answer.status_code == 400

    async def test_an_administrators_reset_ends_sessions(self, tenant: Tenant) -> None:
        token = await refresh_token(tenant)
        await tenant.control("PATCH", "/users/anne@contoso.example", {"password": "Another-1"})
        refused = await tenant.token(grant_type="refresh_token", refresh_token=token)
        assert refused.json()["error_codes"] == [50173]

    async def test_people_of_other_tenants(self, tenant: Tenant) -> None:
        other = {
            "upn": "kim@fabrikam.example",
            "display_name": "Kim",
            "home_tenant": "11111111-1111-1111-1111-111111111111",
        }
        await tenant.control("POST", "/users", other)
        refused = await tenant.token(
            grant_type="password", username="kim@fabrikam.example", password="Teams-demo-1", scope="User.Read"
        )
        assert refused.json()["error_codes"] == [50020]


async def test_the_session_is_named_in_the_token(tenant: Tenant) -> None:
    browser = Browser(tenant)
    await browser.visit()
    first = answer_of(await browser.sign_in("anne"))
    second = answer_of(await browser.visit(prompt="none"))
    names = set()
    for answer in (first, second):
        tokens = (await redeem(tenant, answer["code"], redirect_uri=CALLBACK)).json()
        names.add((await claims_of(tenant, tokens["id_token"], tenant.info["client_id"]))["sid"])
    assert names == {first["session_state"]} == {second["session_state"]}
