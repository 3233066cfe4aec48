"""Subscriptions as Graph has them: made, renewed, deleted as the agent (facts.md 7.2)."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from deskbridge.clock import Clock
from deskbridge.settings import Settings
from deskbridge.teams.graph import GraphClient
from deskbridge.teams.graph_errors import AlreadyThere, LicenseMissing, Refused
from deskbridge.teams.ids import Bearer, MicrosoftUserId, SubscriptionId
from deskbridge.teams.resources import Subscription, SubscriptionPage, TeamsLicensing, in_utc, parse, to_graph
from deskbridge.teams.store.certificates import CertificateRow
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.tokens import Tokens

log = structlog.get_logger(__name__)

WEBHOOKS: Final = "/api/v1/webhooks/graph"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to be told of; `like` is what Graph calls such subscriptions, `is_single` if a user may have only one."""

    resource: str
    change_type: str
    like: frozenset[str]
    at_most: timedelta | None = None
    is_single: bool = False


def chat_messages(row: ConnectionRow) -> Wanted:
    """The messages of all chats of that agent."""
    resource = f"/users/{row.microsoft_user_id}/chats/getAllMessages"
    return Wanted(resource, "created,updated,deleted", frozenset({_bare(resource), "me/chats/getallmessages"}))


def presences(ids: Iterable[MicrosoftUserId]) -> Wanted:
    """The presence of these people: one subscription for each app and user, an hour at most (facts.md 4)."""
    named = ",".join(f"'{each}'" for each in sorted(ids))
    resource = f"/communications/presences?$filter=id in ({named})"
    return Wanted(resource, "updated", frozenset({_bare(resource)}), timedelta(hours=1), is_single=True)


@dataclass(frozen=True, slots=True)
class Made:
    """What Microsoft gave, which may last less than was asked (facts.md 0.3)."""

    id: SubscriptionId
    expires_at: datetime


class AtMicrosoft:
    """Asks Graph with the token of the agent whose subscription it is."""

    def __init__(self, settings: Settings, clock: Clock, graph: GraphClient, tokens: Tokens) -> None:
        self._settings = settings
        self._clock = clock
        self._graph = graph
        self._tokens = tokens

    async def create(
        self, row: ConnectionRow, wanted: Wanted, client_state: str, certificate: CertificateRow, *, fresh: bool = True
    ) -> Made:
        """Subscribe; what is there already for the same is deleted first. `fresh` asks for a token that lasts."""
        webhooks = f"{self._settings.notification_base_url}{WEBHOOKS}"
        body = {
            "changeType": wanted.change_type,
            "notificationUrl": f"{webhooks}/notifications",
            "lifecycleNotificationUrl": f"{webhooks}/lifecycle",
            "resource": wanted.resource,
            "expirationDateTime": to_graph(self._expiry(wanted.at_most)),
            "clientState": client_state,
            "includeResourceData": True,
            **_encryption(certificate),
        }
        try:
            return await self._post(row, body, fresh=fresh)
        except Refused as error:
            # 409 for the same resource, 403 for a quota of one (facts.md 7.2).
            is_left_behind = isinstance(error, AlreadyThere) or (wanted.is_single and error.status == 403)
            if not is_left_behind or not await self._delete_others(row, wanted):
                raise
            return await self._post(row, body, fresh=False)

    async def renew(
        self,
        row: ConnectionRow,
        subscription_id: SubscriptionId,
        certificate: CertificateRow | None,
        at_most: timedelta | None = None,
    ) -> Made:
        """Renew with a fresh token, which also authorizes it anew; raises Gone when it is not there any more."""
        changes: dict[str, Any] = {"expirationDateTime": to_graph(self._expiry(at_most))}
        if certificate is not None:
            changes |= _encryption(certificate)
        path = f"/subscriptions/{subscription_id}"
        answer = await self._tokens.use(row, lambda bearer: self._graph.patch(bearer, path, changes), fresh=True)
        return self._made(parse(Subscription, answer.body))

    async def require_license(self, row: ConnectionRow) -> None:
        """Whether the agent still has Teams, which renewing does not ask; without, the connection is lost (C7)."""
        await self._tokens.use(row, self._ask_license)

    async def _ask_license(self, bearer: Bearer) -> None:
        answer = await self._graph.get(bearer, "/me/licenseDetails/getTeamsLicensingDetails")
        if not parse(TeamsLicensing, answer.body).has_teams_license:
            raise LicenseMissing(200, "", "The user has no Teams license any more.")

    async def delete(self, row: ConnectionRow, subscription_id: str) -> None:
        """Delete it."""
        path = f"/subscriptions/{subscription_id}"
        await self._tokens.use(row, lambda bearer: self._graph.delete(bearer, path))

    async def _post(self, row: ConnectionRow, body: dict[str, Any], *, fresh: bool) -> Made:
        answer = await self._tokens.use(
            row, lambda bearer: self._graph.post(bearer, "/subscriptions", body), fresh=fresh
        )
        return self._made(parse(Subscription, answer.body))

    def _made(self, said: Subscription) -> Made:
        expires_at = in_utc(said.expiration_date_time) if said.expiration_date_time else self._expiry()
        return Made(SubscriptionId(said.id), expires_at)

    async def _delete_others(self, row: ConnectionRow, wanted: Wanted) -> int:
        """Whatever this app has for the same: left by a process that was killed; how many there were."""
        deleted = 0
        path: str | None = "/subscriptions"
        while path:
            page = await self._page(row, path)
            for each in page.value:
                if _bare(each.resource) in wanted.like:
                    await self.delete(row, each.id)
                    deleted += 1
                    log.info("subscription_left_behind_deleted", user_id=row.user_id)
            path = page.next_link
        return deleted

    async def _page(self, row: ConnectionRow, path: str) -> SubscriptionPage:
        answer = await self._tokens.use(row, lambda bearer: self._graph.get(bearer, path))
        return parse(SubscriptionPage, answer.body)

    def _expiry(self, at_most: timedelta | None = None) -> datetime:
        lifetime = timedelta(minutes=self._settings.subscription_minutes)
        return self._clock() + min(lifetime, at_most or lifetime)


def _encryption(certificate: CertificateRow) -> dict[str, str]:
    return {
        "encryptionCertificate": base64.b64encode(certificate.certificate).decode(),
        "encryptionCertificateId": certificate.id,
    }


def _bare(resource: str) -> str:
    return resource.partition("?")[0].strip("/").casefold()
