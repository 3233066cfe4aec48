"""The v1.0 endpoints, which ask for a resource where those of v2.0 ask for scopes (facts.md 7.5).

The same pages and grants serve both.
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
    changed = {**asked, "scope": everything}
    if asked.get("grant_type") == "device_code" and "code" in asked:
        changed["device_code"] = asked["code"]
    return changed


def first_version_device(asked: Mapping[str, str], begun: dict[str, object]) -> dict[str, object]:
    """The address has another name there, and numbers are text."""
    if "resource" not in asked:
        return begun
    numbers = {name: str(begun[name]) for name in ("expires_in", "interval")}
    return begun | numbers | {"verification_url": begun["verification_uri"]}


def first_version_answer(asked: Mapping[str, str], body: dict[str, object], now: int) -> dict[str, object]:
    """Numbers are text there, the end is also told as a moment, and the resource is named."""
    if "resource" not in asked:
        return body
    life = int(str(body["expires_in"]))
    moments = {"not_before": str(now), "expires_on": str(now + life)}
    return body | moments | {"expires_in": str(life), "ext_expires_in": str(life), "resource": asked["resource"]}
