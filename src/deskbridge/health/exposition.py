"""Prometheus metrics: what this process counts, and what the database tells of all processes together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from deskbridge.clock import Clock
from deskbridge.errors import DatabaseUnavailable
from deskbridge.health import store
from deskbridge.health.agents import NOT_TOLD_LATELY, PACED
from deskbridge.health.credentials import certificate_health
from deskbridge.health.views import AppCertificateHealth, Queue
from deskbridge.realtime.hub import Hub
from deskbridge.storage.database import Database
from deskbridge.teams.connector import Connector
from deskbridge.teams.ids import TenantId

_UP: Final = "deskbridge_database_up"


@dataclass(slots=True, eq=False)
class _Gauges(Collector):
    """Families that were read just now."""

    families: list[GaugeMetricFamily]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        return self.families


async def expose(db: Database, clock: Clock, hub: Hub, connector: Connector) -> bytes:
    """The whole text. Without a database only what this process counts, and that there is none."""
    families = [_gauge("deskbridge_websockets", "Browsers that are connected to this process.", hub.connected)]
    try:
        families += [*await _read(db, clock(), connector), _gauge(_UP, "Whether the database answers.", 1)]
    except (SQLAlchemyError, DatabaseUnavailable):
        families.append(_gauge(_UP, "Whether the database answers.", 0))
    registry = CollectorRegistry()
    registry.register(_Gauges(families))
    return generate_latest(REGISTRY) + generate_latest(registry)


async def _read(db: Database, now: datetime, connector: Connector) -> list[GaugeMetricFamily]:
    async with db.read() as connection:
        standing = await store.count_connections(connection)
        kept = await store.count_subscriptions(connection)
        queues = await store.queues(connection, None)
        waiting = await store.count_waiting(connection, None, now + PACED)
        imports = await store.latest_imports(connection)
        not_told = await store.count_not_told(connection, None, now - NOT_TOLD_LATELY)
        made_at = await store.newest_certificate(connection)
        tenant_id = await store.any_tenant(connection)
    known = await connector.examiner.known_registration(TenantId(tenant_id)) if tenant_id else None
    certificate = await certificate_health(connector.examiner)

    return [
        *_kept(now, standing, kept),
        *_waiting(now, queues),
        _gauge("deskbridge_teams_agents_asked_to_wait", "Agents for whom Microsoft has asked to wait.", waiting),
        _gauge("deskbridge_teams_agents_not_told", "Agents whom Microsoft did not tell something, of late.", not_told),
        _family(
            "deskbridge_teams_import_age_seconds",
            "Since an import last came to a good end.",
            ("account",),
            (((name,), (now - at).total_seconds()) for name, at in imports if at),
        ),
        *_ends(now, made_at, known.secret_expires_at if known else None),
        *_certificate(now, certificate),
    ]


def _kept(now: datetime, standing: Sequence[Any], kept: Sequence[Any]) -> Iterator[GaugeMetricFamily]:
    yield _family(
        "deskbridge_teams_connections",
        "Teams connections by their state and the reason for it.",
        ("state", "reason"),
        (((state, reason or ""), count) for state, reason, count in standing),
    )
    yield _family(
        "deskbridge_teams_subscriptions",
        "Subscriptions at Microsoft by their kind.",
        ("kind",),
        (((kind,), count) for kind, count, _ in kept),
    )
    yield _family(
        "deskbridge_teams_subscription_expires_seconds",
        "How long the first of them to end still lasts.",
        ("kind",),
        (((kind,), (first - now).total_seconds()) for kind, _, first in kept if first),
    )


def _waiting(now: datetime, queues: Sequence[Queue]) -> Iterator[GaugeMetricFamily]:
    yield _family(
        "deskbridge_queue_length", "What waits.", ("queue",), (((each.name,), each.length) for each in queues)
    )
    yield _family(
        "deskbridge_queue_oldest_seconds",
        "How long the oldest of it has waited.",
        ("queue",),
        (((each.name,), (now - each.oldest_at).total_seconds() if each.oldest_at else 0) for each in queues),
    )


def _ends(now: datetime, made_at: datetime | None, secret_ends: datetime | None) -> Iterator[GaugeMetricFamily]:
    if made_at:
        age = (now - made_at).total_seconds()
        yield _gauge("deskbridge_webhook_certificate_age_seconds", "Of the certificate for notifications.", age)
    if secret_ends:
        left = (secret_ends - now).total_seconds()
        yield _gauge("deskbridge_client_secret_expires_seconds", "How long the client secret still lasts.", left)


def _certificate(now: datetime, certificate: AppCertificateHealth | None) -> Iterator[GaugeMetricFamily]:
    """Without an end it cannot be used: as good as ended."""
    if certificate:
        left = (certificate.expires_at - now).total_seconds() if certificate.expires_at else 0
        yield _gauge("deskbridge_app_certificate_expires_seconds", "How long the app's certificate still lasts.", left)


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, value=value)


def _family(
    name: str, says: str, labels: tuple[str, ...], samples: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, says, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family
