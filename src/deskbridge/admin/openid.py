"""One OpenID provider: its discovery document, its sign-in page, its tokens (OpenID Connect Core 1.0, code flow)."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

import httpx
import jwt
import structlog

from deskbridge.errors import SingleSignOnFailed, Unavailable

log = structlog.get_logger(__name__)

LEEWAY: Final = timedelta(minutes=5)
MOST_BYTES: Final = 512 * 1024
WITHIN: Final = 10.0
"""Seconds for one answer as a whole, however slowly it comes."""
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Only with the provider's public keys; `none`, and HMAC with our own secret, are never accepted."""
_AWAY: Final = "The sign-in service of your organization does not answer. Try again."
_NO_PROVIDER: Final = "That address is not one of an OpenID provider."
_SEALED: Final = (
    "The sign-in service of your organization encrypts what it says about people, or signs it in a way that cannot be "
    "checked here. Ask your administrator to have it answer as plain JSON, or signed without being encrypted."
)
_HEADER: Final = re.compile(r"[\x21-\x7e]{1,16384}")
"""What can stand in a header."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """The part of the discovery document that we go by."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    """Where it tells more about people than is in the id_token; not every provider has one."""
    secret_goes: tuple[str, ...] = ("client_secret_post",)
    """How our secret may be given, the first that works counts: which one a client has to use is said nowhere."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a code was redeemed for."""

    id_token: str
    access_token: str | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """Who the provider says it is; addresses are only those that it vouches for."""

    subject: str
    names: frozenset[str]
    disowned: bool = False
    """Whether it said that the e-mail address is not proved; no other answer of its makes it so."""
    signed_in_at: float | None = None
    """When they last proved it to the provider (`auth_time`), in seconds since 1970; only where that was asked for."""


