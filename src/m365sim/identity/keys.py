"""Keys that sign tokens: rotating, published as JWKS with certificates (facts.md 1.5)."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.x509.oid import NameOID

from m365sim.world.records import SigningKey
from m365sim.world.world import World


def signing_key(world: World) -> SigningKey:
    """The newest key; the first is made when first needed."""
    if not world.signing_keys:
        return _publish(world, _first())
    return max(world.signing_keys.values(), key=lambda key: key.created_at)


def rotate(world: World) -> SigningKey:
    """A new key signs from now on; older ones stay published."""
    return _publish(world, _make())


def _make() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@cache
def _first() -> RSAPrivateKey:
    """Signs first in every tenant of a process: to make a key takes longer than all else of a reset.

    Each tenant has a certificate of its own for it, and so another `kid`: no tenant takes a token of one before it.
    """
    return _make()


def _publish(world: World, private: RSAPrivateKey) -> SigningKey:
    certificate = _self_signed(private)
    der = certificate.public_bytes(serialization.Encoding.DER)
    key = SigningKey(
        kid=_base64url(hashlib.sha1(der, usedforsecurity=False).digest()),
        private_pem=private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        certificate_pem=certificate.public_bytes(serialization.Encoding.PEM).decode(),
        created_at=world.clock.now(),
    )
    world.save(key)
    return key


@lru_cache(maxsize=64)
def load_private(pem: str) -> RSAPrivateKey:
    """Parsing a key costs more than signing with it."""
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("Signing keys are RSA keys.")
    return key


def load_public(key: SigningKey) -> RSAPublicKey:
    """The public half."""
    return load_private(key.private_pem).public_key()


def jwks(world: World, issuer: str) -> dict[str, object]:
    """The published keys."""
    signing_key(world)
    return {"keys": [_jwk(key, issuer) for key in world.signing_keys.values()]}


def _jwk(key: SigningKey, issuer: str) -> dict[str, object]:
    numbers = load_public(key).public_numbers()
    certificate = x509.load_pem_x509_certificate(key.certificate_pem.encode())
    der = certificate.public_bytes(serialization.Encoding.DER)
    return {
        "kty": "RSA",
        "use": "sig",
        "kid": key.kid,
        "x5t": key.kid,
        "n": _base64url(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)),
        "e": _base64url(numbers.e.to_bytes(3)),
        "x5c": [base64.b64encode(der).decode()],
        "issuer": issuer,
    }


def _self_signed(private: RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "accounts.accesscontrol.m365sim")])
    start = datetime.now(UTC) - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=5 * 365))
        .sign(private, hashes.SHA256())
    )


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
