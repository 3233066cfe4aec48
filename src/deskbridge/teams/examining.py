"""Questions to Microsoft that only `deskbridge doctor` and the health page ask: about ourselves, not about anybody."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import httpx
import structlog

from deskbridge.clock import Clock
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.proxy import proxy_of
from deskbridge.settings import Settings
from deskbridge.teams.app_certificate import AppCertificate
from deskbridge.teams.crypto import CannotDecrypt, Vault
from deskbridge.teams.graph import GraphClient, create_http
from deskbridge.teams.graph_errors import GraphTrouble, date_of
from deskbridge.teams.ids import Bearer, TenantId
from deskbridge.teams.msal_app import MicrosoftApp, SignInRefused
from deskbridge.teams.reasons import Reason, numbers_of
from deskbridge.teams.registration import Registration, read_registration, scopes_of
from deskbridge.teams.resources import Unreadable
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.subscriptions_at_microsoft import WEBHOOKS
from deskbridge.teams.tokens import place_of_tokens

log = structlog.get_logger(__name__)

_KEEP: Final = timedelta(hours=6)
_AGAIN_AFTER: Final = timedelta(minutes=10)
_WITHIN: Final = 2.0


@dataclass(frozen=True, slots=True)
class AppAccess:
    """What Microsoft answered when the app asked for a token of its own: a token, or its numbers (AADSTS…)."""

    bearer: Bearer | None
    numbers: frozenset[int] = frozenset()


class Examiner:
    """Asks; decides nothing."""

    def __init__(self, settings: Settings, clock: Clock, graph: GraphClient, app: MicrosoftApp, vault: Vault) -> None:
        self._settings = settings
        self._clock = clock
        self._graph = graph
        self._app = app
        self._vault = vault
        self._known: dict[TenantId, tuple[datetime, Registration | None]] = {}

    async def certificate(self) -> AppCertificate | None:
        """What we sign in with in place of a secret, if it is that; raises UnusableCertificate."""
        return await asyncio.to_thread(self._app.certificate)

    async def as_app(self, tenant_id: TenantId) -> AppAccess:
        """Whether the credentials are good; raises MicrosoftUnavailable."""
        try:
            answer = await self._app.ask_as_app(tenant_id)
        except SignInRefused:
            # No answer at all: the settings are missing, or there is no such tenant.
            return AppAccess(None)
        if "access_token" in answer:
            return AppAccess(Bearer(answer["access_token"]))
        return AppAccess(None, frozenset(numbers_of(answer)))

    async def registration(self, bearer: Bearer) -> Registration | None:
        """Our registration, or None where the app may not read it or Graph is in trouble."""
        try:
            return await read_registration(self._graph, bearer, self._settings)
        except (GraphTrouble, Unreadable) as error:
            log.info("registration_not_read", error=repr(error)[:200])
            return None

    async def known_registration(self, tenant_id: TenantId) -> Registration | None:
        """The registration as it was a few hours ago at most; None where it cannot be had within two seconds."""
        asked_at, known = self._known.get(tenant_id, (None, None))
        if asked_at is not None and self._clock() - asked_at < (_KEEP if known else _AGAIN_AFTER):
            return known
        try:
            async with asyncio.timeout(_WITHIN):
                access = await self.as_app(tenant_id)
                known = await self.registration(access.bearer) if access.bearer else None
        except (MicrosoftUnavailable, TimeoutError) as error:
            log.info("registration_not_read", error=repr(error))
        self._known[tenant_id] = (self._clock(), known)
        return known

    async def granted(self, rows: Sequence[ConnectionRow], more: Sequence[str] = ()) -> frozenset[str] | None:
        """The delegated permissions that a connected agent's token has; None where nobody's can be read.

        With `more` these are asked for beside those of the settings, and where Microsoft refuses it is none at all.

        Nothing is stored and nobody's connection is lost by it, whatever Microsoft answers.
        """
        for row in rows:
            try:
                stored = self._vault.decrypt(row.token_cache or b"", place_of_tokens(row.user_id)).decode()
                token = await self._app.refresh(row.tenant_id, stored, fresh=True, more=more)
            except SignInRefused as error:
                if error.reason in {Reason.CONSENT_NEEDED, Reason.CONSENT_WITHDRAWN}:
                    return frozenset()
            except (CannotDecrypt, MicrosoftUnavailable) as error:
                log.info("agent_not_examined", user_id=row.user_id, error=repr(error))
            else:
                return scopes_of(token.bearer)
        return None

    async def ahead(self) -> timedelta | None:
        """How far Microsoft's clock is ahead of ours, to about a second; raises MicrosoftUnavailable."""
        address = f"{self._settings.microsoft_login_url}/common/v2.0/.well-known/openid-configuration"
        try:
            said = date_of(await self._graph.headers(address))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise MicrosoftUnavailable from error
        return None if said is None else said - self._clock()

    async def webhook_answers(self) -> str | None:
        """Calls our webhook as Microsoft does before it subscribes; None when it is right, else what is wrong."""
        token = secrets.token_urlsafe(16)
        address = f"{self._settings.notification_base_url}{WEBHOOKS}/notifications"
        try:
            async with create_http(None, proxy_of(self._settings)) as http:
                answer = await http.post(address, params={"validationToken": token})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return str(error) or type(error).__name__
        if answer.status_code == 200 and answer.text == token:
            return None
        return f"it answered with status {answer.status_code} and something else"
