"""Secrets at rest, Microsoft's encryption, Microsoft's signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from deskbridge.errors import MicrosoftUnavailable, WrongSetting
from deskbridge.teams.crypto import CannotDecrypt, Vault, open_vault
from deskbridge.teams.encryption import CannotOpen, load_private_key, make_certificate, open_content
from deskbridge.teams.id_token import OtherTenant, verify_id_token
from deskbridge.teams.ids import TenantId
from deskbridge.teams.keys import BadToken, SigningKeys
from deskbridge.teams.reasons import Reason, from_oauth, sentence
from deskbridge.teams.resources import EncryptedContent
from deskbridge.teams.validation_tokens import CHANGE_TRACKING, ValidationTokens

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TENANT = TenantId("11111111-1111-1111-1111-111111111111")
LOGIN = "https://login.example"


class TestVault:
    """Encrypted with a key of the installation's own, bound to its place."""

    def test_comes_back_from_its_own_place_only(self) -> None:
        vault = Vault([os.urandom(32)])
        stored = vault.encrypt(b"token", "row 1")
        assert b"token" not in stored
        assert vault.decrypt(stored, "row 1") == b"token"
        with pytest.raises(CannotDecrypt):
            vault.decrypt(stored, "row 2")
        with pytest.raises(CannotDecrypt):
            vault.decrypt(stored[:-1] + bytes([stored[-1] ^ 1]), "row 1")
        with pytest.raises(CannotDecrypt):
            Vault([os.urandom(32)]).decrypt(stored, "row 1")

    def test_an_older_key_still_decrypts_and_the_first_encrypts(self) -> None:
        old, new = os.urandom(32), os.urandom(32)
        stored = Vault([old]).encrypt(b"token", "p")
        assert Vault([new, old]).decrypt(stored, "p") == b"token"
        with pytest.raises(CannotDecrypt):
            Vault([old]).decrypt(Vault([new, old]).encrypt(b"token", "p"), "p")

    def test_a_key_is_made_at_the_first_start_for_the_owner_only(self, tmp_path: Path) -> None:
        stored = open_vault(None, tmp_path / "data").encrypt(b"x", "p")
        assert open_vault(None, tmp_path / "data").decrypt(stored, "p") == b"x"
        (file,) = (tmp_path / "data").iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    @pytest.mark.parametrize("content", ["", "not base64!", "c2hvcnQ=", "\xff"])
    def test_a_key_that_does_not_parse_is_named(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "key"
        path.write_text(content, "latin-1")
        with pytest.raises(WrongSetting, match="DESKBRIDGE_SECRET_KEY_FILE"):
            open_vault(path, tmp_path)

    def test_a_key_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(WrongSetting, match="cannot be read"):
            open_vault(tmp_path / "absent", tmp_path)


def encrypted(plain: bytes, certificate: bytes) -> EncryptedContent:
    """As Microsoft does it (facts.md 7.4), written down a second time."""
    public = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    key = os.urandom(32)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    data = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    sealed = public.encrypt(key, rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA1()), hashes.SHA1(), None))
    signature = hmac.new(key, data, hashlib.sha256).digest()
    return EncryptedContent(*(base64.b64encode(each).decode() for each in (data, sealed, signature)))


class TestEncryption:
    """facts.md 7.4."""

    def test_what_was_encrypted_for_our_certificate_opens(self) -> None:
        made = make_certificate(NOW)
        content = encrypted(b'{"id": "1"}', made.certificate)
        assert open_content(content, load_private_key(made.private_key)) == b'{"id": "1"}'

    @pytest.mark.parametrize("part", ["data", "data_key", "data_signature"])
    @pytest.mark.parametrize("damage", ["", "AAAA", "not base64!"])
    def test_anything_changed_does_not(self, part: str, damage: str) -> None:
        made = make_certificate(NOW)
        content = encrypted(b"{}", made.certificate)
        setattr(content, part, damage)
        with pytest.raises(CannotOpen):
            open_content(content, load_private_key(made.private_key))


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


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_its_words(reason: Reason) -> None:
    assert sentence(reason).endswith(".")


@pytest.mark.parametrize(
    ("said", "later", "meant"),
    [
        (
            {"error": "access_denied", "error_description": "the user canceled the authentication"},
            False,
            Reason.CANCELLED,
        ),
        ({"error": "access_denied", "error_description": "AADSTS65004: User declined"}, False, Reason.CONSENT_DECLINED),
        ({"error": "interaction_required", "error_codes": [50076]}, True, Reason.MORE_PROOF_NEEDED),
        (
            {"error": "invalid_grant", "error_codes": [65001], "suberror": "consent_required"},
            True,
            Reason.CONSENT_WITHDRAWN,
        ),
        ({"error": "invalid_grant", "error_codes": [53003]}, True, Reason.REFUSED_BY_POLICY),
        ({"error": "invalid_grant", "error_codes": [50173]}, True, Reason.REVOKED),
        ({"error": "invalid_grant", "error_codes": [70008]}, False, Reason.SIGN_IN_STALE),
        ({"error": "invalid_grant", "error_codes": [70008]}, True, Reason.EXPIRED),
        ({"error": "invalid_client", "error_codes": [7000222]}, True, Reason.MISCONFIGURED),
        ({"error": "temporarily_unavailable"}, True, Reason.MICROSOFT_UNAVAILABLE),
        ({"error": "something_new"}, False, Reason.UNKNOWN),
        ({}, False, Reason.UNKNOWN),
    ],
)
def test_what_microsoft_means(said: dict[str, Any], later: bool, meant: Reason) -> None:
    assert from_oauth(said, while_signing_in=not later).reason is meant
