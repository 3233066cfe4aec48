"""Client assertions: an app proves itself with a JWT that it signed with the key of a certificate (facts.md 1.2).

What they say is checked as learn.microsoft.com/entra/identity-platform/certificate-credentials describes it. The same
assertion may come again until it expires: MSAL for Python sends one for up to nine minutes.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from m365sim.addresses import Addresses
from m365sim.identity.errors import IdentityError
from m365sim.world.records import App
from m365sim.world.world import World

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHMS = ["PS256", "RS256"]
#: How far clocks may differ, in seconds.
_SKEW = 300
_FEWEST_BITS = 2048
_REVIEW = " Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials"


def check(world: World, addresses: Addresses, app: App, assertion: str) -> None:
    """Whether it was signed for us, now, with the key of a certificate of the app; raises IdentityError."""
    try:
        header = jwt.get_unverified_header(assertion)
    except jwt.PyJWTError as trouble:
        raise _malformed("JWT token is invalid or malformed.") from trouble
    if not header.get("x5t") and not header.get("x5t#S256"):
        raise _malformed("Invalid JWT token. No certificate thumbprint specified in token header.")
    now = world.clock.now()
    claims = _signed(app, assertion, header, now)
    if claims.get("iss") != claims.get("sub"):
        raise IdentityError(
            "invalid_client", 50048, f"Subject '{claims.get('sub')}' must match issuer '{claims.get('iss')}'."
        )
    if claims.get("iss") != app.client_id:
        says = "Client assertion application identifier doesn't match 'client_id' parameter."
        raise IdentityError("invalid_client", 700021, says + _REVIEW)
    if claims.get("aud") not in _audiences(world, addresses):
        says = "Client assertion audience claim does not match Realm issuer."
        raise IdentityError("invalid_client", 700023, says + _REVIEW)
    _check_time(claims, now)


def _signed(app: App, assertion: str, header: Mapping[str, object], now: float) -> Mapping[str, object]:
    """The claims, once it is seen that the app's certificate signed them and may still do so."""
    shown = _thumbprint_shown(header)
    certificate = _find(app, header)
    if certificate is None:
        raise IdentityError(
            "invalid_client",
            700027,
            "The certificate with identifier used to sign the client assertion is not registered on application."
            f" [Reason - The key was not found., Thumbprint of key used by client: '{shown}', Please visit the Azure"
            f" Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '{app.client_id}'.]",
        )
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < _FEWEST_BITS:
        raise _unfit(certificate, shown, f"RSA key size is less than the minimum required {_FEWEST_BITS} bits.")
    if not certificate.not_valid_before_utc.timestamp() <= now < certificate.not_valid_after_utc.timestamp():
        raise _unfit(certificate, shown, "The key used is expired.")
    try:
        claims: Mapping[str, object] = jwt.decode(
            assertion,
            key,
            _ALGORITHMS,
            # Who says what, to whom and when is looked at by the tenant's clock, and answered each in its words.
            {
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
                "verify_aud": False,
                "verify_iss": False,
                "verify_sub": False,
                "verify_jti": False,
            },
        )
    except jwt.PyJWTError as trouble:
        reason = "The provided signature value did not match the expected signature value."
        raise _unfit(certificate, shown, reason) from trouble
    return claims


def _check_time(claims: Mapping[str, object], now: float) -> None:
    begins, ends = _moment(claims.get("nbf"), 0), _moment(claims.get("exp"), 0)
    if not begins - _SKEW <= now < ends + _SKEW:
        raise IdentityError(
            "invalid_client",
            700024,
            f"Client assertion is not within its valid time range. Current time: {_text(now)}, assertion valid from"
            f" {_text(begins)}, expiry time of assertion {_text(ends)}." + _REVIEW,
        )


def _find(app: App, header: Mapping[str, object]) -> x509.Certificate | None:
    # MSAL leaves the padding on.
    sha1, sha256 = (str(header.get(name, "")).rstrip("=") for name in ("x5t", "x5t#S256"))
    for pem in app.certificates:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        der = certificate.public_bytes(Encoding.DER)
        # By SHA-1 certificates are named here, as Windows always has; it proves nothing.
        if _base64url(certificate.fingerprint(hashes.SHA256())) == sha256 or (
            not sha256 and _base64url(hashlib.sha1(der, usedforsecurity=False).digest()) == sha1
        ):
            return certificate
    return None


def _audiences(world: World, addresses: Addresses) -> set[str]:
    """The token endpoints, and the issuers, under each name of the tenant."""
    return {
        f"{origin}/{segment}{rest}"
        for origin in (addresses.https, addresses.http, addresses.pages)
        for segment in (world.tenant.id, world.tenant.domain, "common", "organizations")
        for rest in ("/oauth2/v2.0/token", "/oauth2/token", "/v2.0", "/", "")
    }


def _moment(given: object, absent: float) -> float:
    """A claim of a time, in seconds; one that is no number is as good as none."""
    return float(given) if isinstance(given, int | float) and 0 <= given < 253_402_300_800 else absent


def _thumbprint_shown(header: Mapping[str, object]) -> str:
    return str(header.get("x5t#S256") or header.get("x5t"))


def _malformed(says: str) -> IdentityError:
    return IdentityError("invalid_request", 50027, says)


def _unfit(certificate: x509.Certificate, thumbprint: str, reason: str) -> IdentityError:
    starts, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return IdentityError(
        "invalid_client",
        700027,
        f"Client assertion failed signature validation. [Reason - {reason}, Thumbprint of key used by client:"
        f" '{thumbprint}', Found key 'Start={starts:%m/%d/%Y %H:%M:%S}, End={ends:%m/%d/%Y %H:%M:%S}']",
    )


def _text(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
