"""Microsoft's signing keys: fetched when needed, kept for a day, and again when a key id is unknown (facts.md 1.5)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, NewType

import httpx
import jwt
import msgspec
import structlog
from jwt.types import Options

from deskbridge.clock import Clock
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.teams.graph_errors import retry_after
from deskbridge.teams.lanes import backoff
from deskbridge.teams.resources import Resource, Unreadable, parse

log = structlog.get_logger(__name__)

Claims = NewType("Claims", dict[str, Any])
"""What a token says whose signature, issuer, audience and times have been checked."""

LEEWAY = timedelta(minutes=5)
"""What Microsoft's own libraries allow two clocks to differ."""
_KEEP = timedelta(days=1)
_AGAIN_AFTER = timedelta(minutes=1)
"""So that a stream of invented key ids does not become a stream of requests."""


# The times are checked below, by the clock that is passed in.
_OPTIONS: Options = {"require": ["exp", "iss", "aud"], "verify_exp": False, "verify_nbf": False, "verify_iat": False}


class BadToken(Exception):
    """Not signed by Microsoft, not for us, or not now."""


class OutOfTime(BadToken):
    """Signed by Microsoft and for us, but not valid at this time: it is old, or a clock is wrong."""


class _Discovery(Resource):
    """The part of the discovery document that leads to the keys."""

    jwks_uri: str = msgspec.field(name="jwks_uri", default="")


class SigningKeys:
    """The keys that one authority signs with."""

    def __init__(self, fetch: Callable[[str], Awaitable[bytes]], clock: Clock, login_url: str) -> None:
        self._fetch = fetch
        self._clock = clock
        self._login_url = login_url
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at: datetime | None = None
        self._failures = 0
        self._not_before: datetime | None = None
        """Microsoft could not tell its keys, and is not asked before."""
        self._lock = asyncio.Lock()

    async def verify(self, token: str, audience: str) -> Claims:
        """The claims of a token for us, issued by this authority for the tenant that it names (`tid`).

        Raises BadToken or MicrosoftUnavailable.
        """
        try:
            header = jwt.get_unverified_header(token)
            claims = jwt.decode(
                token,
                await self._key(str(header.get("kid", ""))),
                algorithms=["RS256"],
                audience=audience,
                options=_OPTIONS,
            )
        except jwt.PyJWTError as error:
            raise BadToken(str(error)) from error
        self._check_times(claims)
        tenant_id = str(claims.get("tid", ""))
        # Version 2.0 tokens, and 1.0 as Microsoft's own samples still have them for notifications (facts.md 7.5).
        right = {f"{self._login_url}/{tenant_id}/v2.0", f"https://sts.windows.net/{tenant_id}/"}
        if not tenant_id or claims["iss"] not in right:
            raise BadToken("Another issuer.")
        return Claims(claims)

    def check_fresh(self, claims: Claims) -> None:
        """That it was made just now, as after a sign-in: else one of the clocks is wrong; raises OutOfTime."""
        made = float(claims.get("iat", 0))
        if abs(made - self._clock().timestamp()) > LEEWAY.total_seconds():
            raise OutOfTime("Made a moment ago, and not now: one of the clocks is wrong.")

    def _check_times(self, claims: dict[str, Any]) -> None:
        now = self._clock().timestamp()
        leeway = LEEWAY.total_seconds()
        try:
            expires, begins = float(claims["exp"]), float(claims.get("nbf", claims.get("iat", 0)))
        except (TypeError, ValueError) as error:
            raise BadToken("Its times cannot be read.") from error
        if not begins - leeway <= now < expires + leeway:
            raise OutOfTime("Not valid at this time: either it is old, or the clock here is wrong.")

    async def _key(self, key_id: str) -> jwt.PyJWK:
        async with self._lock:
            if self._is_due(key_id):
                await self._refresh_unless_refused()
        try:
            return self._keys[key_id]
        except KeyError:
            raise BadToken("Signed with a key that is not Microsoft's.") from None

    def _is_due(self, key_id: str) -> bool:
        if self._fetched_at is None:
            return True
        age = self._clock() - self._fetched_at
        return age > _KEEP or (key_id not in self._keys and age > _AGAIN_AFTER)

    async def _refresh_unless_refused(self) -> None:
        if self._not_before is None or self._clock() >= self._not_before:
            await self._refresh()
        elif not self._keys:
            raise MicrosoftUnavailable

    async def _refresh(self) -> None:
        try:
            address = f"{self._login_url}/common/v2.0/.well-known/openid-configuration"
            where = parse(_Discovery, await self._fetch(address))
            found = jwt.PyJWKSet.from_json((await self._fetch(where.jwks_uri)).decode())
        except (httpx.HTTPError, httpx.InvalidURL, Unreadable, jwt.PyJWTError, UnicodeDecodeError) as error:
            log.warning("signing_keys_not_fetched", error=repr(error))
            self._failures += 1
            asked = retry_after(error.response.headers) if isinstance(error, httpx.HTTPStatusError) else None
            self._not_before = self._clock() + (asked or backoff(self._failures))
            if not self._keys:
                raise MicrosoftUnavailable from error
            return
        self._keys = {key.key_id: key for key in found.keys if key.key_id}
        self._fetched_at = self._clock()
        self._failures, self._not_before = 0, None
