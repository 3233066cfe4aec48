"""Stories of the addresses that libraries and scripts begin with (facts.md 1.1, 1.5 and 7.5)."""

import socket
import ssl
from collections.abc import Iterator

import httpx
import pytest
from sim_browser import VERIFIER, Browser, answer_of, claims_of
from sim_process import Process
from sim_tenant import Tenant

GRAPH = "https://graph.microsoft.com"


@pytest.fixture(scope="module")
def posing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    started = Process(tmp_path_factory.mktemp("posing"), "--as-microsoft")
    # Microsoft's addresses have no port, so this one is not to be read from them.
    with socket.create_server(("127.0.0.1", 0)) as free:
        started.ports = ("0", str(free.getsockname()[1]))
    started.start()
    yield started
    started.close()


class TestPersonalAccounts:
    @pytest.mark.parametrize("segment", ["consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"])
    async def test_they_live_elsewhere(self, tenant: Tenant, segment: str) -> None:
        found = (await tenant.http.get(f"/{segment}/v2.0/.well-known/openid-configuration")).json()
        assert found["issuer"].endswith("/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0")
        form = {"client_id": tenant.info["client_id"], "client_secret": tenant.info["client_secret"]}
        refused = await tenant.http.post(f"/{segment}/oauth2/v2.0/token", data=form)
        assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")
        page = await Browser(tenant, segment).visit()
        assert (page.status_code, "not enabled for consumers" in page.text) == (400, True)


class TestBeforeAPassword:
    @pytest.mark.parametrize(
        ("name", "kind"), [("anne@contoso.example", "Managed"), ("anne@elsewhere.example", "Unknown")]
    )
    async def test_whose_account_it_is(self, tenant: Tenant, name: str, kind: str) -> None:
        for spelling in ("userrealm", "UserRealm"):
            found = await tenant.http.get(f"/common/{spelling}/{name}?api-version=1.0")
            assert found.json()["account_type"] == kind


class TestFirstVersion:
    async def test_its_document(self, tenant: Tenant) -> None:
        found = (await tenant.http.get(f"/{tenant.id}/.well-known/openid-configuration")).json()
        assert found["issuer"] == f"https://sts.windows.net/{tenant.id}/"
        assert found["token_endpoint"].endswith(f"/{tenant.id}/oauth2/token")
        assert (await tenant.http.get(found["jwks_uri"])).json()["keys"]

    async def test_an_app_asks_for_a_resource(self, tenant: Tenant) -> None:
        form = {
            "client_id": tenant.info["client_id"], "client_secret": tenant.info["client_secret"],
            "grant_type": "client_credentials", "resource": GRAPH,
        }  # fmt: skip
        answer = (await tenant.http.post(f"/{tenant.id}/oauth2/token", data=form)).json()
        assert (answer["resource"], answer["expires_in"]) == (GRAPH, "3599")
        assert int(answer["expires_on"]) - int(answer["not_before"]) == 3599
        assert (await tenant.with_token(answer["access_token"]).get("/users")).status_code == 200

    async def test_a_person_signs_in_for_a_resource(self, tenant: Tenant) -> None:
        browser = Browser(tenant)
        await browser.visit(scope=None, resource=GRAPH)
        code = answer_of(await browser.sign_in("anne"))["code"]
        form = {
            "client_id": tenant.info["client_id"], "client_secret": tenant.info["client_secret"],
            "grant_type": "authorization_code", "code": code, "redirect_uri": "https://app.example/callback",
            "code_verifier": VERIFIER, "resource": GRAPH,
        }  # fmt: skip
        answer = (await tenant.http.post(f"/{tenant.id}/oauth2/token", data=form)).json()
        assert (await tenant.with_token(answer["access_token"]).get("/me")).status_code == 200
        claims = await claims_of(tenant, answer["id_token"], tenant.info["client_id"])
        assert (claims["ver"], claims["upn"]) == ("1.0", "anne@contoso.example")
        assert claims["iss"] == f"https://sts.windows.net/{tenant.id}/"
        form = {name: form[name] for name in ("client_id", "client_secret", "resource")}
        form |= {"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}
        again = (await tenant.http.post(f"/{tenant.id}/oauth2/token", data=form)).json()
        assert (again["resource"], "access_token" in again) == (GRAPH, True)

    async def test_a_device_asks_for_a_resource(self, tenant: Tenant) -> None:
        asked = {"client_id": tenant.info["client_id"], "resource": GRAPH}
        begun = (await tenant.http.get(f"/{tenant.id}/oauth2/devicecode", params=asked)).json()
        assert (begun["interval"], begun["verification_url"]) == ("5", "http://m365sim.test/devicelogin")
        form = asked | {"grant_type": "device_code", "code": begun["device_code"]}
        form |= {"client_secret": tenant.info["client_secret"]}
        pending = await tenant.http.post(f"/{tenant.id}/oauth2/token", data=form)
        assert pending.json()["error"] == "authorization_pending"


class TestAsMicrosoft:
    """For clients with Microsoft's addresses built in; the hosts file is replaced by naming the host to TLS."""

    def ask(self, posing: Process, host: str, path: str) -> httpx.Response:
        trust = ssl.create_default_context(cafile=posing.info["ca_file"])
        with httpx.Client(verify=trust, trust_env=False) as client:
            address = f"https://localhost:{posing.ports[1]}{path}"
            return client.get(address, headers={"Host": host}, extensions={"sni_hostname": host})

    def test_every_address_is_microsofts(self, posing: Process) -> None:
        path = "/common/v2.0/.well-known/openid-configuration"
        found = self.ask(posing, "login.microsoftonline.com", path).json()
        assert found["issuer"] == "https://login.microsoftonline.com/{tenantid}/v2.0"
        assert found["userinfo_endpoint"] == "https://graph.microsoft.com/oidc/userinfo"
        others = [found[name] for name in found if name.endswith("_endpoint") and name != "userinfo_endpoint"]
        assert all(address.startswith("https://login.microsoftonline.com/") for address in others)
        assert posing.info["graph_https_url"] == f"{GRAPH}/v1.0"

    def test_graph_has_a_certificate_too(self, posing: Process) -> None:
        assert self.ask(posing, "graph.microsoft.com", "/v1.0/me").status_code == 401

    def test_who_asks_whether_the_cloud_exists_is_answered(self, posing: Process) -> None:
        found = self.ask(posing, "login.microsoftonline.com", "/common/discovery/instance?api-version=1.1").json()
        assert found["metadata"][0]["aliases"] == ["login.microsoftonline.com"]
