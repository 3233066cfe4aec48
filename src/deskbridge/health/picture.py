"""The health of one Account's side of the product, as it is now."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId
from deskbridge.clock import Clock
from deskbridge.health import store
from deskbridge.health.views import ConnectionHealth, Delay, HealthView, SubscriptionHealth
from deskbridge.realtime.hub import Hub
from deskbridge.storage.database import Database
from deskbridge.teams.connector import Connector
from deskbridge.teams.delays import Part
from deskbridge.teams.ids import TenantId
from deskbridge.teams.standing import seen_by

NOT_TOLD_LATELY: Final = timedelta(hours=1)
PACED: Final = timedelta(seconds=5)
"""Every agent waits a second or two between messages; only more than that is Microsoft's doing."""


async def draw(db: Database, clock: Clock, hub: Hub, connector: Connector, account_id: AccountId) -> HealthView:
    """Read it all in one moment; what Microsoft has to be asked comes from memory, or within two seconds."""
    now = clock()
    async with db.read() as connection:
        account = await accounts_store.find_account(connection, account_id)
        tenant_id = await accounts_store.tenant_of(connection, account_id)
        users = {each.id: each for each in await accounts_store.list_users(connection, account_id)}
        seen = [(each, await seen_by(connection, each, account)) for each in users.values() if each.is_agent]
        subscriptions = [
            SubscriptionHealth(
                user_id=row.user_id,
                display_name=users[row.user_id].display_name,
                kind=row.kind,
                expires_at=row.expires_at if row.subscription_id else None,
            )
            for row in await store.list_subscriptions(connection, account_id)
        ]
        queues = await store.queues(connection, account_id)
        waiting = await store.count_waiting(connection, account_id, now + PACED)
        not_told = await store.count_not_told(connection, account_id, now - NOT_TOLD_LATELY)
        made_at = await store.newest_certificate(connection)
    imports = await connector.importer.latest(account_id)
    is_shown = account is not None and account.agent_status_in_teams
    registration = await connector.examiner.known_registration(TenantId(tenant_id)) if tenant_id else None
    return HealthView(
        at=now,
        connections=[
            ConnectionHealth(user_id=user.id, display_name=user.display_name, connection=connection)
            for user, connection in seen
        ],
        subscriptions=subscriptions,
        queues=queues,
        delay_at_microsoft=_delay(connector, Part.MICROSOFT),
        delay_here=_delay(connector, Part.HERE),
        agents_asked_to_wait=waiting,
        agents_not_told=not_told,
        last_import=imports[0] if imports else None,
        secret_expires_at=registration.secret_expires_at if registration else None,
        certificate_made_at=made_at,
        browsers=hub.connected_of(account_id),
        agent_status=await connector.agent_status.view(account_id, enabled=is_shown),
    )


def _delay(connector: Connector, part: Part) -> Delay:
    samples, p50, p99 = connector.delays.lately(part)
    return Delay(samples=samples, p50_seconds=p50, p99_seconds=p99)
