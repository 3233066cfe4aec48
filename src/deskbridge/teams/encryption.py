"""Certificates for notifications with content, and opening what was encrypted with them (facts.md 7.4).

RSA is 93 % of what a notification costs. `cryptography` releases the GIL meanwhile, so a thread pool of one thread
for each core uses all of them.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509.oid import NameOID

from deskbridge.teams.resources import EncryptedContent

CERTIFICATE_LIFETIME = timedelta(days=400)
CERTIFICATE_IN_USE = timedelta(days=180)
"""Then a new one is made; the old key opens what is still on its way."""
_IV_BYTES = 16
_AT_ONCE = 16
"""In one go of a thread: going there and back for each would cost as much of our own time as opening does of theirs."""


class CannotOpen(Exception):
    """What came cannot be decrypted, or was changed on its way."""


@dataclass(frozen=True, slots=True)
class NewCertificate:
    """A certificate for Microsoft (DER) and the private key for us (PKCS 8)."""

    certificate: bytes
    private_key: bytes


def make_certificate(now: datetime, bits: int = 2048) -> NewCertificate:
    """A self-signed certificate; Microsoft only takes the public key from it, of 2048 to 4096 bits."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Deskbridge change notifications")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + CERTIFICATE_LIFETIME)
        .sign(key, hashes.SHA256())
    )
    return NewCertificate(
        certificate.public_bytes(serialization.Encoding.DER),
        key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def load_private_key(stored: bytes) -> rsa.RSAPrivateKey:
    """The private key of one of our certificates, made here and kept sealed: nobody else has written to it since.

    So its numbers are not tested for being prime once more, which took longer than all else at the first notification.
    """
    key = serialization.load_der_private_key(stored, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("not an RSA key")
    return key


def open_content(content: EncryptedContent, private_key: rsa.RSAPrivateKey) -> bytes:
    """The JSON inside; the signature is checked before anything is decrypted with the key. Raises CannotOpen."""
    try:
        data = base64.b64decode(content.data, validate=True)
        signature = base64.b64decode(content.data_signature, validate=True)
        # Microsoft's scheme is OAEP with SHA-1; a random key for each item makes that harmless.
        key = private_key.decrypt(
            base64.b64decode(content.data_key, validate=True),
            rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA1()), hashes.SHA1(), label=None),  # noqa: S303  # Microsoft's choice.
        )
    except (binascii.Error, ValueError) as error:
        raise CannotOpen("The key or the encoding is not right.") from error
    if not hmac.compare_digest(hmac.new(key, data, sha256).digest(), signature):
        raise CannotOpen("The signature is not right.")
    try:
        decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:_IV_BYTES])).decryptor()
        unpadder = padding.PKCS7(128).unpadder()
        padded = decryptor.update(data) + decryptor.finalize()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise CannotOpen("The content is damaged.") from error


class Opener:
    """Opens many in a thread pool."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="teams-open")

    async def open_all(
        self, contents: list[EncryptedContent | None], keys: Mapping[str, rsa.RSAPrivateKey]
    ) -> list[bytes | CannotOpen]:
        """Each one opened, or why not; in the same order."""
        loop = asyncio.get_running_loop()
        shares = [contents[start : start + _AT_ONCE] for start in range(0, len(contents), _AT_ONCE)]
        opened = await asyncio.gather(*(loop.run_in_executor(self._pool, _try_all, each, keys) for each in shares))
        return [each for share in opened for each in share]

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _try_all(
    contents: list[EncryptedContent | None], keys: Mapping[str, rsa.RSAPrivateKey]
) -> list[bytes | CannotOpen]:
    return [_try(each, keys) for each in contents]


def _try(content: EncryptedContent | None, keys: Mapping[str, rsa.RSAPrivateKey]) -> bytes | CannotOpen:
    key = keys.get(content.encryption_certificate_id) if content else None
    if content is None or key is None:
        return CannotOpen("Nothing encrypted for a certificate of ours.")
    try:
        return open_content(content, key)
    except CannotOpen as error:
        return error
