"""`deskbridge health`: what the Health page says, as text or for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from deskbridge.api.desk import Desk
from deskbridge.health.agents import list_agents
from deskbridge.health.picture import draw
from deskbridge.health.views import AgentChoice, AgentHealth, Delay, HealthView
from deskbridge.operating.commands import with_desk
from deskbridge.operating.people import ACCOUNT, account_named
from deskbridge.operating.saying import AS_JSON, write_json
from deskbridge.settings import Settings

app = typer.Typer()

MOST: Final = 200
"""Agents who are named; how many there are is said in any case."""


@app.command("health")
def show_health(account: Annotated[str | None, ACCOUNT] = None, as_json: Annotated[bool, AS_JSON] = False) -> None:
    """Connections, subscriptions, queues, delays, the last import and what expires, as the Health page shows them."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        health = await draw(desk.db, desk.clock, desk.connector, found.id)
        wanted = (AgentChoice.TO_LOOK_AT, "")
        page = await list_agents(desk.db, desk.clock, found.id, wanted, (None, MOST))
        if as_json:
            write_json(health, to_look_at=[each.model_dump(mode="json") for each in page.agents])
            return
        for name, value in _in_words(health):
            typer.echo(f"{name + ':':<24} {value}")
        for agent in page.agents:
            typer.echo(f"To look at: {agent.display_name} ({agent.username}): {_remedy(agent)}")
        if page.total > len(page.agents):
            typer.echo(f"To look at: {page.total - len(page.agents)} more, whom the Health page lists.")

    with_desk(run)


def _in_words(health: HealthView) -> Iterator[tuple[str, str]]:
    agents, told = health.connections, health.subscriptions
    yield "Agents", f"{agents.connected} connected, {agents.lost} lost, {agents.not_connected} not connected"
    yield "Microsoft tells of", f"messages of {told.messages}, {told.missing} missing; presence by {told.presence}"
    for queue in health.queues:
        oldest = f", the oldest since {queue.oldest_at:%Y-%m-%d %H:%M} UTC" if queue.oldest_at else ""
        yield f"Queue {queue.name}", f"{queue.length}{oldest}"
    yield "Delay at Microsoft", _delay(health.delay_at_microsoft)
    yield "Delay here", _delay(health.delay_here)
    yield "Asked to wait", f"{health.agents_asked_to_wait} agents"
    yield "Not told", f"{health.agents_not_told} agents in the last hour"
    yield "Last import", _last_import(health)
    if health.secret_expires_at:
        yield "Client secret", f"until {health.secret_expires_at:%Y-%m-%d}"
    if app_certificate := health.app_certificate:
        until = app_certificate.expires_at and f"until {app_certificate.expires_at:%Y-%m-%d}"
        yield "Certificate", app_certificate.problem or until or "not known"
    yield "Users online", str(health.users_online)


def _delay(delay: Delay) -> str:
    if delay.p50_seconds is None or delay.p99_seconds is None:
        return "nothing was told"
    return f"p50 {delay.p50_seconds:.2f} s, p99 {delay.p99_seconds:.2f} s ({delay.samples} in {delay.hours} h)"


def _last_import(health: HealthView) -> str:
    last = health.last_import
    if last is None:
        return "none"
    why = last.error or (last.waiting and last.waiting.words)
    return f"{last.state.value}, begun {last.started_at:%Y-%m-%d %H:%M} UTC{f': {why}' if why else ''}"


def _remedy(agent: AgentHealth) -> str:
    return agent.connection.remedy or "Microsoft does not tell of their messages at the moment. Run: deskbridge doctor"