class OpenId:
    """Talks to providers that admins named; follows no redirects and reads no more than a document should hold."""

    def __init__(self, http: httpx.AsyncClient, within: float = WITHIN) -> None:
        self._http = http
        self._within = within

    async def discover(self, issuer: str) -> Discovery:
        """Raises SingleSignOnFailed where that is no provider, Unavailable where nobody answers."""
        found = await self._document(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        try:
            said = Discovery(
                str(found["issuer"]),
                str(found["authorization_endpoint"]),
                str(found["token_endpoint"]),
                str(found["jwks_uri"]),
                str(found["userinfo_endpoint"]) if found.get("userinfo_endpoint") else None,
                _secret_goes(found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])),
            )
        except KeyError as error:
            raise SingleSignOnFailed(_NO_PROVIDER) from error
        # Passwords, our secret and the keys that everything hangs on travel there; what a browser finds on its own
        # machine does not travel.
        is_here = said.authorization_endpoint.startswith("http://localhost:")
        named = (said.authorization_endpoint, said.token_endpoint, said.jwks_uri, said.userinfo_endpoint)
        for each in named[is_here:]:
            if each and not each.startswith("https://"):
                raise SingleSignOnFailed(f"The provider names an address without https: {each[:200]}")
        # OpenID Connect Discovery 4.3: otherwise a provider could speak for another one.
        if said.issuer != issuer:
            raise SingleSignOnFailed(f"The provider calls itself {said.issuer[:200]}: give that as the issuer.")
        return said

    def address(self, where: Discovery, asked: dict[str, str], verifier: str) -> str:
        """The provider's sign-in page."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "scope": "openid profile email",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **asked,
        }
        return f"{where.authorization_endpoint}{'&' if '?' in where.authorization_endpoint else '?'}{urlencode(query)}"

    async def redeem(self, where: Discovery, form: dict[str, str]) -> Tokens:
        """The tokens for a code."""
        status, told = 0, dict[str, Any]()
        for way in where.secret_goes:
            status, told = await self._redeem(where, form, way)
            if told.get("error") != "invalid_client":
                break
        token, more = told.get("id_token"), told.get("access_token")
        if not isinstance(token, str) or status != 200:
            # Nothing else of what was said: it may hold tokens.
            why = [str(told.get(each))[:200] for each in ("error", "error_description")]
            log.warning("code_not_redeemed", status=status, why=why)
            raise SingleSignOnFailed
        return Tokens(token, more if isinstance(more, str) else None)

    async def _redeem(self, where: Discovery, form: dict[str, str], way: str) -> tuple[int, dict[str, Any]]:
        data, headers = {"grant_type": "authorization_code", **form}, dict[str, str]()
        if way == "client_secret_basic":
            # RFC 6749 2.3.1: each is encoded as in a form before they are joined.
            joined = ":".join(quote_plus(data.pop(each)) for each in ("client_id", "client_secret"))
            headers["authorization"] = f"Basic {base64.b64encode(joined.encode()).decode()}"
        try:
            status, content, _ = await self._exchange("POST", where.token_endpoint, headers=headers, data=data)
            said = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise Unavailable(_AWAY) from error
        return status, said if isinstance(said, dict) else {}

    async def verify(self, where: Discovery, token: str, client_id: str, nonce: str, now: datetime) -> Claims:
        """Signature, issuer, audience, times and nonce; raises SingleSignOnFailed."""
        try:
            claims = await self._opened(where, token, client_id, now)
            # An id_token has to say both, other than what is told about people.
            is_whole = "exp" in claims and "iat" in claims
        except (jwt.PyJWTError, IndexError, TypeError, KeyError) as error:
            log.warning("id_token_refused", error=repr(error)[:200])
            raise SingleSignOnFailed from error
        is_ours = hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())
        if not is_whole or not is_ours or claims.get("azp", client_id) != client_id:
            log.warning("id_token_refused", is_whole=is_whole, is_ours=is_ours)
            raise SingleSignOnFailed
        at = claims.get("auth_time")
        disowned = _is_disowned(claims)
        names = _names(claims, disowned)
        return Claims(str(claims["sub"]), names, disowned, at if isinstance(at, int | float) else None)

    async def _opened(self, where: Discovery, token: str, client_id: str, now: datetime) -> dict[str, Any]:
        """What a token says that the provider signed for us, and that is good now.

        Raises PyJWTError, IndexError, TypeError or KeyError where it is not so.
        """
        keys = await self._document(where.jwks_uri)
        header = jwt.get_unverified_header(token)
        known = jwt.PyJWKSet.from_dict(keys).keys
        # OpenID Connect Core 10.1: only where there are several does a token have to say which.
        is_one = len(known) == 1 and "kid" not in header
        found = known if is_one else [key for key in known if key.key_id == header.get("kid")]
        claims: dict[str, Any] = jwt.decode(
            token,
            found[0],
            algorithms=list(ALGORITHMS),
            audience=client_id,
            issuer=where.issuer,
            # The times are checked below, by the clock that is passed in.
            options={"require": ["sub"], "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
        leeway, at = LEEWAY.total_seconds(), now.timestamp()
        if claims.get("iat", at) - leeway > at or at >= claims.get("exp", at + 1) + leeway:
            raise jwt.InvalidTokenError("It is not good now.")
        return claims

    async def look_up(
        self, where: Discovery, claims: Claims, access_token: str | None, reader: tuple[str, datetime]
    ) -> Claims:
        """The same person with what the provider tells only when asked for it (OpenID Connect Core 5.3).

        `reader` is our client id and the time: what is signed has to be for us, and good now. Raises SingleSignOnFailed
        where it speaks of somebody else or says nothing that can be read.
        """
        if where.userinfo_endpoint is None or not access_token or not _HEADER.fullmatch(access_token):
            return claims
        status, content, kind = await self._exchange(
            "GET", where.userinfo_endpoint, headers={"authorization": f"Bearer {access_token}"}
        )
        told: Any = None
        if kind == "application/jwt" and status == 200:
            told = await self._unsealed(where, content, reader)
        elif status == 200:
            with contextlib.suppress(ValueError, RecursionError):
                told = json.loads(content)
        # 5.3.2: otherwise it may be about anybody.
        if not isinstance(told, dict) or told.get("sub") != claims.subject:
            log.warning("userinfo_refused", status=status, is_other=isinstance(told, dict))
            raise SingleSignOnFailed
        disowned = claims.disowned or _is_disowned(told)
        return replace(claims, names=claims.names | _names(told, disowned), disowned=disowned)

    async def _unsealed(self, where: Discovery, content: bytes, reader: tuple[str, datetime]) -> dict[str, Any]:
        """What a signed answer about people says (5.3.2); raises SingleSignOnFailed."""
        try:
            return await self._opened(where, content.decode("ascii").strip(), *reader)
        except (jwt.PyJWTError, IndexError, TypeError, KeyError, UnicodeDecodeError) as error:
            log.warning("userinfo_refused", error=repr(error)[:200])
            raise SingleSignOnFailed(_SEALED) from error

    async def _document(self, address: str) -> dict[str, Any]:
        try:
            status, content, _ = await self._exchange("GET", address)
            found = json.loads(content) if status == 200 else None
        except (ValueError, RecursionError) as error:
            raise SingleSignOnFailed(_NO_PROVIDER) from error
        if not isinstance(found, dict):
            raise SingleSignOnFailed(_NO_PROVIDER)
        return found

    async def _exchange(
        self, method: str, address: str, *, headers: Mapping[str, str] | None = None, data: Any = None
    ) -> tuple[int, bytes, str]:
        """Status, content and kind of content; what is too large or packed is not read, and is no JSON then."""
        # A packed answer would be a thousand times as large before its size could be looked at.
        sent = {"accept": "application/json", "accept-encoding": "identity", **(headers or {})}
        try:
            asked = self._http.stream(method, address, headers=sent, follow_redirects=False, data=data)
            async with asyncio.timeout(self._within), asked as answer:
                kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
                content = b""
                if "content-encoding" not in answer.headers:
                    async for chunk in answer.aiter_raw():
                        content += chunk
                        if len(content) > MOST_BYTES:
                            return answer.status_code, b"", kind
                return answer.status_code, content, kind
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise Unavailable(_AWAY) from error


def _secret_goes(methods: object) -> tuple[str, ...]:
    known = ("client_secret_post", "client_secret_basic")
    said = methods if isinstance(methods, list) else []
    return tuple(each for each in known if each in said) or known


def _is_disowned(claims: dict[str, Any]) -> bool:
    """Whether the provider does not vouch for the e-mail address; many say nothing, and some say it as a string."""
    said = claims.get("email_verified", True)
    return said is not True and said != "true"


def _names(claims: dict[str, Any], disowned: bool) -> frozenset[str]:
    """The names under which the User may be known here; an address that is said not to be proved is none."""
    said = [claims.get("preferred_username"), claims.get("upn"), None if disowned else claims.get("email")]
    return frozenset(each.casefold() for each in said if isinstance(each, str) and each)
