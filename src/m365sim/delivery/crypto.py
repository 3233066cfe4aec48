"""Encryption of rich notifications (facts.md 7.4)."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

_BLOCK = 16
_OAEP = OAEP(MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303  # Microsoft's choice; in OAEP it is no signature.


class UnusableCertificate(ValueError):
    """The subscription's certificate cannot encrypt; the message says why."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """The public half of the subscriber's certificate."""

    key: RSAPublicKey
    thumbprint: str


@lru_cache(maxsize=1024)
def read_certificate(text: str) -> Recipient:
    """A base64 DER X.509 certificate with an RSA key of 2048 to 4096 bits."""
    try:
        der = base64.b64decode(text, validate=True)
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
    except ValueError as trouble:
        raise UnusableCertificate("it is not a base64-encoded X.509 certificate.") from trouble
    if not isinstance(key, RSAPublicKey):
        raise UnusableCertificate("its key is not an RSA key.")
    if not 2048 <= key.key_size <= 4096:
        raise UnusableCertificate("its key must have 2,048 to 4,096 bits.")
    return Recipient(key, hashlib.sha1(der, usedforsecurity=False).hexdigest().upper())


def encrypt(payload: bytes, recipient: Recipient, certificate_id: str) -> dict[str, object]:
    """encryptedContent: a new key for each item, AES-CBC with the key's start as IV, and an HMAC."""
    key = secrets.token_bytes(32)
    fill = _BLOCK - len(payload) % _BLOCK
    encryptor = Cipher(AES(key), CBC(key[:_BLOCK])).encryptor()
    data = encryptor.update(payload + bytes([fill]) * fill) + encryptor.finalize()
    return {
        "data": base64.b64encode(data).decode(),
        "dataSignature": base64.b64encode(hmac.digest(key, data, "sha256")).decode(),
        "dataKey": base64.b64encode(recipient.key.encrypt(key, _OAEP)).decode(),
        "encryptionCertificateId": certificate_id,
        "encryptionCertificateThumbprint": recipient.thumbprint,
    }
