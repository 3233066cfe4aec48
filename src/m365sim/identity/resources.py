"""The v1.0 endpoints, which ask for a resource where those of v2.0 ask for scopes (facts.md 7.5).

The same pages and grants serve both; the id_token is that of v2.0 all the same.
"""

from collections.abc import Mapping


def first_version_scope(asked: Mapping[str, str]) -> dict[str, str]:
    """A resource means everything that was allowed there."""
    resource = asked.get("resource")
    if not resource or asked.get("scope", "openid") != "openid":
        return dict(asked)
    everything = f"{resource.rstrip('/')}/.default"
    if asked.get("grant_type") != "client_credentials":
        everything = f"openid profile offline_access {everything}"
    return {**asked, "scope": everything}


def first_version_answer(asked: Mapping[str, str], body: dict[str, object]) -> dict[str, object]:
    """Numbers are text there, and the resource is told."""
    if "resource" not in asked:
        return body
    seconds = str(body.get("expires_in", ""))
    return body | {"expires_in": seconds, "ext_expires_in": seconds, "resource": asked["resource"]}
