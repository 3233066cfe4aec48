"""The subscriptions to presence that agents carry: made, replaced, renewed and dropped, one for each agent.

What a subscription tells of cannot be changed: it is deleted and made anew, and those it tells of are read afterwards.
Each state is written down before Microsoft is asked, so that a process that is killed leaves nothing that is believed
to live: at worst a subscription that nobody here knows, which the next attempt finds and deletes.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from deskbridge.clock import Clock
from deskbridge.directory.model import IdentityId
from deskbridge.storage.database import Database
from deskbridge.storage.schema import new_id
from deskbridge.teams.certificates import Certificates
from deskbridge.teams.farewells import give_up
from deskbridge.teams.graph_errors import Gone
from deskbridge.teams.ids import MicrosoftUserId
from deskbridge.teams.intake import client_state, hash_secret
from deskbridge.teams.store import subscriptions, watches
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.store.subscriptions import PRESENCE, SubscriptionRow
from deskbridge.teams.subscriptions import RENEW_AT_MOST_AFTER
from deskbridge.teams.subscriptions_at_microsoft import AtMicrosoft, Made, presences

log = structlog.get_logger(__name__)

HOUR = timedelta(hours=1)


class PresenceSubscriptions:
    """Does what the plan says, as the agent who carries it."""

    def __init__(self, db: Database, clock: Clock, at_microsoft: AtMicrosoft, certificates: Certificates) -> None:
        self._db = db
        self._clock = clock
        self._at_microsoft = at_microsoft
        self._certificates = certificates

    async def make(
        self, row: ConnectionRow, before: SubscriptionRow | None, whom: Mapping[IdentityId, MicrosoftUserId]
    ) -> None:
        """That agent's subscription tells of these from now on, and they are to be read once it does."""
        certificate = await self._certificates.current()
        id_, secret = new_id(), secrets.token_urlsafe(32)
        async with self._db.transaction() as tx:
            await subscriptions.replace(
                tx.connection,
                row.user_id,
                PRESENCE,
                id=id_,
                secret_hash=hash_secret(secret),
                tenant_id=row.tenant_id,
                certificate_id=certificate.id,
            )
        renewed_for = before.renew_at if before and before.subscription_id else None
        if before and before.subscription_id:
            await self._delete(row, before)
        state = client_state(id_, secret)
        # The token of the one before lasts until that one was to be renewed; a fresh one each time would be too many.
        made = await self._at_microsoft.create(
            row, presences(whom.values()), state, certificate, fresh=renewed_for is None
        )
        columns = self._times(made)
        if renewed_for is not None:
            columns["renew_at"] = min(renewed_for, columns["renew_at"])
        async with self._db.transaction() as tx:
            if not await subscriptions.update_columns(tx.connection, id_, subscription_id=made.id, **columns):
                await give_up(tx, row, made)
                return
            await watches.update_all(tx.connection, whom, subscription=id_, read_at=None)
        log.info("presence_subscribed", user_id=row.user_id, how_many=len(whom))

    async def renew(self, row: ConnectionRow, found: SubscriptionRow) -> datetime | None:
        """For another hour: until when, or None when it is not there any more."""
        if found.subscription_id is None:
            return None
        certificate = await self._certificates.current()
        changed = certificate if certificate.id != found.certificate_id else None
        try:
            made = await self._at_microsoft.renew(row, found.subscription_id, changed, HOUR)
        except Gone:
            async with self._db.transaction() as tx:
                await subscriptions.update_columns(tx.connection, found.id, subscription_id=None)
            return None
        async with self._db.transaction() as tx:
            columns = self._times(made)
            await subscriptions.update_columns(tx.connection, found.id, certificate_id=certificate.id, **columns)
        return made.expires_at

    async def drop(self, row: ConnectionRow, found: SubscriptionRow) -> None:
        """Nobody looks at anybody in it."""
        async with self._db.transaction() as tx:
            await subscriptions.remove(tx.connection, row.user_id, PRESENCE)
        await self._delete(row, found)
        log.info("presence_subscription_dropped", user_id=row.user_id)

    async def _delete(self, row: ConnectionRow, found: SubscriptionRow) -> None:
        if found.subscription_id is None:
            return
        try:
            await self._at_microsoft.delete(row, found.subscription_id)
        except Gone:
            log.info("presence_subscription_gone", user_id=row.user_id)

    def _times(self, made: Made) -> dict[str, datetime]:
        now = self._clock()
        lasts = max((made.expires_at - now) * 2 / 3, timedelta(minutes=1))
        return {"expires_at": made.expires_at, "renew_at": now + min(lasts, RENEW_AT_MOST_AFTER)}
