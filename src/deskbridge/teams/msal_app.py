"""MSAL, which is synchronous and particular, behind four questions (facts.md 1.8).

- It runs in threads, on a `requests` session of ours: without one it would listen to REQUESTS_CA_BUNDLE.
- A new application object for every question: inside one, MSAL answers a repeated failure from memory for a minute.
  The discovery document is remembered here instead, for an hour.
- It does not validate id_tokens; `id_token.py` does.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

import msal
import requests
import structlog

from deskbridge.clock import Clock
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.settings import Settings
from deskbridge.teams.app_certificate import AppCertificate, AppCertificateFile, UnusableCertificate
from deskbridge.teams.authority_http import AuthorityHttp
from deskbridge.teams.ids import Bearer, TenantId
from deskbridge.teams.reasons import Reason, from_oauth, sentence

log = structlog.get_logger(__name__)

T = TypeVar("T")

_GRAPH: Final = "https://graph.microsoft.com/.default"
_AT_ONCE: Final = 10
"""Questions at a time: as many connections as a session of `requests` keeps."""


class SignInRefused(Exception):
    """Microsoft says no; the reason has its words and its remedy, the number is Microsoft's own (AADSTS…)."""

    def __init__(self, reason: Reason, number: int | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.number = number


class NotSetUp(MicrosoftUnavailable):
    """The operator has to do something first: what we say who we are with is refused, or the clock is wrong."""

    def __init__(self, reason: Reason, number: int | None) -> None:
        super().__init__(sentence(reason))
        self.reason = reason
        self.number = number


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, until when it is good, and MSAL's cache where it has changed."""

    bearer: Bearer
    expires_at: datetime
    cache: str | None


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a code was exchanged for."""

    bearer: Bearer
    id_token: str
    scopes: frozenset[str]
    cache: str


class MicrosoftApp:
    """Our app registration at Microsoft."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._http = AuthorityHttp(settings, clock)
        file = settings.microsoft_certificate_file
        self._certificate = AppCertificateFile(file, settings.microsoft_certificate_passphrase_file) if file else None
        self._app_tokens: dict[TenantId, Token] = {}
        # Not those in which the database is read: while Microsoft is silent nobody else has to wait.
        self._threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="identity")

    async def begin(self, tenant_id: TenantId, login_hint: str | None, more: Sequence[str] = ()) -> dict[str, Any]:
        """A sign-in: the address to open is its `auth_uri`, the rest stays here until the answer.

        `more`: permissions to ask for beside those of the settings.
        """
        app = await self._in_thread(lambda: self._app(tenant_id))
        with warnings.catch_warnings():
            # MSAL recommends `form_post`. That is a POST from Microsoft's site, with which a browser sends no cookie
            # of ours (SameSite): we could not tell whether the session that comes back is the one that left. PKCE,
            # state and nonce guard the code in the address, and it can be used once.
            warnings.filterwarnings("ignore", message="response_mode='form_post'")
            flow: dict[str, Any] = app.initiate_auth_code_flow(
                [*self._settings.microsoft_scopes.split(), *more],
                redirect_uri=self._callback,
                prompt=None if login_hint else "select_account",
                login_hint=login_hint,
            )
        return flow

    async def consent_address(self, tenant_id: TenantId) -> str:
        """Where an administrator of the tenant allows the app for everybody (facts.md 1.3); raises SignInRefused.

        `.default` asks for everything that the app registration lists: the only way to the application permission.
        """
        app = await self._in_thread(lambda: self._app(tenant_id))
        authorize = str(app.authority.authorization_endpoint)
        asked = {
            "client_id": self._settings.microsoft_client_id or "",
            "scope": _GRAPH,
            "redirect_uri": self._callback,
        }
        return authorize.replace("/oauth2/v2.0/authorize", "/v2.0/adminconsent") + "?" + urlencode(asked)

    async def redeem(self, tenant_id: TenantId, flow: dict[str, Any], answer: Mapping[str, str]) -> Redeemed:
        """Exchange the code; raises SignInRefused."""
        cache = msal.SerializableTokenCache()

        def ask() -> dict[str, Any]:
            try:
                app = self._app(tenant_id, cache)
                result: dict[str, Any] = app.acquire_token_by_auth_code_flow(flow, dict(answer))
            except (ValueError, RuntimeError) as error:
                # The state or the nonce is not the one that we sent.
                raise SignInRefused(Reason.ANSWER_FORGED) from error
            return result

        result = await self._in_thread(ask)
        if "access_token" not in result:
            refusal = from_oauth(result, while_signing_in=True)
            raise SignInRefused(refusal.reason, refusal.number)
        return Redeemed(
            bearer=Bearer(result["access_token"]),
            id_token=str(result.get("id_token", "")),
            scopes=frozenset(str(result.get("scope", "")).casefold().split()),
            cache=cache.serialize(),
        )

    async def refresh(self, tenant_id: TenantId, stored: str, *, fresh: bool, more: Sequence[str] = ()) -> Token:
        """A token from the agent's cache, a new one where needed or asked; raises SignInRefused.

        `more`: permissions that it is to have beside those of the settings.
        """
        cache = msal.SerializableTokenCache()
        cache.deserialize(stored)

        def ask() -> dict[str, Any] | None:
            app = self._app(tenant_id, cache)
            accounts = app.get_accounts()
            if not accounts:
                return None
            result: dict[str, Any] | None = app.acquire_token_silent_with_error(
                [*self._settings.microsoft_scopes.split(), *more], account=accounts[0], force_refresh=fresh
            )
            return result

        result = await self._in_thread(ask)
        if not result or "access_token" not in result:
            raise self._refusal(result or {"error": "login_required"})
        return self._token(result, cache.serialize() if cache.has_state_changed else None)

    async def app_token(self, tenant_id: TenantId) -> Bearer:
        """A token for the app itself, for the directory."""
        known = self._app_tokens.get(tenant_id)
        if known and known.expires_at > self._clock() + timedelta(minutes=5):
            return known.bearer
        result = await self.ask_as_app(tenant_id)
        if "access_token" not in result:
            raise self._refusal(result)
        self._app_tokens[tenant_id] = self._token(result, None)
        return self._app_tokens[tenant_id].bearer

    async def ask_as_app(self, tenant_id: TenantId) -> Mapping[str, Any]:
        """What Microsoft answers when the app itself asks for a token, a refusal too."""
        result: dict[str, Any] = await self._in_thread(lambda: self._app(tenant_id).acquire_token_for_client([_GRAPH]))
        return result

    @property
    def _callback(self) -> str:
        return f"{self._settings.public_url}/api/v1/teams/callback"

    def forget_app_token(self, tenant_id: TenantId) -> None:
        """Have the next one made anew: what the app may do is written in it."""
        self._app_tokens.pop(tenant_id, None)

    def close(self) -> None:
        """Close the connections, and wait for no answer."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._http.close()

    def certificate(self) -> AppCertificate | None:
        """What we sign in with in place of a secret, if it is that; raises UnusableCertificate. It blocks."""
        return self._certificate.read() if self._certificate else None

    def _app(self, tenant_id: TenantId, cache: msal.SerializableTokenCache | None = None) -> Any:
        if not self._settings.has_credentials:
            raise SignInRefused(Reason.MISCONFIGURED)
        credential = self._credential()
        try:
            return msal.ConfidentialClientApplication(
                self._settings.microsoft_client_id,
                client_credential=credential,
                authority=f"{self._settings.microsoft_login_url}/{tenant_id}",
                token_cache=cache,
                http_client=self._http,
                instance_discovery=False,
            )
        except ValueError as error:
            log.warning("authority_not_usable", error=str(error)[:300])
            raise SignInRefused(Reason.MISCONFIGURED) from error

    def _credential(self) -> Any:
        """Where both are set, the certificate: a secret may stay until it is seen to work."""
        try:
            certificate = self.certificate()
        except UnusableCertificate as error:
            log.warning("certificate_not_usable", why=error.says)
            raise SignInRefused(Reason.MISCONFIGURED) from error
        secret = self._settings.microsoft_client_secret
        return certificate.for_msal if certificate else secret and secret.get_secret_value()

    def _token(self, result: Mapping[str, Any], cache: str | None) -> Token:
        lasts = timedelta(seconds=int(result.get("expires_in", 0)))
        return Token(Bearer(result["access_token"]), self._clock() + lasts, cache)

    def _refusal(self, result: Mapping[str, Any]) -> Exception:
        refusal = from_oauth(result, while_signing_in=False)
        reason = refusal.reason
        log.warning("token_refused", reason=reason.value, error=result.get("error"), number=refusal.number)
        if reason is Reason.MICROSOFT_UNAVAILABLE:
            return MicrosoftUnavailable()
        if reason in {Reason.MISCONFIGURED, Reason.CLOCK_WRONG}:
            # The operator's trouble: agents need not sign in again when it is repaired.
            return NotSetUp(reason, refusal.number)
        return SignInRefused(reason, refusal.number)

    async def _in_thread(self, ask: Callable[[], T]) -> T:
        try:
            work = functools.partial(contextvars.copy_context().run, ask)
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except (requests.RequestException, json.JSONDecodeError) as error:
            log.warning("identity_platform_away", error=repr(error)[:300])
            raise MicrosoftUnavailable from error
