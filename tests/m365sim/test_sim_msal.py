"""Microsoft's own library for Python, unmodified, with the grants that need no browser of their own."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import msal
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from sim_tenant import Tenant

from support.credentials import make_credential

API = "22222222-3333-4444-5555-666666666666"
GRAPH = ["User.Read"]


class Wire:
    """What MSAL sends, to the tenant in this process; MSAL is synchronous and runs in a thread."""

    def __init__(self, tenant: Tenant, loop: asyncio.AbstractEventLoop) -> None:
        self._tenant = tenant
        self._loop = loop

    def get(self, url: str, params: Any = None, headers: Any = None, **_more: Any) -> Any:
        return self._send("GET", url, params=params, headers=headers)

    def post(self, url: str, params: Any = None, data: Any = None, headers: Any = None, **_more: Any) -> Any:
        return self._send("POST", url, params=params, data=data, headers=headers)

    def close(self) -> None:
        """Nothing is open."""

    def _send(self, method: str, url: str, **parts: Any) -> Any:
        kept = {name: part for name, part in parts.items() if part is not None}
        # `requests` takes bytes in a form for text, and MSAL gives it assertions so.
        form = kept.get("data") or {}
        kept["data"] = {name: each.decode() if isinstance(each, bytes) else each for name, each in form.items()}
        return asyncio.run_coroutine_threadsafe(self._tenant.http.request(method, url, **kept), self._loop).result(10)


@pytest.fixture
async def wire(tenant: Tenant) -> Wire:
    return Wire(tenant, asyncio.get_running_loop())


def options(tenant: Tenant, wire: Wire) -> dict[str, Any]:
    return {
        "authority": f"https://m365sim.test/{tenant.id}",
        "instance_discovery": False,
        "http_client": wire,
    }


async def test_a_device(tenant: Tenant, wire: Wire) -> None:
    await tenant.control("PUT", f"/apps/{tenant.info['client_id']}", {"public_client": True})

    def begin() -> tuple[msal.PublicClientApplication, dict[str, Any]]:
        app = msal.PublicClientApplication(tenant.info["client_id"], **options(tenant, wire))
        return app, app.initiate_device_flow(GRAPH)

    app, flow = await asyncio.to_thread(begin)
    record = tenant.sim.world.device_codes[flow["device_code"]]
    assert flow["user_code"] == record.user_code
    record.user_id, record.auth_time = tenant.people["anne"], tenant.sim.clock.now()
    result = await asyncio.to_thread(app.acquire_token_by_device_flow, flow)
    assert result["id_token_claims"]["preferred_username"] == "anne@contoso.example"
    (account,) = app.get_accounts()
    silent = await asyncio.to_thread(app.acquire_token_silent, GRAPH, account)
    assert silent["access_token"] == result["access_token"]


async def test_a_back_end_on_behalf_of_somebody(tenant: Tenant, wire: Wire) -> None:
    fields = {"name": "Back end", "client_secret": "s", "exposed_scopes": ["use"], "admin_scopes": GRAPH}
    await tenant.control("PUT", f"/apps/{API}", fields)
    await tenant.control("PUT", f"/apps/{tenant.info['client_id']}", {"admin_scopes": [f"api://{API}/use"]})
    called_with = await tenant.token(
        grant_type="password", username="anne@contoso.example", password="Teams-demo-1", scope=f"api://{API}/use"
    )

    def exchange() -> dict[str, Any]:
        app = msal.ConfidentialClientApplication(API, client_credential="s", **options(tenant, wire))
        return app.acquire_token_on_behalf_of(called_with.json()["access_token"], GRAPH)

    result = await asyncio.to_thread(exchange)
    me = (await tenant.with_token(result["access_token"]).get("/me")).json()
    assert me["displayName"] == "Anne Baker"


@pytest.mark.parametrize("form", ["as documented", "by thumbprint", "with a passphrase"])
async def test_microsofts_own_library(tenant: Tenant, wire: Wire, form: str) -> None:
    """MSAL, unmodified, in each form in which it takes a certificate in PEM."""
    ours = make_credential(now=datetime.fromtimestamp(tenant.sim.clock.now(), UTC))
    app = {"certificates": [ours.pem], "client_secret": ""}
    await tenant.control("PUT", f"/apps/{tenant.info['client_id']}", app)
    sha1 = ours.certificate.fingerprint(SHA1()).hex()
    credentials = {
        "as documented": {"private_key": ours.key_pem(), "public_certificate": ours.pem},
        "by thumbprint": {"private_key": ours.key_pem(), "thumbprint": sha1},
        "with a passphrase": {
            "private_key": ours.key_pem("open"), "passphrase": "open", "public_certificate": ours.pem,
        },
    }  # fmt: skip

    def sign_in() -> list[dict[str, Any]]:
        app = msal.ConfidentialClientApplication(
            tenant.info["client_id"], client_credential=credentials[form], **options(tenant, wire)
        )
        first = app.acquire_token_for_client(["https://graph.microsoft.com/.default"])
        app.remove_tokens_for_client()
        return [first, app.acquire_token_for_client(["https://graph.microsoft.com/.default"])]

    for answer in await asyncio.to_thread(sign_in):
        assert answer.get("token_source") == "identity_provider", answer
