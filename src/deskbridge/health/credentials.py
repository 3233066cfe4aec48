"""What the product proves to Microsoft with who it is: a certificate or a client secret, and how long it lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from deskbridge.health.findings import Finding, ok, problem, unknown, warning
from deskbridge.health.views import AppCertificateHealth
from deskbridge.settings import Settings
from deskbridge.teams.app_certificate import AppCertificate, UnusableCertificate
from deskbridge.teams.examining import Examiner

SOON: Final = timedelta(days=30)
"""When an end is worth a warning."""
_ABOUT: Final = "app certificate"
_RENEW: Final = (
    "Make a new one, upload it to Microsoft beside the old one, put it with its key into the file of "
    "DESKBRIDGE_MICROSOFT_CERTIFICATE_FILE, and delete the old one at Microsoft. No restart is needed."
)

REFUSALS: Final[Mapping[int, tuple[str, str]]] = {
    7000222: ("The client secret has expired.", "Make a new one and set DESKBRIDGE_MICROSOFT_CLIENT_SECRET."),
    7000215: (
        "The client secret is wrong.",
        "Set DESKBRIDGE_MICROSOFT_CLIENT_SECRET to the secret's value; its id, beside it, is of no use.",
    ),
    700027: (
        "Microsoft does not know the certificate.",
        "Upload it under Certificates & secrets > Certificates; there its thumbprint stands, as here above.",
    ),
    700024: ("What the certificate signs is too old or too new for Microsoft.", "Set the clock by NTP."),
    700016: (
        "This organisation does not know the application.",
        "Check DESKBRIDGE_MICROSOFT_CLIENT_ID and the tenant id, and give admin consent there.",
    ),
    7000112: ("The application is disabled at Microsoft.", "Enable it under Enterprise applications > Properties."),
}
REFUSED: Final = (
    "Microsoft refuses the credentials.",
    "Check the tenant id, DESKBRIDGE_MICROSOFT_CLIENT_ID, and the certificate or DESKBRIDGE_MICROSOFT_CLIENT_SECRET.",
)


async def check_credentials(settings: Settings, examiner: Examiner, now: datetime) -> list[Finding]:
    """As far as it can be seen without asking Microsoft; nothing to say of a secret that is there."""
    if not settings.has_credentials:
        remedy = (
            "Set DESKBRIDGE_MICROSOFT_CLIENT_ID, and DESKBRIDGE_MICROSOFT_CERTIFICATE_FILE or "
            "DESKBRIDGE_MICROSOFT_CLIENT_SECRET (docs/microsoft-setup.md)."
        )
        return [problem("Microsoft", "There are no credentials.", remedy)]
    try:
        certificate = await examiner.certificate()
    except UnusableCertificate as error:
        return [problem(_ABOUT, error.says, error.remedy)]
    if certificate is None:
        return []
    findings = [_lasts(certificate, now)]
    if await asyncio.to_thread(_is_open_to_others, settings.microsoft_certificate_file):
        says = "The certificate file, with its private key, can be read by everybody on this machine."
        findings.append(warning(_ABOUT, says, "Run chmod 600 on the file of DESKBRIDGE_MICROSOFT_CERTIFICATE_FILE."))
    if settings.microsoft_client_secret and settings.microsoft_client_secret.get_secret_value():
        says = "A client secret is set as well, and not used."
        findings.append(warning(_ABOUT, says, "Unset DESKBRIDGE_MICROSOFT_CLIENT_SECRET, and delete it at Microsoft."))
    return findings


async def certificate_health(examiner: Examiner) -> AppCertificateHealth | None:
    """How long the certificate lasts, or what is wrong with it; None where a secret is used."""
    try:
        certificate = await examiner.certificate()
    except UnusableCertificate as error:
        return AppCertificateHealth(expires_at=None, problem=error.says)
    return AppCertificateHealth(expires_at=certificate.ends_at, problem=None) if certificate else None


def check_secret(about: str, ends: datetime | None, now: datetime) -> Finding:
    """How long a client secret lasts, as Microsoft lists it."""
    remedy = "Make a new one, set DESKBRIDGE_MICROSOFT_CLIENT_SECRET, restart, delete the old one."
    if ends is None:
        return unknown(about, "The client secret is not among those that Microsoft lists.", remedy)
    days = (ends - now).days
    if ends - now < SOON:
        return warning(about, f"The client secret expires in {days} days, on {ends:%Y-%m-%d}.", remedy)
    return ok(about, f"The client secret is good for {days} days.")


def _lasts(certificate: AppCertificate, now: datetime) -> Finding:
    begins, ends = certificate.begins_at, certificate.ends_at
    days, named = (ends - now).days, f"its thumbprint is {certificate.thumbprint}"
    if now >= ends:
        return problem(_ABOUT, f"It expired on {ends:%Y-%m-%d}.", _RENEW)
    if now < begins:
        return problem(_ABOUT, f"It is good from {begins:%Y-%m-%d %H:%M} UTC on only.", "Wait, or check the clock.")
    if ends - now < SOON:
        return warning(_ABOUT, f"It expires in {days} days, on {ends:%Y-%m-%d}; {named}.", _RENEW)
    return ok(_ABOUT, f"It is good for {days} days; {named}.")


def _is_open_to_others(file: Path | None) -> bool:
    return file is not None and bool(file.stat().st_mode & 0o007)
