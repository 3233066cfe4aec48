"""Subscriptions as Graph has them: made, renewed, deleted as the agent (facts.md 7.2)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from deskbridge.clock import Clock
from deskbridge.settings import Settings
from deskbridge.teams.graph import GraphClient
from deskbridge.teams.graph_errors import AlreadyThere
from deskbridge.teams.ids import SubscriptionId
from deskbridge.teams.resources import Subscription, SubscriptionPage, in_utc, parse, to_graph
from deskbridge.teams.store.certificates import CertificateRow
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.tokens import Tokens

log = structlog.get_logger(__name__)

WEBHOOKS: Final = "/api/v1/webhooks/graph"


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

    async def create(self, row: ConnectionRow, client_state: str, certificate: CertificateRow) -> Made:
        """Subscribe; what is there already for the same messages is deleted first."""
        webhooks = f"{self._settings.notification_base_url}{WEBHOOKS}"
        wanted = {
            "changeType": "created,updated,deleted",
            "notificationUrl": f"{webhooks}/notifications",
            "lifecycleNotificationUrl": f"{webhooks}/lifecycle",
            "resource": _resource(row),
            "expirationDateTime": to_graph(self._expiry()),
            "clientState": client_state,
            "includeResourceData": True,
            **_encryption(certificate),
        }
        try:
            return await self._post(row, wanted, fresh=True)
        except AlreadyThere:
            await self._delete_others(row)
            return await self._post(row, wanted, fresh=False)

    async def renew(
        self, row: ConnectionRow, subscription_id: SubscriptionId, certificate: CertificateRow | None
    ) -> Made:
        """Renew with a fresh token, which also authorizes it anew; raises Gone when it is not there any more."""
        changes: dict[str, Any] = {"expirationDateTime": to_graph(self._expiry())}
        if certificate is not None:
            changes |= _encryption(certificate)
        path = f"/subscriptions/{subscription_id}"
        answer = await self._tokens.use(row, lambda bearer: self._graph.patch(bearer, path, changes), fresh=True)
        return self._made(parse(Subscription, answer.body))

    async def delete(self, row: ConnectionRow, subscription_id: str) -> None:
        """Delete it."""
        path = f"/subscriptions/{subscription_id}"
        await self._tokens.use(row, lambda bearer: self._graph.delete(bearer, path))

    async def _post(self, row: ConnectionRow, wanted: dict[str, Any], *, fresh: bool) -> Made:
        answer = await self._tokens.use(
            row, lambda bearer: self._graph.post(bearer, "/subscriptions", wanted), fresh=fresh
        )
        return self._made(parse(Subscription, answer.body))

    def _made(self, said: Subscription) -> Made:
        expires_at = in_utc(said.expiration_date_time) if said.expiration_date_time else self._expiry()
        return Made(SubscriptionId(said.id), expires_at)

    async def _delete_others(self, row: ConnectionRow) -> None:
        """Whatever this app has for the same messages: left by a process that was killed."""
        path: str | None = "/subscriptions"
        while path:
            page = await self._page(row, path)
            for each in page.value:
                if _same_resource(each.resource, row):
                    await self.delete(row, each.id)
                    log.info("subscription_left_behind_deleted", user_id=row.user_id)
            path = page.next_link

    async def _page(self, row: ConnectionRow, path: str) -> SubscriptionPage:
        answer = await self._tokens.use(row, lambda bearer: self._graph.get(bearer, path))
        return parse(SubscriptionPage, answer.body)

    def _expiry(self) -> datetime:
        return self._clock() + timedelta(minutes=self._settings.subscription_minutes)


def _encryption(certificate: CertificateRow) -> dict[str, str]:
    return {
        "encryptionCertificate": base64.b64encode(certificate.certificate).decode(),
        "encryptionCertificateId": certificate.id,
    }


def _resource(row: ConnectionRow) -> str:
    return f"/users/{row.microsoft_user_id}/chats/getAllMessages"


def _same_resource(resource: str, row: ConnectionRow) -> bool:
    bare = resource.partition("?")[0].strip("/").casefold()
    return bare in {_resource(row).strip("/").casefold(), "me/chats/getallmessages"}
