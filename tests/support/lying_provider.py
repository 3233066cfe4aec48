"""An OpenID provider that says whatever a test wants, and what it is asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import strategies as some
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from deskbridge.admin.openid import Claims, Discovery, OpenId

ISSUER = "https://login.example"
WAYS = ("client_secret_post", "client_secret_basic")
WHERE = Discovery(
    ISSUER, f"{ISSUER}/authorize", f"{ISSUER}/token", f"{ISSUER}/keys", f"{ISSUER}/userinfo", secret_goes=WAYS
)
CLIENT, NONCE, SECRET = "deskbridge", "n-0S6_WzA2Mj", "s3cret-of-deskbridge-that-only-the-provider-knows"
KEY, ANOTHER_KEY = (rsa.generate_private_key(65537, 2048) for _ in range(2))
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HONEST = {
    "iss": ISSUER,
    "aud": CLIENT,
    "sub": "248289761001",
    "nonce": NONCE,
    "email": "anne@contoso.example",
    "iat": int(NOW.timestamp()) - 5,
    "exp": int(NOW.timestamp()) + 3600,
}
KEYS = {"keys": [{**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key())), "kid": "1", "alg": "RS256"}]}


@dataclass
class Answer:
    """What a provider says to everything that it is asked."""

    content: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    sent: dict[str, str] = field(default_factory=dict)
    """The headers of what it was asked last."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Over HTTP, without a network between."""
        self.asked.append(scope["path"])
        self.sent = {name.decode(): each.decode() for name, each in scope["headers"]}
        await Response(self.content, self.status, self.headers)(scope, receive, send)

    def provider(self) -> OpenId:
        """The provider that says it."""
        return OpenId(httpx.AsyncClient(transport=httpx.ASGITransport(self)))


def says(found: Any) -> OpenId:
    """One that says the same to everything."""
    return Answer(json.dumps(found).encode()).provider()


def token(key: Any = KEY, algorithm: str | None = "RS256", kid: str = "1", **other: Any) -> str:
    """An id_token; honest, but for what is said otherwise."""
    claims = {name: value for name, value in (HONEST | other).items() if value is not None}
    return jwt.encode(claims, key, algorithm, headers={"kid": kid})


LIES = [
    pytest.param(token(ANOTHER_KEY), id="signed by somebody else"),
    pytest.param(token(kid="2"), id="signed with a key that the provider does not have"),
    pytest.param(token(None, "none"), id="not signed"),
    pytest.param(token(SECRET, "HS256"), id="signed with our secret"),
    pytest.param(token(iss="https://other.example"), id="of another provider"),
    pytest.param(token(iss=None), id="of no provider"),
    pytest.param(token(aud="another-app"), id="for another app"),
    pytest.param(token(aud=None), id="for no app"),
    pytest.param(token(exp=int(NOW.timestamp()) - 301), id="expired"),
    pytest.param(token(iat=int(NOW.timestamp()) + 301), id="of tomorrow"),
]
"""Tokens that prove nothing, wherever they come from."""

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    max_leaves=8,
)

UNNAMED = Claims("248289761001", frozenset())
ACCESS = "the-access-token"
READER = (CLIENT, NOW)
TOLD = {"sub": "248289761001", "email": "Anne@contoso.example", "preferred_username": "anne"}


async def who(said: str) -> Claims:
    """Whom that id_token proves."""
    return await says(KEYS).verify(WHERE, said, CLIENT, NONCE, NOW)
