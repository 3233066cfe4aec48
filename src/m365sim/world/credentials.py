"""Certificates that were uploaded to an app registration."""

from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from m365sim.world.refusals import Invalid


def uploaded(pems: Iterable[str]) -> list[str]:
    """As they are kept: of each only the certificate, whatever stood around it; raises Invalid."""
    return [_certificate(each) for each in pems]


def _certificate(pem: str) -> str:
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError as trouble:
        raise Invalid(
            "A certificate of an app is given in PEM, beginning with -----BEGIN CERTIFICATE-----."
        ) from trouble
    return certificate.public_bytes(Encoding.PEM).decode()
