"""Many changes of presence at once: read together instead of opened one by one.

Each pushed change is encrypted with RSA, which costs a third of a millisecond of a core; one reading tells of 650
people (facts.md 4). So a storm of changes costs some readings a second, far below the limits (facts.md 8), and a
quiet hour costs none: what comes in small numbers is opened, as nothing is quicker.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import unquote

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId
from deskbridge.clock import Clock
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.presence.board import Board
from deskbridge.storage.database import Database
from deskbridge.teams.graph_errors import GraphTrouble, Throttled
from deskbridge.teams.ids import MicrosoftUserId
from deskbridge.teams.outcomes import Outcome, count
from deskbridge.teams.presence_plan import MOST_IDS
from deskbridge.teams.presence_reading import PresenceReading, said_of
from deskbridge.teams.resources import Unreadable
from deskbridge.teams.store import connections, watches
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.store.watches import Seen
from deskbridge.teams.tokens import NotConnected
from deskbridge.teams.verified import Verified

log = structlog.get_logger(__name__)

MANY: Final = 64
"""From so many on of one Account, reading costs less than opening, and hardly takes longer."""
NOT_AGAIN_FOR: Final = timedelta(seconds=10)
"""After Microsoft did not answer, everything is opened."""
_WHOSE: Final = re.compile(r"/?communications/presences(?:\('([^']+)'\)|/([^/]+))\Z", re.IGNORECASE)


class ReadTogether:
    """One per process."""

    def __init__(self, db: Database, clock: Clock, board: Board, reading: PresenceReading) -> None:
        self._db = db
        self._clock = clock
        self._board = board
        self._reading = reading
        self._not_before: dict[AccountId, datetime] = {}

    async def read(self, items: Sequence[Verified]) -> set[int]:
        """Read of whom these tell, where they are many; the answer is which of them need not be opened, by place."""
        if len(items) < MANY:
            return set()
        carriers = {each.subscription.user_id for each in items}
        accounts = await self._db.read_through(lambda there: connections.list_accounts(there, carriers))
        of_account: dict[AccountId, dict[int, MicrosoftUserId]] = defaultdict(dict)
        for place, each in enumerate(items):
            whose = whose_presence(each.item.resource)
            if whose and (account_id := accounts.get(each.subscription.user_id)):
                of_account[account_id][place] = whose
        done: set[int] = set()
        for account_id, mine in of_account.items():
            whom = {whose: items[place] for place, whose in mine.items()}
            may = self._not_before.get(account_id, self._clock()) <= self._clock()
            if may and MANY <= len(whom) <= MOST_IDS and await self._read(account_id, whom):
                done |= mine.keys()
        return done

    async def _read(self, account_id: AccountId, whom: dict[MicrosoftUserId, Verified]) -> bool:
        seen, carriers = await self._db.read_through(lambda there: _whose(there, account_id, whom.keys()))
        asked_at = self._clock()
        try:
            answer = await self._reading.ask(carriers, [each.microsoft_user_id for each in seen]) if seen else []
        except (GraphTrouble, NotConnected, MicrosoftUnavailable, Unreadable) as error:
            wait = error.retry_after if isinstance(error, Throttled) else None
            self._not_before[account_id] = self._clock() + (wait or NOT_AGAIN_FOR)
            log.warning("presence_not_read_together", account_id=account_id, error=repr(error)[:200])
            return False
        found = {MicrosoftUserId(each.id.casefold()): each for each in answer}
        said = []
        for each in seen:
            whose = MicrosoftUserId(each.microsoft_user_id.casefold())
            said.append(said_of(each, found.get(whose), asked_at, whom[whose].subscription.expires_at))
        count(Outcome.NOT_OURS, len(whom) - len(seen))
        count(Outcome.CHANGED, len(said))
        await self._board.update_in_turns(account_id, said)
        return True


async def _whose(
    connection: AsyncConnection, account_id: AccountId, whom: Collection[MicrosoftUserId]
) -> tuple[list[Seen], list[ConnectionRow]]:
    seen = await watches.list_by_microsoft_ids(connection, account_id, whom)
    return seen, await connections.list_of_account(connection, account_id)


def whose_presence(resource: str | None) -> MicrosoftUserId | None:
    """The user whose presence an item tells of, in small letters; None when the item does not say."""
    found = _WHOSE.match(unquote(resource or ""))
    return MicrosoftUserId((found[1] or found[2]).casefold()) if found else None
