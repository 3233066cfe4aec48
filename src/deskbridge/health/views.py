"""The product's health as an admin sees it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from deskbridge.accounts.model import UserId, View
from deskbridge.directory.imports import ImportView
from deskbridge.teams.model import AgentStatusInTeams, Connection


class Queue(View):
    """What waits: `inbox` to be applied here, `outbox` to be sent to Teams, `reading` chats to be read again."""

    name: Literal["inbox", "outbox", "reading"]
    length: int
    oldest_at: datetime | None


class ConnectionHealth(View):
    """One User's Teams connection, with its remedy where it does not work."""

    user_id: UserId
    display_name: str
    connection: Connection


class SubscriptionHealth(View):
    """What Microsoft tells us on behalf of one User; without `expires_at` there is none at the moment."""

    user_id: UserId
    display_name: str
    kind: Literal["chat_messages", "presence"]
    expires_at: datetime | None


class Delay(View):
    """How long changes in Teams took, in seconds, each to a tenth, in all processes together.

    Of the last hour; where nothing was told in it, of the last day (`hours`); None where nothing was told at all.
    `newest_at` is when the last of them was measured.
    """

    samples: int
    p50_seconds: float | None
    p99_seconds: float | None
    hours: Literal[1, 24]
    newest_at: datetime | None


class AppCertificateHealth(View):
    """What the product signs in to Microsoft with in place of a secret: until when, or why it cannot be used."""

    expires_at: datetime | None
    problem: str | None


class HealthView(View):
    """Everything on the page, as of `at`.

    `agents_not_told` are those whom Microsoft silently did not tell something, as was noticed in the last hour.
    `delay_at_microsoft` is from a change in Teams until we were told, `delay_here` from there until it was applied.
    `users_online` have a workspace open, at whatever process.
    `secret_expires_at` is None where Microsoft does not let us see it, or where there is an `app_certificate` instead.
    """

    at: datetime
    connections: list[ConnectionHealth]
    subscriptions: list[SubscriptionHealth]
    queues: list[Queue]
    delay_at_microsoft: Delay
    delay_here: Delay
    agents_asked_to_wait: int
    agents_not_told: int
    last_import: ImportView | None
    secret_expires_at: datetime | None
    app_certificate: AppCertificateHealth | None
    certificate_made_at: datetime | None
    users_online: int
    agent_status: AgentStatusInTeams
