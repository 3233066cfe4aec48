"""The certificate with which the product proves to Microsoft who it is, in place of a client secret.

One file holds its private key and the certificate in PEM, in any order; issuers may stand behind. Microsoft takes RSA
keys of 2,048 bits or more, and knows the certificate by its thumbprint
(learn.microsoft.com/entra/identity-platform/certificate-credentials).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

_LARGEST: Final = 1024 * 1024
_FEWEST_BITS: Final = 2048
_KEY: Final = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)
_HOW: Final = "Make it as docs/microsoft-setup.md says, “With a certificate”."
_FILE: Final = "DESKBRIDGE_MICROSOFT_CERTIFICATE_FILE"
_PASSPHRASE: Final = "DESKBRIDGE_MICROSOFT_CERTIFICATE_PASSPHRASE_FILE"  # noqa: S105  # The name of a setting.


class UnusableCertificate(Exception):
    """The file is not what it has to be: in words that tell neither what is in it nor where it is, and what helps."""

    def __init__(self, says: str, remedy: str) -> None:
        super().__init__(says)
        self.says = says
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class AppCertificate:
    """A private key and its certificate, known to belong together."""

    key: RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate

    @property
    def begins_at(self) -> datetime:
        """From when on it is good."""
        return self.certificate.not_valid_before_utc

    @property
    def ends_at(self) -> datetime:
        """Until when Microsoft takes it."""
        return self.certificate.not_valid_after_utc

    @property
    def thumbprint(self) -> str:
        """As Microsoft's pages list it."""
        return self.certificate.fingerprint(SHA1()).hex().upper()  # noqa: S303  # Names it there; proves nothing.

    @property
    def for_msal(self) -> dict[str, Any]:
        """What MSAL takes as `client_credential`: it signs with PS256 and names the certificate by SHA-256.

        The key is given as it was read. As PEM, MSAL would read it again with each question, 40 ms of computing.
        """
        return {"private_key": self.key, "public_certificate": self.certificate.public_bytes(Encoding.PEM).decode()}


def read_certificate(file: Path, passphrase_file: Path | None) -> AppCertificate:
    """What is in the file; raises UnusableCertificate. Whether it has expired is for the reader to see."""
    found = _bytes_of(file, _FILE)
    if b"-----BEGIN " not in found:
        raise UnusableCertificate(
            "The certificate file is not PEM.",
            "Turn a .pfx file into PEM by: openssl pkcs12 -in it.pfx -out deskbridge.pem -nodes",
        )
    key = _key(found, passphrase_file)
    try:
        certificates = x509.load_pem_x509_certificates(found)
    except ValueError as error:
        has_one = b"-----BEGIN CERTIFICATE-----" in found
        says = "holds a certificate that cannot be read" if has_one else "holds a private key, but no certificate"
        remedy = f"Put the certificate that was uploaded to Microsoft into it as well. {_HOW}"
        raise UnusableCertificate(f"The certificate file {says}.", remedy) from error
    for certificate in certificates:
        if certificate.public_key() == key.public_key():
            return AppCertificate(key, certificate)
    raise UnusableCertificate(
        "The private key in the certificate file belongs to another certificate than the one beside it.",
        f"Put the key and the certificate that were made together into it. {_HOW}",
    )


class AppCertificateFile:
    """The certificate of a file, and again when it or its passphrase has changed: it is replaced while we serve."""

    def __init__(self, file: Path, passphrase_file: Path | None) -> None:
        self._file = file
        self._passphrase_file = passphrase_file
        self._known: tuple[object, AppCertificate] | None = None

    def read(self) -> AppCertificate:
        """The certificate as it is now; raises UnusableCertificate. It blocks, mostly for no more than a look."""
        stamp = (_changed_at(self._file), _changed_at(self._passphrase_file))
        known = self._known
        if known is None or known[0] != stamp:
            known = self._known = (stamp, read_certificate(self._file, self._passphrase_file))
        return known[1]


def _key(found: bytes, passphrase_file: Path | None) -> RSAPrivateKey:
    block = _KEY.search(found)
    if block is None:
        says = "The certificate file holds no private key."
        raise UnusableCertificate(says, f"Put the private key into it as well; Microsoft never has it. {_HOW}")
    is_locked = b"ENCRYPTED" in block[0]
    if is_locked and passphrase_file is None:
        says = "The private key in the certificate file is locked by a passphrase."
        raise UnusableCertificate(says, f"Set {_PASSPHRASE} to a file that holds it.")
    passphrase = _bytes_of(passphrase_file, _PASSPHRASE).strip() if is_locked and passphrase_file else None
    try:
        key = load_pem_private_key(block[0], passphrase)
    except (ValueError, TypeError) as error:
        if is_locked:
            says = "The passphrase does not open the private key in the certificate file."
            raise UnusableCertificate(says, f"Check the file that {_PASSPHRASE} names.") from error
        raise UnusableCertificate("The private key in the certificate file cannot be read.", _HOW) from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < _FEWEST_BITS:
        says = "The private key in the certificate file is none that Microsoft takes."
        raise UnusableCertificate(says, f"Make an RSA key of {_FEWEST_BITS} bits or more. {_HOW}")
    return key


def _bytes_of(file: Path, setting: str) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_LARGEST)
    except OSError as error:
        why = error.strerror or type(error).__name__
        remedy = "Check its name, and that the user who runs the product may read it."
        raise UnusableCertificate(f"The file that {setting} names cannot be read ({why}).", remedy) from error


def _changed_at(file: Path | None) -> tuple[int, int] | None:
    try:
        seen = file.stat() if file else None
    except OSError:
        return None
    return (seen.st_mtime_ns, seen.st_ino) if seen else None
