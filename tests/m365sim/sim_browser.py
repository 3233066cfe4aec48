"""A person's browser at the sign-in pages, and what an app does with what comes back."""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
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
