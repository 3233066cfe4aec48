"""Proof that notifications with content come from Microsoft: each JWT beside them (facts.md 7.5)."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from datetime import datetime, timedelta

from deskbridge.clock import Clock
from deskbridge.teams.ids import TenantId
from deskbridge.teams.keys import BadToken, SigningKeys

CHANGE_TRACKING = "0bf30f3b-4a52-48df-9a82-234910c4a086"
"""Microsoft Graph Change Tracking: the only application that may send us notifications."""
_REMEMBER = 512
_REMEMBER_FOR = timedelta(minutes=30)


class ValidationTokens:
    """Checks the tokens of a delivery; the same tokens come with many items, so good ones are remembered."""

    def __init__(self, keys: SigningKeys, client_id: str, clock: Clock) -> None:
        self._keys = keys
        self._client_id = client_id
        self._clock = clock
        self._good: OrderedDict[str, tuple[datetime, frozenset[str]]] = OrderedDict()

    async def are_right(self, proof: str, tenant_id: TenantId) -> bool:
        """Whether all are Microsoft's, for us, and one is of that tenant. Raises MicrosoftUnavailable."""
        name = hashlib.sha256(proof.encode()).hexdigest()
        known = self._good.get(name)
        if known is None or known[0] < self._clock():
            try:
                tenants = await self._check(json.loads(proof))
            except (BadToken, ValueError):
                return False
            self._good[name] = known = (self._clock() + _REMEMBER_FOR, tenants)
            if len(self._good) > _REMEMBER:
                self._good.popitem(last=False)
        return tenant_id.casefold() in known[1]

    async def _check(self, tokens: list[str]) -> frozenset[str]:
        tenants: set[str] = set()
        for token in tokens:
            claims = await self._keys.verify(str(token), self._client_id)
            if CHANGE_TRACKING not in {claims.get("azp"), claims.get("appid")}:
                raise BadToken("Another application sent it.")
            tenants.add(str(claims["tid"]).casefold())
        return frozenset(tenants)
