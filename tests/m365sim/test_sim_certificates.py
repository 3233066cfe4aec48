"""An app that proves itself with a certificate, at every grant, and with all that can be wrong with it."""

import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from sim_browser import Browser, answer_of, redeem
from sim_tenant import Tenant

from support.credentials import Credential, make_credential, rsa_key

GRAPH = "https://graph.microsoft.com/.default"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Change = Callable[[dict[str, Any], dict[str, Any]], None]


@pytest.fixture
def ours(tenant: Tenant) -> Credential:
    """A certificate that is good at the tenant's time."""
    return make_credential(now=datetime.fromtimestamp(tenant.sim.clock.now(), UTC))


@pytest.fixture
async def registered(tenant: Tenant, ours: Credential) -> Credential:
    """The same, uploaded; the app has no secret."""
    await upload(tenant, ours)
    return ours


async def upload(tenant: Tenant, *credentials: Credential) -> None:
    fields = {"certificates": [each.pem for each in credentials], "client_secret": ""}
    await tenant.control("PUT", f"/apps/{tenant.info['client_id']}", fields)


def assertion(tenant: Tenant, credential: Credential, change: Change | None = None, algorithm: str = "PS256") -> str:
    """As learn.microsoft.com/entra/identity-platform/certificate-credentials describes it, and then changed."""
    now, client_id = tenant.sim.clock.now(), tenant.info["client_id"]
    thumbprint = urlsafe_b64encode(credential.certificate.fingerprint(SHA256())).rstrip(b"=").decode()
    headers: dict[str, Any] = {"x5t#S256": thumbprint}
    claims: dict[str, Any] = {
        "aud": f"https://m365sim.test/{tenant.id}/oauth2/v2.0/token",
        "iss": client_id,
        "sub": client_id,
        "jti": str(uuid.uuid4()),
        "nbf": int(now),
        "exp": int(now) + 600,
    }
    if change:
        change(headers, claims)
    return jwt.encode(claims, credential.key, algorithm, headers=headers)


def proof(signed: str) -> dict[str, str]:
    return {"client_secret": "", "client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}


async def ask(tenant: Tenant, signed: str) -> Any:
    return (await tenant.token(grant_type="client_credentials", scope=GRAPH, **proof(signed))).json()


class TestEveryGrant:
    """Wherever a secret would do."""

    async def test_the_app_itself_and_the_same_assertion_again(self, tenant: Tenant, registered: Credential) -> None:
        signed = assertion(tenant, registered)
        for _ in range(2):
            assert (await ask(tenant, signed))["token_type"] == "Bearer"

    async def test_a_code_and_then_a_refresh(self, tenant: Tenant, registered: Credential) -> None:
        browser = Browser(tenant)
        await browser.visit()
        code = answer_of(await browser.sign_in("anne"))["code"]
        tokens = (await redeem(tenant, code, **proof(assertion(tenant, registered)))).json()
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        fresh = (await tenant.token(**form, **proof(assertion(tenant, registered)))).json()
        assert (await tenant.with_token(fresh["access_token"]).get("/me")).json()["displayName"] == "Anne Baker"

    async def test_a_password_and_on_behalf_of(self, tenant: Tenant, registered: Credential) -> None:
        scope = f"api://{tenant.info['client_id']}/use"
        app = {"exposed_scopes": ["use"], "admin_scopes": [scope, "User.Read"]}
        await tenant.control("PUT", f"/apps/{tenant.info['client_id']}", app)
        form = {"grant_type": "password", "username": "anne@contoso.example", "password": "Teams-demo-1"}
        called_with = (await tenant.token(**form, scope=scope, **proof(assertion(tenant, registered)))).json()
        exchange = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "requested_token_use": "on_behalf_of",
            "assertion": called_with["access_token"], "scope": "User.Read",
        }  # fmt: skip
        answer = await tenant.token(**exchange, **proof(assertion(tenant, registered)))
        assert answer.status_code == 200, answer.text

    async def test_without_a_proof_there_is_nothing(self, tenant: Tenant, registered: Credential) -> None:
        refused = (await tenant.token(grant_type="client_credentials", scope=GRAPH, client_secret="")).json()
        assert refused["error_codes"] == [7000218]


