"""One subscription for each connected agent to the messages of all their chats, kept alive (facts.md 0, 7).

`/users/{id}/chats/getAllMessages` with content, encrypted for our certificate. It is renewed about hourly with a token
made for that purpose, because deliveries stop when the token that came with the last renewal expires (facts.md 7.3).
What happened while there was none, or before a new one's answer was recorded, is read from the chats (sync.py).

Killed between Microsoft's answer and our record of it: the next attempt gets 409, deletes what is there and subscribes
again. Its notifications until then are attributed by clientState, whose proof was stored before Microsoft was asked.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from deskbridge.accounts.model import UserId
from deskbridge.clock import Clock
from deskbridge.storage.database import Database
from deskbridge.storage.schema import new_id
from deskbridge.teams.certificates import Certificates
from deskbridge.teams.farewells import give_up
from deskbridge.teams.graph_errors import Gone, NoAnswer, NotReached, Refused, Throttled
from deskbridge.teams.intake import client_state, hash_secret
from deskbridge.teams.lanes import NotYet, backoff
from deskbridge.teams.looking_over import after_gap
from deskbridge.teams.resources import Unreadable
from deskbridge.teams.store import connections, subscriptions
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.store.leases import LEASE, Leases
from deskbridge.teams.subscriptions_at_microsoft import AtMicrosoft, Made, chat_messages
from deskbridge.teams.tokens import NotConnected

log = structlog.get_logger(__name__)

RENEW_AT_MOST_AFTER: Final = timedelta(minutes=50)
"""An access token lives 60 to 90 minutes (facts.md 1.2)."""
REFUSED_FOR: Final = timedelta(minutes=5)
"""After a refusal that trying again at once would not change, such as a full quota."""


class Subscriptions:
    """Keeps the agents' subscriptions, one lane for each agent."""

    def __init__(
        self, db: Database, clock: Clock, at_microsoft: AtMicrosoft, certificates: Certificates, leases: Leases
    ) -> None:
        self._db = db
        self._clock = clock
        self._at_microsoft = at_microsoft
        self._certificates = certificates
        self._leases = leases

    async def find(self) -> list[str]:
        """Agents whose subscription is missing or due."""
        now = self._clock()
        return list(await self._db.read_through(lambda there: subscriptions.list_due(there, now)))

    async def work(self, key: str) -> datetime | None:
        """Subscribe or renew, whichever is due; what is due next is found by looking."""
        lease = f"subscription:{key}"
        if not await self._leases.claim(lease):
            return self._clock() + LEASE
        try:
            await self._keep(UserId(key))
        except NotConnected:
            log.info("not_connected_any_more", user_id=key)
        except Throttled as error:
            return self._clock() + (error.retry_after or backoff(4))
        except (NoAnswer, NotReached, Unreadable) as error:
            raise NotYet(self._clock() + backoff(3)) from error
        except Refused as error:
            log.warning("subscription_refused", user_id=key, error=str(error))
            # 400 is mostly our own web server that was not reachable at the moment of the handshake.
            return self._clock() + (backoff(2) if error.status == 400 else REFUSED_FOR)
        finally:
            await self._leases.release(lease)
        return None

    async def _keep(self, user_id: UserId) -> None:
        async with self._db.read() as connection:
            row = await connections.find(connection, user_id)
            found = await subscriptions.find(connection, user_id)
        if row is None or not row.is_usable:
            return
        now = self._clock()
        if found is None or found.subscription_id is None or (found.expires_at or now) <= now:
            await self._create(row)
            return
        if found.renew_at is not None and found.renew_at > now:
            return
        try:
            certificate = await self._certificates.current()
            changed = certificate if certificate.id != found.certificate_id else None
            made = await self._at_microsoft.renew(row, found.subscription_id, changed)
        except Gone:
            await self._create(row)
            return
        await self._record(row, found.id, made, renewed_with=certificate.id)
        await self._at_microsoft.require_license(row)

    async def _create(self, row: ConnectionRow) -> None:
        certificate = await self._certificates.current()
        id_, secret = new_id(), secrets.token_urlsafe(32)
        async with self._db.transaction() as tx:
            await subscriptions.replace(
                tx.connection,
                row.user_id,
                id=id_,
                secret_hash=hash_secret(secret),
                tenant_id=row.tenant_id,
                certificate_id=certificate.id,
            )
        made = await self._at_microsoft.create(row, chat_messages(row), client_state(id_, secret), certificate)
        log.info("subscribed", user_id=row.user_id)
        await self._record(row, id_, made)

    async def _record(self, row: ConnectionRow, id_: str, made: Made, *, renewed_with: str | None = None) -> None:
        now = self._clock()
        lasts = max((made.expires_at - now) * 2 / 3, timedelta(minutes=1))
        renew_at = now + min(lasts, RENEW_AT_MOST_AFTER)
        columns: dict[str, Any] = {
            "subscription_id": made.id,
            "expires_at": made.expires_at,
            "renew_at": renew_at,
        }
        if renewed_with:
            columns["certificate_id"] = renewed_with
        async with self._db.transaction() as tx:
            is_wanted = await subscriptions.update_columns(tx.connection, id_, **columns)
            if is_wanted and not renewed_with:
                # Whatever was said while there was no subscription, or not this one.
                await after_gap(tx, row.user_id, now)
            if not is_wanted:
                # Disconnected, suspended or switched off while Microsoft made it.
                await give_up(tx, row, made)
