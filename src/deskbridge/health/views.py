"""The product's health as an admin sees it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from deskbridge.accounts.model import UserId, View
from deskbridge.directory.imports import ImportView
from deskbridge.teams.model import AgentStatusInTeams, Connection


class Queue(View):
    """What waits: `inbox` to be applied here, `outbox` to be sent to Teams, `reading` chats to be read again."""

    name: Literal["inbox", "outbox", "reading"]
    length: int
    oldest_at: datetime | None


class AgentChoice(StrEnum):
    """Which agents: `to_look_at` are those whose connection is lost, does not come about or has no subscription."""

    ALL = "all"
    TO_LOOK_AT = "to_look_at"
    CONNECTED = "connected"
    NOT_CONNECTED = "not_connected"
    LOST = "lost"


class AgentHealth(View):
    """One agent's Teams connection, with its remedy where it does not work.

    `messages_until` and `presence_until` are when the subscriptions end on whose behalf Microsoft tells us (they are
    renewed before), None where there is none at the moment. `asked_to_wait_until` is there while Microsoft throttles,
    `not_told_at` where it silently did not tell something in the last hour.
    """

    user_id: UserId
    username: str
    display_name: str
    connection: Connection
    messages_until: datetime | None
    presence_until: datetime | None
    asked_to_wait_until: datetime | None
    not_told_at: datetime | None


class AgentHealthPage(View):
    """Some of the agents, what is to be looked at first; `next` is where the following page begins."""

    agents: list[AgentHealth]
    next: str | None
    total: int


class ConnectionCounts(View):
    """Of agents who are not suspended, and where Teams chat is on."""

    connected: int
    lost: int
    not_connected: int
    to_look_at: int


class SubscriptionCounts(View):
    """`missing` are connected agents of whose messages Microsoft does not tell at the moment."""

    messages: int
    missing: int
    presence: int
    first_expires_at: datetime | None


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
    connections: ConnectionCounts
    subscriptions: SubscriptionCounts
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