def set_header(name: str, value: object) -> Change:
    return lambda headers, _claims: headers.__setitem__(name, value)


def set_claim(name: str, value: object) -> Change:
    return lambda _headers, claims: claims.__setitem__(name, value)


def later(name: str, seconds: int) -> Change:
    return lambda _headers, claims: claims.__setitem__(name, claims[name] + seconds)


class TestRefused:
    """Each with Microsoft's number."""

    @pytest.mark.parametrize(
        ("change", "error", "number"),
        [
            (set_claim("aud", "https://elsewhere.example/oauth2/v2.0/token"), "invalid_client", 700023),
            (set_claim("iss", "somebody"), "invalid_client", 50048),
            (lambda _headers, claims: claims.update(iss="else", sub="else"), "invalid_client", 700021),
            (later("exp", -1000), "invalid_client", 700024),
            (set_claim("exp", "soon"), "invalid_client", 700024),
            (later("nbf", 400), "invalid_client", 700024),
            (lambda headers, _claims: headers.pop("x5t#S256"), "invalid_request", 50027),
            (set_header("x5t#S256", "AAAA"), "invalid_client", 700027),
        ],
    )
    async def test_what_it_says(
        self, tenant: Tenant, registered: Credential, change: Change, error: str, number: int
    ) -> None:
        refused = await ask(tenant, assertion(tenant, registered, change))
        assert (refused["error"], refused["error_codes"]) == (error, [number])

    async def test_clocks_may_differ_by_five_minutes(self, tenant: Tenant, registered: Credential) -> None:
        for change in (later("nbf", 290), later("exp", -890)):
            assert "access_token" in await ask(tenant, assertion(tenant, registered, change))

    async def test_what_is_no_assertion(self, tenant: Tenant, registered: Credential) -> None:
        unsigned = jwt.encode({"iss": "x"}, None, "none", headers={"x5t": "AAAA"})
        assert (await ask(tenant, "made-up"))["error_codes"] == [50027]
        assert (await ask(tenant, unsigned))["error_codes"] == [700027]
        form = proof(assertion(tenant, registered)) | {"client_assertion_type": "jwt"}
        answer = await tenant.token(grant_type="client_credentials", scope=GRAPH, **form)
        assert answer.json()["error_codes"] == [900144]

    async def test_a_certificate_that_was_not_uploaded(self, tenant: Tenant, registered: Credential) -> None:
        stranger = make_credential(rsa_key("stranger"))
        assert (
            "is not registered on application" in (await ask(tenant, assertion(tenant, stranger)))["error_description"]
        )
        forged = Credential(registered.certificate, stranger.key)
        refused = await ask(tenant, assertion(tenant, forged))
        assert "did not match the expected signature value" in refused["error_description"]

    async def test_one_that_has_ended_and_the_next_beside_it(self, tenant: Tenant, ours: Credential) -> None:
        now = datetime.fromtimestamp(tenant.sim.clock.now(), UTC)
        old = make_credential(rsa_key("old"), now, days=1)
        await upload(tenant, old, ours)
        assert "access_token" in await ask(tenant, assertion(tenant, old))
        await tenant.advance(days=2)
        assert "The key used is expired." in (await ask(tenant, assertion(tenant, old)))["error_description"]
        assert "access_token" in await ask(tenant, assertion(tenant, ours))

    @pytest.mark.filterwarnings("ignore:The RSA key is 1024 bits long")
    async def test_a_key_that_is_too_short(self, tenant: Tenant) -> None:
        short = make_credential(rsa_key("short", 1024), datetime.fromtimestamp(tenant.sim.clock.now(), UTC))
        await upload(tenant, short)
        assert "less than the minimum" in (await ask(tenant, assertion(tenant, short)))["error_description"]

    async def test_what_is_uploaded_is_a_certificate(self, tenant: Tenant, ours: Credential) -> None:
        path = f"/_sim/apps/{tenant.info['client_id']}"
        assert (await tenant.http.put(path, json={"certificates": ["-----BEGIN"]})).status_code == 400
        both = {"certificates": [ours.key_pem() + ours.pem]}
        assert (await tenant.http.put(path, json=both)).json()["certificates"] == [ours.pem]
