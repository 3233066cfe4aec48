"""Presence of Teams users whom somebody has on screen: read when they come into view, with the watcher's own token."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId, UserId
from deskbridge.clock import Clock
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import IdentityId, PersonId, Platform
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.presence.board import Board
from deskbridge.presence.model import IdentityPresence, Presence
from deskbridge.storage.database import Database
from deskbridge.teams.graph import GraphClient
from deskbridge.teams.graph_errors import GraphTrouble, Throttled
from deskbridge.teams.ids import MicrosoftUserId
from deskbridge.teams.resources import PresenceList, Unreadable, parse
from deskbridge.teams.store import connections, people
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.tokens import NotConnected, Tokens
from deskbridge.teams.translate import presence_from_graph

log = structlog.get_logger(__name__)

MOST_IDS: Final = 650
"""In one request (facts.md 4)."""
NOT_AGAIN_FOR: Final = timedelta(minutes=1)
MOST_WATCHES: Final = 64
"""Reads at once; looking again brings what was left out."""

Watched = dict[MicrosoftUserId, tuple[PersonId, IdentityId]]


class TeamsPresence:
    """Reads on behalf of watchers; belongs to the connector, which ends what is still being read."""

    def __init__(self, db: Database, clock: Clock, graph: GraphClient, tokens: Tokens, board: Board) -> None:
        self._db = db
        self._clock = clock
        self._graph = graph
        self._tokens = tokens
        self._board = board
        self._asked: dict[IdentityId, datetime] = {}
        self._not_before: datetime | None = None
        self._reads: set[asyncio.Task[None]] = set()

    async def watch(self, user_id: UserId, person_ids: Sequence[PersonId]) -> None:
        """That User has these people on screen now; what Microsoft says of them comes to the board soon."""
        if len(self._reads) < MOST_WATCHES:
            task = asyncio.create_task(self._read_quietly(user_id, person_ids), name=f"presence:{user_id}")
            self._reads.add(task)
            task.add_done_callback(self._reads.discard)

    async def settle(self) -> None:
        """Wait for what is being read."""
        await asyncio.gather(*self._reads)

    async def close(self) -> None:
        """Leave off."""
        for task in self._reads:
            task.cancel()
        await asyncio.gather(*self._reads, return_exceptions=True)

    async def _read_quietly(self, user_id: UserId, person_ids: Sequence[PersonId]) -> None:
        try:
            await self._read(user_id, person_ids)
        except Throttled as error:
            self._not_before = self._clock() + (error.retry_after or NOT_AGAIN_FOR)
        except (GraphTrouble, NotConnected, MicrosoftUnavailable, Unreadable) as error:
            log.info("presence_not_read", user_id=user_id, error=repr(error)[:200])

    async def _read(self, user_id: UserId, person_ids: Sequence[PersonId]) -> None:
        async with self._db.read() as connection:
            row = await connections.find(connection, user_id)
            user = await accounts_store.find_user(connection, user_id)
        now = self._clock()
        if row is None or user is None or not row.is_connected or (self._not_before or now) > now:
            return
        watched = await self._due(user.account_id, person_ids)
        ids = iter(watched)
        while batch := list(itertools.islice(ids, MOST_IDS)):
            await self._ask(row, user.account_id, {each: watched[each] for each in batch})

    async def _due(self, account_id: AccountId, person_ids: Sequence[PersonId]) -> Watched:
        async with self._db.read() as connection:
            persons = await directory_store.find_persons(connection, account_id, person_ids)
            identities = {
                identity.id: person.id
                for person in persons.values()
                if (identity := person.identity_on(Platform.TEAMS)) and self._is_due(identity.id)
            }
            found = await people.find_by_identities(connection, list(identities))
        now = self._clock()
        self._asked = {id_: at for id_, at in self._asked.items() if at > now - NOT_AGAIN_FOR}
        self._asked |= dict.fromkeys(identities, now)
        return {each.microsoft_user_id: (identities[each.identity_id], each.identity_id) for each in found}

    def _is_due(self, identity_id: IdentityId) -> bool:
        asked = self._asked.get(identity_id)
        return asked is None or asked <= self._clock() - NOT_AGAIN_FOR

    async def _ask(self, row: ConnectionRow, account_id: AccountId, watched: Watched) -> None:
        body = {"ids": list(watched)}
        answer = await self._tokens.use(
            row, lambda bearer: self._graph.post(bearer, "/communications/getPresencesByUserId", body)
        )
        said: list[IdentityPresence] = []
        for each in parse(PresenceList, answer.body).value:
            whose = watched.get(MicrosoftUserId(each.id))
            if whose is None:
                continue
            availability, activity = presence_from_graph(each.availability, each.activity)
            presence = Presence(availability=availability, activity=activity, source="teams", as_of=self._clock())
            said.append(IdentityPresence(person_id=whose[0], identity_id=whose[1], presence=presence))
        self._board.update(account_id, said)
