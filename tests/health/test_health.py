"""What the health page, the metrics and the probes say, in fair weather and foul."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import text

from deskbridge.api.desk import Desk
from deskbridge.settings import Settings
from deskbridge.teams.app_certificate import AppCertificateFile
from support.agents import Agent
from support.credentials import make_credential
from teams.office import ROBIN, Office

TOKEN = {"Authorization": "Bearer watch me"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"metrics_token": SecretStr("watch me")})


@pytest.fixture
async def outside(office: Office) -> AsyncIterator[httpx.AsyncClient]:
    """Prometheus, or a load balancer."""
    async with httpx.AsyncClient(base_url=office.anne.base) as client:
        yield client


async def scraped(outside: httpx.AsyncClient) -> dict[str, float]:
    """Each metric's values by its labels."""
    answer = await outside.get("/metrics", headers=TOKEN)
    assert answer.status_code == 200
    return {
        sample.name + "".join(f",{key}={value}" for key, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_a_day_at_the_office_is_seen_by_admins_and_by_prometheus(
    office: Office, outside: httpx.AsyncClient, browser_of: Callable[[], Agent]
) -> None:
    dana = browser_of()
    await dana.sign_in("dana")
    before = await scraped(outside)
    await office.said_and_answered()
    await office.in_teams(ROBIN, "Hello Anne")
    await office.work()
    await office.write("This one waits")

    seen = await dana.call("GET", "/admin/health")
    assert seen["connections"] == {"connected": 1, "lost": 0, "not_connected": 0, "to_look_at": 0}
    assert (seen["subscriptions"]["messages"], seen["subscriptions"]["missing"]) == (1, 0)
    assert seen["subscriptions"]["first_expires_at"] > seen["at"]
    assert {each["name"]: each["length"] for each in seen["queues"]} == {"inbox": 0, "outbox": 1, "reading": 0}
    assert seen["delay_here"]["samples"] > 0
    assert seen["delay_at_microsoft"]["p99_seconds"] >= 0
    assert seen["last_import"]["state"] == "done"
    assert seen["secret_expires_at"] is None
    assert seen["certificate_made_at"] <= seen["at"]

    now = await scraped(outside)
    assert now["deskbridge_teams_connections,reason=,state=connected"] == 1
    assert now["deskbridge_queue_length,queue=outbox"] == 1
    assert now["deskbridge_teams_subscription_expires_seconds,kind=chat_messages"] > 0
    assert now["deskbridge_database_up"] == 1
    for counted in (
        "deskbridge_teams_notifications_total,outcome=added",
        "deskbridge_teams_sends_total,end=sent",
        "deskbridge_graph_requests_total,end=answered",
        "deskbridge_http_seconds_count,method=GET,route=/people,status=200",
    ):
        assert now.get(counted, 0) > before.get(counted, 0), counted
    assert not any("Anne" in name or office.user.id in name for name in now)


async def test_the_client_secret_is_watched_where_graph_lets_us(
    office: Office, browser_of: Callable[[], Agent], outside: httpx.AsyncClient
) -> None:
    changed = {"app_roles": ["User.Read.All", "Application.Read.All"], "secret_expires_in": 86_400 * 9}
    answer = await office.sim.client.put(f"/apps/{office.sim.info['client_id']}", json=changed)
    assert answer.is_success
    dana = browser_of()
    await dana.sign_in("dana")
    office.desk.connector._wired.app._app_tokens.clear()
    seen = await dana.call("GET", "/admin/health")
    assert seen["secret_expires_at"] > seen["at"]
    assert (await scraped(outside))["deskbridge_client_secret_expires_seconds"] == pytest.approx(86_400 * 9, abs=5)


async def test_the_certificate_for_microsoft_is_watched_without_asking_microsoft(
    office: Office, tmp_path: Path, outside: httpx.AsyncClient
) -> None:
    file, desk = tmp_path / "ours.pem", office.desk
    desk.connector._wired.app._certificate = AppCertificateFile(file, None)
    assert (await scraped(outside))["deskbridge_app_certificate_expires_seconds"] == 0
    ours = make_credential(now=desk.clock(), days=9)
    await asyncio.to_thread(file.write_text, ours.key_pem() + ours.pem)
    assert (await scraped(outside))["deskbridge_app_certificate_expires_seconds"] == pytest.approx(86_400 * 9, abs=5)


async def test_metrics_are_for_who_knows_the_token(office: Office, outside: httpx.AsyncClient) -> None:
    for wrong in ({}, {"Authorization": "Bearer watch you"}, {"Authorization": "watch me"}):
        assert (await outside.get("/metrics", headers=wrong)).status_code == 401


async def test_ready_only_with_the_database_at_this_version(office: Office, outside: httpx.AsyncClient) -> None:
    answer = await outside.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")

    await change(office.desk, "UPDATE alembic_version SET version_num = '0000'")
    answer = await outside.get("/readyz")
    assert (answer.status_code, answer.json()["database"], answer.json()["migrations"]) == (503, True, False)

    await change(office.desk, "ALTER TABLE alembic_version RENAME TO gone")
    await change(office.desk, "ALTER TABLE teams_inbox RENAME TO gone_too")
    answer = await outside.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, False)
    assert (await scraped(outside))["deskbridge_database_up"] == 0
    assert (await outside.get("/healthz")).status_code == 200


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_not_ready_while_somebody_else_holds_the_file(office: Office, outside: httpx.AsyncClient) -> None:
    # The product waits for ten seconds.
    await change(office.desk, "PRAGMA busy_timeout=1")
    somebody = sqlite3.connect(office.desk.settings.data_dir / "deskbridge.sqlite3", isolation_level=None)
    somebody.execute("BEGIN IMMEDIATE")
    answer = await outside.get("/readyz")
    found = answer.json()
    assert (answer.status_code, found["database"], found["writable"]) == (503, True, False)
    somebody.execute("ROLLBACK")
    somebody.close()
    assert (await outside.get("/readyz")).status_code == 200


@pytest.mark.parametrize("machines", ["many machines"], indirect=True)
async def test_not_ready_on_a_database_that_is_only_read(office: Office, outside: httpx.AsyncClient) -> None:
    """As on a standby after somebody has led us there."""
    async with office.desk.db.read() as connection:
        name = await connection.scalar(text("SELECT current_database()"))
    await change(office.desk, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    await office.desk.db._write.dispose()
    answer = await outside.get("/readyz")
    assert (answer.status_code, answer.json()["writable"]) == (503, False)


async def change(desk: Desk, statement: str) -> None:
    async with desk.db.transaction() as tx:
        await tx.connection.execute(text(statement))


async def test_without_a_token_there_are_no_metrics(desk: Desk, browser_of: Callable[[], Agent]) -> None:
    object.__setattr__(desk, "settings", desk.settings.model_copy(update={"metrics_token": None}))
    assert (await browser_of().http.get("/metrics", headers=TOKEN)).status_code == 404
