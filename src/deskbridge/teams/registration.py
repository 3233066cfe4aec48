"""Our own app registration as Microsoft has it: what it may do, and how long its secret lasts.

What was granted is read from the tokens that Microsoft makes for us; it is for showing only, nothing is decided by it.
The rest Graph tells only those with `Application.Read.All`, which the product does not need otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import jwt

from deskbridge.settings import Settings
from deskbridge.teams.graph import GraphClient
from deskbridge.teams.graph_errors import Refused
from deskbridge.teams.ids import Bearer
from deskbridge.teams.resources import Resource, parse

READ_APPLICATIONS: Final = "Application.Read.All"
IMPORT: Final = "User.Read.All"
READ_GROUPS: Final = "GroupMember.Read.All"
"""Only where members of groups are imported."""
FILES: Final = "Files.ReadWrite"
"""Delegated, and only where agents may send files to Teams."""
SET_PRESENCE: Final = "Presence.ReadWrite.All"
"""Only where agents' Status is shown in Teams."""


class Credential(Resource):
    """A client secret or a certificate of an app registration; of a secret `hint` is how it begins."""

    hint: str | None = None
    end_date_time: datetime | None = None


class WebPlatform(Resource):
    """Where an app registration lets people come back to."""

    redirect_uris: list[str] | None = None


class Application(Resource):
    """GET /applications (learn.microsoft.com/graph/api/application-list)."""

    password_credentials: list[Credential] | None = None
    web: WebPlatform | None = None


class ApplicationPage(Resource):
    """The applications that a filter found."""

    value: list[Application] | None = None


class ServicePrincipal(Resource):
    """GET /servicePrincipals: the app as one organisation has it."""

    app_role_assignment_required: bool | None = None


class ServicePrincipalPage(Resource):
    """The service principals that a filter found."""

    value: list[ServicePrincipal] | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """What Graph says of it."""

    secret_expires_at: datetime | None
    """When the secret of the settings ends; None where none of them can be ours, or a certificate is used instead."""
    redirect_uris: frozenset[str]
    needs_assignment: bool


async def read_registration(graph: GraphClient, bearer: Bearer, settings: Settings) -> Registration | None:
    """The registration, or None where the app may not read it; raises GraphTrouble and Unreadable."""
    mine = {"$filter": f"appId eq '{settings.microsoft_client_id}'"}
    try:
        found = parse(ApplicationPage, (await graph.get(bearer, "/applications", mine)).body).value or []
        seen = parse(ServicePrincipalPage, (await graph.get(bearer, "/servicePrincipals", mine)).body).value or []
    except Refused:
        return None
    application = found[0] if found else Application()
    principal = seen[0] if seen else ServicePrincipal()
    secret = None if settings.microsoft_certificate_file else settings.microsoft_client_secret
    return Registration(
        secret_expires_at=_ends(application, secret.get_secret_value()) if secret else None,
        redirect_uris=frozenset((application.web and application.web.redirect_uris) or ()),
        needs_assignment=bool(principal.app_role_assignment_required),
    )


def _ends(application: Application, secret: str) -> datetime | None:
    """Of several that begin alike the first to end counts: rather warned too early."""
    ours = (
        each.end_date_time
        for each in application.password_credentials or ()
        if each.end_date_time and (each.hint is None or secret.startswith(each.hint))
    )
    return min(ours, default=None)


def roles_of(bearer: Bearer) -> frozenset[str] | None:
    """The application permissions in an app's token; None where it cannot be read."""
    return _claimed(bearer, "roles")


def scopes_of(bearer: Bearer) -> frozenset[str] | None:
    """The delegated permissions in an agent's token; None where it cannot be read."""
    return _claimed(bearer, "scp")


def _claimed(bearer: Bearer, name: str) -> frozenset[str] | None:
    try:
        # Not a proof of anything: Microsoft gave us this token, and only its receiver can check it.
        said = jwt.decode(bearer, options={"verify_signature": False}).get(name, [])
    except jwt.PyJWTError:
        return None
    return frozenset(said.split() if isinstance(said, str) else map(str, said))
