"""Each agent's connection with its remedy, what Microsoft tells on their behalf, and what it asks of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row

from deskbridge.accounts.model import AccountId
from deskbridge.clock import Clock
from deskbridge.health import agent_store
from deskbridge.health.views import AgentChoice, AgentHealth, AgentHealthPage
from deskbridge.storage.database import Database
from deskbridge.teams.model import Connection
from deskbridge.teams.standing import shown
from deskbridge.teams.store import connections

NOT_TOLD_LATELY: Final = timedelta(hours=1)
PACED: Final = timedelta(seconds=5)
"""Every agent waits a second or two between messages; only more than that is Microsoft's doing."""
_AT_ONCE: Final = 500


async def list_agents(
    db: Database, clock: Clock, account_id: AccountId, wanted: tuple[AgentChoice, str], page: tuple[int, int]
) -> AgentHealthPage:
    """A page (offset, limit) of those who are wanted: which, and by what their name or username contains."""
    now = clock()
    async with db.read() as connection:
        rows, total = await agent_store.list_agents(connection, account_id, now, wanted, page)
        known = await connections.list_of_users(connection, account_id, [row.id for row in rows])
    end = page[0] + len(rows)
    agents = [_agent(row, shown(known.get(row.id)), now) for row in rows]
    return AgentHealthPage(agents=agents, next=end if end < total and rows else None, total=total)


async def read_all(db: Database, clock: Clock, account_id: AccountId) -> AsyncIterator[AgentHealth]:
    """Every agent, read a part at a time."""
    after: int | None = 0
    while after is not None:
        page = await list_agents(db, clock, account_id, (AgentChoice.ALL, ""), (after, _AT_ONCE))
        for each in page.agents:
            yield each
        after = page.next


def _agent(row: Row[Any], connection: Connection, now: datetime) -> AgentHealth:
    is_asked = row.send_after is not None and row.send_after > now + PACED
    is_late = row.not_told_at is not None and row.not_told_at >= now - NOT_TOLD_LATELY
    return AgentHealth(
        user_id=row.id,
        username=row.username,
        display_name=row.display_name,
        connection=connection,
        messages_until=row.messages_until,
        presence_until=row.presence_until,
        asked_to_wait_until=row.send_after if is_asked else None,
        not_told_at=row.not_told_at if is_late else None,
    )
