"""How an app proves who it is at the token endpoint: secret, Basic, or certificate (facts.md 1.2)."""

import base64
from collections.abc import Mapping
from urllib.parse import unquote_plus

from m365sim.addresses import Addresses
from m365sim.identity import assertions, single_page
from m365sim.identity.errors import IdentityError, missing_parameter
from m365sim.world.records import App
from m365sim.world.world import World


def find_app(world: World, client_id: str) -> App:
    """The app by id; an unknown one is AADSTS700016, a switched-off one AADSTS70001."""
    app = world.apps.get(client_id)
    tenant = world.tenant
    if app is None:
        raise IdentityError(
            "unauthorized_client",
            700016,
            f"Application with identifier '{client_id}' was not found in the directory '{tenant.name}'. This"
            " can happen if the application has not been installed by the administrator of the tenant or"
            " consented to by any user in the tenant. You may have sent your authentication request to the"
            " wrong tenant.",
        )
    if not app.enabled:
        raise IdentityError(
            "unauthorized_client", 70001, f"The application named {app.name} is disabled in the directory."
        )
    return app


def authenticate(world: World, addresses: Addresses, form: Mapping[str, str], authorization: str | None) -> App:
    """The app that is speaking, proved; raises invalid_client."""
    client_id, secret = _basic(authorization)
    client_id = client_id or form.get("client_id", "")
    secret = secret or form.get("client_secret")
    if not client_id:
        raise missing_parameter("client_id")
    app = find_app(world, client_id)
    if form.get("client_assertion"):
        if form.get("client_assertion_type") != assertions.ASSERTION_TYPE:
            raise missing_parameter("client_assertion_type")
        assertions.check(world, addresses, app, form["client_assertion"])
    elif secret:
        _check_secret(world, app, secret)
    elif not app.public_client and not single_page.speaks(world, form):
        raise IdentityError(
            "invalid_client",
            7000218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )
    return app


def _basic(header: str | None) -> tuple[str | None, str | None]:
    if not header or not header.lower().startswith("basic "):
        return None, None
    try:
        user, _, password = base64.b64decode(header[6:]).decode().partition(":")
    except ValueError:
        return None, None
    return unquote_plus(user), unquote_plus(password)


def _check_secret(world: World, app: App, secret: str) -> None:
    for known in app.secrets:
        if known.value == secret:
            if known.expires_at is not None and known.expires_at <= world.clock.now():
                raise IdentityError(
                    "invalid_client",
                    7000222,
                    "The provided client secret keys for app"
                    f" '{app.client_id}' are expired. Create new keys for your app in the portal.",
                )
            return
    raise IdentityError(
        "invalid_client",
        7000215,
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret"
        f" value, not the client secret ID, for a secret added to app '{app.client_id}'.",
    )
