"""The OpenID configuration document (facts.md 1.5)."""

from m365sim.addresses import Addresses
from m365sim.identity import people
from m365sim.world.world import World


def configuration(world: World, addresses: Addresses, tenant: str, scheme: str) -> dict[str, object]:
    """The document for a tenant segment.

    A browser need not know our certificate authority, so the authorization endpoint is always the http one;
    whoever asks over https (MSAL insists) is sent to https for everything else.
    """
    segment, issued_by = _segment(world, tenant)
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
        "response_types_supported": ["code", "id_token", "code id_token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": addresses.issuer(issued_by),
        "request_uri_parameter_supported": False,
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "userinfo_endpoint": f"{addresses.graph_origin(scheme)}/oidc/userinfo",
        "authorization_endpoint": f"{addresses.pages}/{segment}/oauth2/v2.0/authorize",
        "http_logout_supported": True,
        "frontchannel_logout_supported": True,
        "end_session_endpoint": f"{addresses.pages}/{segment}/oauth2/v2.0/logout",
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


def first_version(world: World, addresses: Addresses, tenant: str, scheme: str) -> dict[str, object]:
    """The document of the v1.0 endpoints, which older libraries and scripts ask for (facts.md 7.5)."""
    segment, issued_by = _segment(world, tenant)
    base, pages = f"{addresses.origin(scheme)}/{segment}", f"{addresses.pages}/{segment}"
    return configuration(world, addresses, tenant, scheme) | {
        "token_endpoint": f"{base}/oauth2/token",
        "jwks_uri": f"{addresses.origin(scheme)}/common/discovery/keys",
        "issuer": f"https://sts.windows.net/{issued_by}/",
        "authorization_endpoint": f"{pages}/oauth2/authorize",
        "end_session_endpoint": f"{pages}/oauth2/logout",
    }


def instance(world: World, addresses: Addresses, scheme: str) -> dict[str, object]:
    """Instance discovery: this host is a cloud of its own."""
    origin = addresses.origin(scheme)
    host = origin.partition("//")[2]
    return {
        "tenant_discovery_endpoint": f"{origin}/{world.tenant.id}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }


def realm(world: World, username: str) -> dict[str, object]:
    """How somebody signs in, which libraries ask before they send a password."""
    domain = username.rpartition("@")[2].lower()
    if domain != world.tenant.domain.lower():
        return {"ver": "1.0", "account_type": "Unknown", "cloud_instance_name": "microsoftonline.com"}
    return {
        "ver": "1.0",
        "account_type": "Managed",
        "domain_name": world.tenant.domain,
        "cloud_instance_name": "microsoftonline.com",
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    }


def _segment(world: World, tenant: str) -> tuple[str, str]:
    """The first segment of addresses, and whose tokens they give: a template where anybody may sign in."""
    match tenant:
        case "common" | "organizations":
            template = world.switches.issuer_of_common == "template"
            return tenant, "{tenantid}" if template else world.tenant.id
        case "consumers" | people.CONSUMERS:
            return tenant, people.CONSUMERS
        case _:
            return world.tenant.id, world.tenant.id
