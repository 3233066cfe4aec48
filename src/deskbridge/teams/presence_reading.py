"""Reading presence: when people come into view, and to close a gap; never by the clock (facts.md 4 and 8)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from deskbridge.accounts.model import AccountId
from deskbridge.clock import Clock
from deskbridge.presence.board import Board
from deskbridge.presence.model import Presence, Said, unknown
from deskbridge.storage.database import Database
from deskbridge.teams.graph import GraphClient
from deskbridge.teams.ids import MicrosoftUserId
from deskbridge.teams.presence_plan import MOST_IDS
from deskbridge.teams.presence_resources import Presence as GraphPresence
from deskbridge.teams.presence_resources import PresenceList
from deskbridge.teams.resources import parse
from deskbridge.teams.store import subscriptions, watches
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.store.subscriptions import SubscriptionRow
from deskbridge.teams.store.watches import Seen, WatchRow
from deskbridge.teams.tokens import NotConnected, Tokens
from deskbridge.teams.translate import presence_from_graph, status_message_from_graph

log = structlog.get_logger(__name__)


class PresenceReading:
    """Reads with the tokens of connected agents in turn, so that none of them bears it all."""

    def __init__(self, db: Database, clock: Clock, graph: GraphClient, tokens: Tokens, board: Board) -> None:
        self._db = db
        self._clock = clock
        self._graph = graph
        self._tokens = tokens
        self._board = board
        self._turn = itertools.count()

    async def read_due(self, account_id: AccountId, carriers: Sequence[ConnectionRow]) -> None:
        """Whoever is in view and not read yet, or not since something may have been missed."""
        now = self._clock()
        due = await self._db.read_through(lambda there: watches.list_due(there, account_id, now))
        known = await self._db.read_through(lambda there: subscriptions.list_presence(there, account_id))
        carried = {each.id: each for each in known}
        # Those of one subscription together: they are good for the same time.
        due.sort(key=lambda each: (each[0].subscription or "", each[0].identity_id))
        for start in range(0, len(due), MOST_IDS):
            await self._read(account_id, carriers, due[start : start + MOST_IDS], carried)

    async def _read(
        self,
        account_id: AccountId,
        carriers: Sequence[ConnectionRow],
        due: Sequence[tuple[WatchRow, Seen]],
        carried: Mapping[str, SubscriptionRow],
    ) -> None:
        ids = [row.identity_id for row, _ in due]
        asked_at = self._clock()
        # Before asking, so that what is missed meanwhile is read again.
        async with self._db.transaction() as tx:
            await watches.update_all(tx.connection, ids, read_at=asked_at)
        try:
            answer = await self.ask(carriers, [row.microsoft_user_id for row, _ in due])
        except BaseException:
            async with self._db.transaction() as tx:
                await watches.update_all(tx.connection, ids, read_at=None)
            raise
        found = {MicrosoftUserId(each.id.casefold()): each for each in answer}
        absent = [row.identity_id for row, _ in due if row.microsoft_user_id.casefold() not in found]
        if absent:
            async with self._db.transaction() as tx:
                await watches.update_all(tx.connection, absent, is_absent=True)
        for subscription_id, group in itertools.groupby(due, key=lambda each: each[0].subscription):
            carrier = carried.get(subscription_id or "")
            live_until = carrier.expires_at if carrier and carrier.subscription_id else None
            said = [
                said_of(seen, found.get(MicrosoftUserId(row.microsoft_user_id.casefold())), asked_at, live_until)
                for row, seen in group
            ]
            await self._board.update_in_turns(account_id, said)

    async def ask(self, carriers: Sequence[ConnectionRow], ids: list[MicrosoftUserId]) -> list[GraphPresence]:
        """Of these, at most 650; raises NotConnected when no token is good any more, GraphTrouble and Unreadable."""
        first = next(self._turn)
        for place in range(len(carriers)):
            row = carriers[(first + place) % len(carriers)]
            try:
                answer = await self._tokens.use(
                    row,
                    lambda bearer: self._graph.post(bearer, "/communications/getPresencesByUserId", {"ids": ids}),
                )
                return parse(PresenceList, answer.body).value
            except NotConnected:
                log.info("presence_carrier_lost", user_id=row.user_id)
        raise NotConnected


def said_of(seen: Seen, found: GraphPresence | None, asked_at: datetime, live_until: datetime | None) -> Said:
    """What an answer says of somebody; whom Microsoft leaves out is unknown."""
    whose = (seen.person_id, seen.identity_id)
    if found is None:
        return Said(person_id=whose[0], identity_id=whose[1], presence=unknown("teams"), live_until=live_until)
    availability, activity = presence_from_graph(found.availability, found.activity)
    presence = Presence(
        availability=availability,
        activity=activity,
        source="teams",
        as_of=asked_at,
        status_message=status_message_from_graph(found, asked_at),
        live=live_until is not None,
    )
    return Said(
        person_id=whose[0],
        identity_id=whose[1],
        presence=presence,
        version=found.sequence_number,
        live_until=live_until,
    )
