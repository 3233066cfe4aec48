"""Each agent's connection with its remedy, what Microsoft tells on their behalf, and what it asks of them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from sqlalchemy import Row

from deskbridge.accounts.model import AccountId
from deskbridge.clock import Clock
from deskbridge.errors import BadCursor
from deskbridge.health import agent_store
from deskbridge.health.agent_store import Spot
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
    db: Database, clock: Clock, account_id: AccountId, wanted: tuple[AgentChoice, str], page: tuple[str | None, int]
) -> AgentHealthPage:
    """A page (cursor, limit) of those who are wanted: which, and by what their name or username contains.

    Raises BadCursor.
    """
    now, (cursor, limit) = clock(), page
    async with db.read() as connection:
        rows, total = await agent_store.list_agents(connection, account_id, now, wanted, (_spot(cursor), limit))
        known = await connections.list_of_users(connection, account_id, [row.id for row in rows])
    agents = [_agent(row, shown(known.get(row.id)), now) for row in rows]
    next_ = _cursor((rows[-1].urgency, rows[-1].name_key, rows[-1].id)) if len(rows) == limit else None
    return AgentHealthPage(agents=agents, next=next_, total=total)


async def read_all(db: Database, clock: Clock, account_id: AccountId) -> AsyncIterator[AgentHealth]:
    """Every agent, read a part at a time."""
    after: str | None = None
    while True:
        page = await list_agents(db, clock, account_id, (AgentChoice.ALL, ""), (after, _AT_ONCE))
        for each in page.agents:
            yield each
        after = page.next
        if after is None:
            return


def _cursor(spot: Spot) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(spot)).decode().rstrip("=")


def _spot(cursor: str | None) -> Spot | None:
    if cursor is None:
        return None
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        urgency, name, id_ = msgspec.json.decode(packed, type=tuple[Annotated[int, msgspec.Meta(ge=0, le=9)], str, str])
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise BadCursor from error
    # What PostgreSQL takes in no text.
    if "\0" in name or "\0" in id_:
        raise BadCursor
    return urgency, name, id_


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
