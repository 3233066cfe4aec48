"""The Teams connection as its owner sees it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from deskbridge.accounts.model import View


class ConnectionState(StrEnum):
    """`off`: Teams chat is not switched on, or the User is no agent. `lost` names the remedy beside it."""

    OFF = "off"
    NOT_CONNECTED = "not_connected"
    CONNECTED = "connected"
    LOST = "lost"


class Connection(View):
    """The link between one User and their own Microsoft account.

    `reason` is a code (see docs/errors.md) and `remedy` a sentence for the agent, both set when the last attempt
    to connect failed or the connection was lost.
    """

    state: ConnectionState
    microsoft_name: str | None = None
    microsoft_username: str | None = None
    since: datetime | None = None
    reason: str | None = None
    remedy: str | None = None


class StatusProblem(StrEnum):
    """Why an agent's Status is not shown in Teams; the worst first."""

    SIGN_IN_REFUSED = "sign_in_refused"
    PERMISSION_MISSING = "permission_missing"
    REFUSED = "refused"


class AgentStatusInTeams(View):
    """How it stands with the agents' Status in Teams: of how many it is `shown`, and of how many it fails and why."""

    enabled: bool
    shown: int
    failing: int
    problem: StatusProblem | None
    message: str | None
