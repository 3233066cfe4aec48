"""Certificates that an app signs in with, made as an operator would make them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(name: str = "ours", bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key; the same name has the same, since making one takes long."""
    assert name
    return rsa.generate_private_key(65537, bits)


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> str:
        """The certificate alone, as it is uploaded."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def key_pem(self, passphrase: str = "") -> str:
        """The key alone."""
        secret = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret).decode()


def make_credential(
    key: Key | None = None, now: datetime | None = None, *, days: float = 365, begins_in: float = -1
) -> Credential:
    """Self-signed, good from yesterday for so many days from now."""
    key, now = key or rsa_key(), now or datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Deskbridge")])
    begins, ends = now + timedelta(days=begins_in), now + timedelta(days=days)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(begins, ends - timedelta(days=1)))
        .not_valid_after(ends)
    )
    return Credential(built.sign(key, hashes.SHA256()), key)
