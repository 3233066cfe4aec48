"""The health of one Account's side of the product, as it is now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId
from deskbridge.clock import Clock
from deskbridge.health import agent_store, store
from deskbridge.health.agents import NOT_TOLD_LATELY, PACED
from deskbridge.health.credentials import certificate_health
from deskbridge.health.views import Delay, HealthView
from deskbridge.presence import store as presence_store
from deskbridge.storage.database import Database
from deskbridge.teams.connector import Connector
from deskbridge.teams.delays import Part, percentile
from deskbridge.teams.ids import TenantId
from deskbridge.teams.store import delays
from deskbridge.teams.store.delays import Tally


async def draw(db: Database, clock: Clock, connector: Connector, account_id: AccountId) -> HealthView:
    """Read it all in one moment; what Microsoft has to be asked comes from memory, or within two seconds."""
    now = clock()
    async with db.read() as connection:
        account = await accounts_store.find_account(connection, account_id)
        tenant_id = await accounts_store.tenant_of(connection, account_id)
        connected, subscribed = await agent_store.count(connection, account_id, now)
        queues = await store.queues(connection, account_id)
        waiting = await store.count_waiting(connection, account_id, now + PACED)
        not_told = await store.count_not_told(connection, account_id, now - NOT_TOLD_LATELY)
        made_at = await store.newest_certificate(connection)
        at_microsoft, here = await _delays(connection, account_id, now)
        online = await presence_store.count_connected(connection, account_id, now)
    imports = await connector.importer.latest(account_id)
    is_shown = account is not None and account.agent_status_in_teams
    registration = await connector.examiner.known_registration(TenantId(tenant_id)) if tenant_id else None
    return HealthView(
        at=now,
        connections=connected,
        subscriptions=subscribed,
        queues=queues,
        delay_at_microsoft=at_microsoft,
        delay_here=here,
        agents_asked_to_wait=waiting,
        agents_not_told=not_told,
        last_import=imports[0] if imports else None,
        secret_expires_at=registration.secret_expires_at if registration else None,
        app_certificate=await certificate_health(connector.examiner),
        certificate_made_at=made_at,
        users_online=online,
        agent_status=await connector.agent_status.view(account_id, enabled=is_shown),
    )


async def _delays(connection: AsyncConnection, account_id: AccountId, now: datetime) -> list[Delay]:
    """Microsoft's part and ours."""
    hours: Literal[1, 24] = 1
    found = await delays.tally(connection, account_id, now - timedelta(hours=hours))
    if not found:
        hours = 24
        found = await delays.tally(connection, account_id, now - timedelta(hours=hours))
    return [_delay(found.get(part.value), hours) for part in (Part.MICROSOFT, Part.HERE)]


def _delay(tally: Tally | None, hours: Literal[1, 24]) -> Delay:
    if tally is None:
        return Delay(samples=0, p50_seconds=None, p99_seconds=None, hours=hours, newest_at=None)
    p50, p99 = (round(percentile(tally.counts, share), 4) for share in (0.5, 0.99))
    samples = sum(tally.counts.values())
    return Delay(samples=samples, p50_seconds=p50, p99_seconds=p99, hours=hours, newest_at=tally.newest_at)
