"""App registrations and their service principals, as far as an app asks about itself.

Source: learn.microsoft.com/graph/api/application-list, serviceprincipal-list and resources/passwordcredential.
"""

import base64
import hashlib
from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from m365sim.clock import graph_time
from m365sim.graph import odata
from m365sim.graph.call import Answer, Call, Json
from m365sim.graph.errors import bad_request
from m365sim.world.records import App, Secret

_NEVER = "2299-12-31T00:00:00Z"


def list_applications(call: Call) -> Answer:
    """GET /applications: of a secret only its first three letters come back."""
    return _list(call, "applications", _application)


def list_service_principals(call: Call) -> Answer:
    """GET /servicePrincipals."""
    return _list(call, "servicePrincipals", _service_principal)


def _list(call: Call, name: str, render: Callable[[App], Json]) -> Answer:
    text = call.query.get("$filter")
    wanted = odata.read_filter(text) if text else [[]]
    found = [
        render(app)
        for app in call.world.apps.values()
        if any(all(_holds(each, app) for each in conditions) for conditions in wanted)
    ]
    names = odata.selected(call)
    if names is not None:
        found = [{key: value for key, value in each.items() if key in names} for each in found]
    return Answer(body=odata.collection(call.context(name), found))


def _holds(condition: odata.Comparison, app: App) -> bool:
    if (condition.left, condition.operator) != ("appId", "eq"):
        raise bad_request(f"Filter clause on '{condition.left}' is not supported here.")
    return condition.right == app.client_id


def _application(app: App) -> Json:
    return {
        "id": app.object_id,
        "appId": app.client_id,
        "displayName": app.name,
        "passwordCredentials": [_password(each) for each in app.secrets],
        "keyCredentials": [_key(pem) for pem in app.certificates],
        "web": {"redirectUris": app.redirect_uris},
        "signInAudience": "AzureADMyOrg" if app.single_tenant else "AzureADMultipleOrgs",
    }


def _password(secret: Secret) -> Json:
    return {
        "displayName": "secret",
        "hint": secret.value[:3],
        "keyId": _guid(secret.value),
        "endDateTime": _NEVER if secret.expires_at is None else graph_time(int(secret.expires_at * 1000)),
    }


def _key(pem: str) -> Json:
    certificate = x509.load_pem_x509_certificate(pem.encode())
    thumbprint = certificate.fingerprint(hashes.SHA1())  # noqa: S303  # Names it, as Windows always has; proves nothing.
    return {
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "keyId": _guid(pem),
        "customKeyIdentifier": base64.b64encode(thumbprint).decode(),
        "endDateTime": graph_time(int(certificate.not_valid_after_utc.timestamp() * 1000)),
    }


def _service_principal(app: App) -> Json:
    return {
        "id": app.object_id,
        "appId": app.client_id,
        "displayName": app.name,
        "accountEnabled": app.enabled,
        "appRoleAssignmentRequired": app.assignment_required,
    }


def _guid(text: str) -> str:
    made = hashlib.sha256(text.encode()).hexdigest()
    return f"{made[:8]}-{made[8:12]}-4{made[13:16]}-8{made[17:20]}-{made[20:32]}"
