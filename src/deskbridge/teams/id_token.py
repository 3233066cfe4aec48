"""Who signed in: the id_token checked by us, since MSAL does not (facts.md 1.6, 1.8)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from deskbridge.teams.ids import MicrosoftUserId, TenantId
from deskbridge.teams.keys import BadToken, SigningKeys


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """A Microsoft user as a verified id_token names them."""

    tenant_id: TenantId
    id: MicrosoftUserId
    username: str
    name: str


class OtherTenant(Exception):
    """The user signed in to another organization than this Account's."""


async def verify_id_token(
    keys: SigningKeys, token: str, audience: str, nonce: str, tenant_id: TenantId
) -> SignedInUser:
    """The user, when the token is Microsoft's, for us, for this sign-in and of this tenant.

    MSAL sends the SHA-256 of the nonce that it keeps in the flow. Raises BadToken, OtherTenant, MicrosoftUnavailable.
    """
    claims = await keys.verify(token, audience)
    keys.check_fresh(claims)
    expected = hashlib.sha256(nonce.encode()).hexdigest()
    if not hmac.compare_digest(str(claims.get("nonce", "")), expected):
        raise BadToken("It answers another sign-in.")
    if str(claims["tid"]).casefold() != tenant_id.casefold():
        raise OtherTenant
    if not claims.get("oid"):
        raise BadToken("It does not say who signed in.")
    return SignedInUser(
        tenant_id,
        MicrosoftUserId(str(claims["oid"])),
        str(claims.get("preferred_username", "")),
        str(claims.get("name", "")),
    )
