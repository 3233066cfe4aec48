"""What Microsoft signed, and what only looks like it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from deskbridge.errors import MicrosoftUnavailable
from deskbridge.teams.id_token import OtherTenant, verify_id_token
from deskbridge.teams.ids import TenantId
from deskbridge.teams.keys import BadToken, SigningKeys
from deskbridge.teams.validation_tokens import CHANGE_TRACKING, ValidationTokens

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TENANT = TenantId("11111111-1111-1111-1111-111111111111")
LOGIN = "https://login.example"


class Authority:
    """Signs as Microsoft does, and publishes its keys."""

    def __init__(self) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.fetches = 0
        self.asked = 0
        self.is_away = False
        self.refuses: httpx.Response | None = None
        self.now = NOW
        self.add("one")

    def add(self, kid: str) -> None:
        self.keys[kid] = rsa.generate_private_key(65537, 2048)

    async def fetch(self, address: str) -> bytes:
        self.asked += 1
        if self.refuses:
            self.refuses.raise_for_status()
        if self.is_away:
            raise httpx.ConnectError("away")
        if address.endswith("openid-configuration"):
            return json.dumps({"jwks_uri": f"{LOGIN}/keys"}).encode()
        self.fetches += 1
        algorithm = jwt.algorithms.RSAAlgorithm
        keys = [algorithm.to_jwk(each.public_key(), as_dict=True) | {"kid": kid} for kid, each in self.keys.items()]
        return json.dumps({"keys": keys}).encode()

    def signing_keys(self) -> SigningKeys:
        return SigningKeys(self.fetch, lambda: self.now, LOGIN)

    def sign(self, kid: str = "one", **claims: Any) -> str:
        hashed = hashlib.sha256(b"nonce").hexdigest()
        said = {
            "iss": f"{LOGIN}/{TENANT}/v2.0",
            "aud": "us",
            "tid": TENANT,
            "oid": "robin",
            "nonce": hashed,
            "azp": CHANGE_TRACKING,
            "iat": NOW.timestamp(),
            "nbf": NOW.timestamp(),
            "exp": (NOW + timedelta(hours=1)).timestamp(),
            **claims,
        }
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(said, self.keys[kid], "RS256", headers={"kid": kid})


class TestIdToken:
    """MSAL does not check it: we do (facts.md 1.8)."""

    async def test_the_right_one_says_who_it_is(self) -> None:
        authority = Authority()
        who = await verify_id_token(authority.signing_keys(), authority.sign(), "us", "nonce", TENANT)
        assert (who.tenant_id, who.id) == (TENANT, "robin")

    @pytest.mark.parametrize(
        "claims",
        [
            {"aud": "others"},
            {"aud": None},
            {"iss": f"https://evil.example/{TENANT}/v2.0"},
            {"iss": f"{LOGIN}/22222222-2222-2222-2222-222222222222/v2.0"},
            {"exp": (NOW - timedelta(minutes=6)).timestamp()},
            {"exp": None},
            {"exp": "soon"},
            {"nbf": (NOW + timedelta(minutes=6)).timestamp()},
            {"nonce": "another"},
            {"nonce": None},
            {"oid": None},
            {"tid": None},
        ],
    )
    async def test_a_wrong_one_does_not(self, claims: dict[str, Any]) -> None:
        authority = Authority()
        with pytest.raises(BadToken):
            await verify_id_token(authority.signing_keys(), authority.sign(**claims), "us", "nonce", TENANT)

    async def test_another_tenant_is_told_apart(self) -> None:
        authority = Authority()
        other = TenantId("22222222-2222-2222-2222-222222222222")
        with pytest.raises(OtherTenant):
            await verify_id_token(authority.signing_keys(), authority.sign(), "us", "nonce", other)

    @pytest.mark.parametrize("token", ["", "a.b.c", "x" * 5000])
    async def test_rubbish(self, token: str) -> None:
        with pytest.raises(BadToken):
            await verify_id_token(Authority().signing_keys(), token, "us", "nonce", TENANT)

    async def test_unsigned_or_signed_with_our_own_words(self) -> None:
        authority = Authority()
        keys = authority.signing_keys()
        body = jwt.decode(authority.sign(), options={"verify_signature": False})
        for forged in (
            jwt.encode(body, None, "none", {"kid": "one"}),
            jwt.encode(body, "k" * 32, "HS256", {"kid": "one"}),
        ):
            with pytest.raises(BadToken):
                await verify_id_token(keys, forged, "us", "nonce", TENANT)

    @pytest.mark.parametrize(("asked", "seconds"), [({"Retry-After": "40"}, 40), ({}, 120)])
    async def test_while_microsoft_is_away_it_is_asked_as_often_as_it_wants(
        self, asked: dict[str, str], seconds: float
    ) -> None:
        authority = Authority()
        keys = authority.signing_keys()
        authority.refuses = httpx.Response(503, headers=asked, request=httpx.Request("GET", LOGIN))
        for _ in range(5):
            with pytest.raises(MicrosoftUnavailable):
                await keys.verify(authority.sign(), "us")
        assert authority.asked == 1
        authority.now += timedelta(seconds=seconds)
        authority.refuses = None
        await keys.verify(authority.sign(), "us")
        # The keys that are here serve on when there are no newer ones.
        authority.refuses = httpx.Response(429, headers=asked, request=httpx.Request("GET", LOGIN))
        authority.now += timedelta(days=2)
        before = authority.asked
        for _ in range(5):
            await keys.verify(authority.sign(exp=(authority.now + timedelta(hours=1)).timestamp()), "us")
        assert authority.asked == before + 1

    async def test_keys_that_roll_are_fetched_again_but_not_for_every_invention(self) -> None:
        authority = Authority()
        keys = authority.signing_keys()
        await keys.verify(authority.sign(), "us")
        authority.add("two")
        authority.now += timedelta(minutes=2)
        await keys.verify(authority.sign("two"), "us")
        assert authority.fetches == 2
        forged = jwt.encode({}, authority.keys["one"], "RS256", headers={"kid": "invented"})
        for _ in range(5):
            with pytest.raises(BadToken):
                await keys.verify(forged, "us")
        assert authority.fetches == 2

    async def test_away_is_not_the_same_as_wrong(self) -> None:
        authority = Authority()
        token = authority.sign()
        authority.is_away = True
        with pytest.raises(MicrosoftUnavailable):
            await authority.signing_keys().verify(token, "us")


class TestValidationTokens:
    """facts.md 7.5."""

    async def right(self, tokens: list[str], tenant: str = TENANT, authority: Authority | None = None) -> bool:
        authority = authority or Authority()
        proofs = ValidationTokens(authority.signing_keys(), "us", lambda: NOW)
        return await proofs.are_right(json.dumps(tokens), TenantId(tenant))

    async def test_microsofts(self) -> None:
        authority = Authority()
        assert await self.right([authority.sign()], authority=authority)
        old = authority.sign(azp=None, appid=CHANGE_TRACKING, iss=f"https://sts.windows.net/{TENANT}/")
        assert await self.right([old], authority=authority)

    async def test_anybody_elses(self) -> None:
        authority = Authority()
        assert not await self.right([], authority=authority)
        assert not await self.right([authority.sign(azp="another app")], authority=authority)
        assert not await self.right([authority.sign(aud="another")], authority=authority)
        assert not await self.right([authority.sign(), "rubbish"], authority=authority)
        assert not await self.right([authority.sign()], "another tenant", authority)
