"""An agent's Status in Teams, so that colleagues there see who is busy with a customer; off unless an admin wants it.

The app says it in its own name (`setPresence`, application permission), for a quarter of an hour and again before that
is over: when no process runs here, Microsoft forgets it by itself. It is written down before it is said, so that a
process that is started again takes back what a killed one said. What the agent chose in Teams outranks it (facts.md 4).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from deskbridge.accounts.model import AccountId, Status, UserId
from deskbridge.clock import Clock
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.storage.database import Database
from deskbridge.teams.graph import GraphClient
from deskbridge.teams.graph_errors import Gone, NoAnswer, NotReached, Refused, ScopeMissing, Throttled, Unauthorized
from deskbridge.teams.ids import MicrosoftUserId, TenantId
from deskbridge.teams.lanes import NotYet, backoff
from deskbridge.teams.model import AgentStatusInTeams, StatusProblem
from deskbridge.teams.msal_app import MicrosoftApp, SignInRefused
from deskbridge.teams.store import statuses
from deskbridge.teams.store.leases import LEASE, Leases
from deskbridge.teams.store.statuses import StatusRow, Wanted

log = structlog.get_logger(__name__)

LASTS: Final = timedelta(minutes=15)
AGAIN_AFTER: Final = {
    # Said once, it fades to inactive after five minutes (facts.md 4).
    Status.AVAILABLE: timedelta(minutes=4),
    Status.BUSY: timedelta(minutes=10),
    Status.ON_BREAK: timedelta(minutes=10),
}
REFUSED_FOR: Final = timedelta(minutes=5)

_PAIRS: Final = {
    # The only pairs that an application may set (facts.md 4).
    Status.AVAILABLE: ("Available", "Available"),
    Status.BUSY: ("Busy", "InACall"),
    Status.ON_BREAK: ("Away", "Away"),
}
_SENTENCES: Final = {
    StatusProblem.PERMISSION_MISSING: "The application may not set presence. Grant it the application permission "
    "Presence.ReadWrite.All in Microsoft Entra, with admin consent.",
    StatusProblem.SIGN_IN_REFUSED: "Microsoft refuses the application's own sign-in. Check its client secret.",
    StatusProblem.REFUSED: "Microsoft refuses to show it for some agents; this is tried again every five minutes.",
}


class AgentStatus:
    """One lane for each agent."""

    def __init__(
        self, db: Database, clock: Clock, app: MicrosoftApp, graph: GraphClient, leases: Leases, session_id: str
    ) -> None:
        self._db = db
        self._clock = clock
        self._app = app
        self._graph = graph
        self._leases = leases
        self._session_id = session_id
        """Microsoft wants the application's own id here."""

    async def find(self) -> list[str]:
        """Agents of whom something has to be said, or taken back."""
        now = self._clock()
        return list(await self._db.read_through(lambda there: statuses.list_due(there, now)))

    async def work(self, key: str) -> datetime | None:
        """Say it, say it again or take it back, whichever is due; what is due next is found by looking."""
        lease = f"status:{key}"
        if not await self._leases.claim(lease):
            return self._clock() + LEASE
        try:
            await self._keep(UserId(key))
        except Throttled as error:
            raise NotYet(self._clock() + (error.retry_after or backoff(4))) from error
        except (NoAnswer, NotReached, MicrosoftUnavailable) as error:
            raise NotYet(self._clock() + backoff(3)) from error
        finally:
            await self._leases.release(lease)
        return None

    async def view(self, account_id: AccountId, *, enabled: bool) -> AgentStatusInTeams:
        """How it stands in an Account, for its admin."""
        async with self._db.read() as connection:
            counts = await statuses.count_of_account(connection, account_id)
        shown = counts.pop(None, 0)
        worst = next((each for each in StatusProblem if each.value in counts), None)
        return AgentStatusInTeams(
            enabled=enabled,
            shown=shown,
            failing=sum(counts.values()),
            problem=worst,
            message=_SENTENCES[worst] if worst else None,
        )

    async def _keep(self, user_id: UserId) -> None:
        async with self._db.read() as connection:
            wanted = await statuses.find_wanted(connection, user_id)
            said = await statuses.find(connection, user_id)
        if said and (wanted is None or said.microsoft_user_id != wanted.microsoft_user_id):
            # The same agent may be connected as somebody else by now: found by looking again.
            await self._take_back(said)
        elif wanted and (said is None or said.status is not wanted.status or said.due_at <= self._clock()):
            await self._say(wanted)

    async def _say(self, wanted: Wanted) -> None:
        now = self._clock()
        due_at = now + AGAIN_AFTER[wanted.status]
        async with self._db.transaction() as tx:
            await statuses.put(tx.connection, wanted, now, now + LASTS)
        availability, activity = _PAIRS[wanted.status]
        body = {"availability": availability, "activity": activity, "expirationDuration": "PT15M"}
        problem = await self._ask(wanted.tenant_id, wanted.microsoft_user_id, "setPresence", body)
        if problem is not None:
            due_at = now + REFUSED_FOR
        await self._note(wanted.user_id, due_at=due_at, problem=problem)

    async def _take_back(self, said: StatusRow) -> None:
        now = self._clock()
        problem: StatusProblem | None = None
        if said.expires_at > now:
            # Written down first: until then it counts as something that is shown and should not be.
            await self._note(said.user_id, status=None, due_at=now)
            problem = await self._ask(said.tenant_id, said.microsoft_user_id, "clearPresence", {})
        if problem is not None:
            await self._note(said.user_id, due_at=min(now + REFUSED_FOR, said.expires_at), problem=problem)
            return
        async with self._db.transaction() as tx:
            await statuses.remove(tx.connection, said.user_id)

    async def _note(self, user_id: UserId, **columns: object) -> None:
        async with self._db.transaction() as tx:
            await statuses.update_columns(tx.connection, user_id, **columns)

    async def _ask(
        self, tenant_id: TenantId, whom: MicrosoftUserId, what: str, body: dict[str, str]
    ) -> StatusProblem | None:
        path, said = f"/users/{whom}/presence/{what}", {"sessionId": self._session_id, **body}
        try:
            try:
                await self._graph.post(await self._app.app_token(tenant_id), path, said)
            except (ScopeMissing, Unauthorized):
                # A token says what was granted when it was made; a new one may say more.
                self._app.forget_app_token(tenant_id)
                await self._graph.post(await self._app.app_token(tenant_id), path, said)
        except Gone:
            # Nothing of ours is there to be cleared, or there is no such user any more: an import will say so.
            return None if what == "clearPresence" else StatusProblem.REFUSED
        except SignInRefused:
            return StatusProblem.SIGN_IN_REFUSED
        except Refused as error:
            log.warning("agent_status_refused", what=what, error=str(error)[:200])
            is_missing = isinstance(error, ScopeMissing | Unauthorized)
            return StatusProblem.PERMISSION_MISSING if is_missing else StatusProblem.REFUSED
        return None
