"""The OpenID configuration document (facts.md 1.5)."""

from m365sim.addresses import Addresses
from m365sim.world.world import World


def configuration(world: World, addresses: Addresses, tenant: str, scheme: str) -> dict[str, object]:
    """The document for a tenant segment.

    A browser need not know our certificate authority, so the authorization endpoint is always the http one;
    whoever asks over https (MSAL insists) is sent to https for everything else.
    """
    shared = tenant in ("common", "organizations")
    segment = tenant if shared else world.tenant.id
    base = f"{addresses.origin(scheme)}/{segment}"
    return {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": [
            "client_secret_post",
            "private_key_jwt",
            "client_secret_basic",
        ],
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": addresses.issuer("{tenantid}" if shared else world.tenant.id),
        "request_uri_parameter_supported": False,
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "userinfo_endpoint": f"{addresses.origin(scheme)}/oidc/userinfo",
        "authorization_endpoint": f"{addresses.http}/{segment}/oauth2/v2.0/authorize",
        "http_logout_supported": True,
        "frontchannel_logout_supported": True,
        "end_session_endpoint": f"{addresses.http}/{segment}/oauth2/v2.0/logout",
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "preferred_username", "name", "tid",
            "ver", "email",
        ],
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
        "rbac_url": "https://pas.windows.net",
    }  # fmt: skip


def instance(world: World, addresses: Addresses, scheme: str) -> dict[str, object]:
    """Instance discovery: this host is a cloud of its own."""
    base = f"{addresses.origin(scheme)}/{world.tenant.id}"
    return {
        "tenant_discovery_endpoint": f"{base}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [],
    }
