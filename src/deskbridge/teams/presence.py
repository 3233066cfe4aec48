"""Presence of Teams users whom somebody looks at: one watch for each Account, whoever looks, in whatever process.

Who comes into view is read at once, all together; then a subscription that some connected agent carries tells each
change. Who carries whom is decided in presence_plan.py; this lane finds out what is, and does what was decided.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

import structlog

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.clock import Clock
from deskbridge.directory.model import IdentityId
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.presence.board import Board
from deskbridge.presence.model import Said, unknown
from deskbridge.storage.database import Database
from deskbridge.teams.graph_errors import Gone, NoAnswer, NotReached, Refused, Throttled
from deskbridge.teams.lanes import NotYet, backoff
from deskbridge.teams.presence_plan import Carrier, Drop, Plan, Renew, Subscribe, Watch, make_plan
from deskbridge.teams.presence_reading import PresenceReading
from deskbridge.teams.presence_scene import LOOK_AFTER, Scene, kept_until, see
from deskbridge.teams.presence_subscriptions import PresenceSubscriptions
from deskbridge.teams.resources import Unreadable
from deskbridge.teams.store import subscriptions, watches
from deskbridge.teams.store.leases import LEASE, Leases
from deskbridge.teams.store.subscriptions import SubscriptionRow
from deskbridge.teams.tokens import NotConnected

log = structlog.get_logger(__name__)

REFUSED_FOR: Final = timedelta(minutes=5)
NOT_REACHED_FOR: Final = timedelta(seconds=15)
"""400 is mostly our own web server that was not reachable at the moment of the handshake."""
MOST_ROUNDS: Final = 4
LONG, MOST_REST = 0.25, 3.0
"""Seconds of work after which as long a rest follows: where tens of thousands are in view and people keep coming, all
of them are looked through each time, and the screens are answered by the same cores."""


class PresenceWatch:
    """One lane for each Account."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        board: Board,
        leases: Leases,
        reading: PresenceReading,
        at_microsoft: PresenceSubscriptions,
    ) -> None:
        self._db = db
        self._clock = clock
        self._board = board
        self._leases = leases
        self._reading = reading
        self._subscriptions = at_microsoft
        self._not_before: dict[UserId, datetime] = {}

    async def find(self) -> list[str]:
        """Accounts where somebody looks at somebody, or did lately."""
        now = self._clock()
        return list(await self._db.read_through(lambda there: watches.list_accounts(there, now)))

    async def work(self, key: str) -> datetime | None:
        """Bring what is watched in line with what is seen; the answer is when to look again."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        again_at = await self._work(key)
        if (took := loop.time() - began) > LONG:
            await asyncio.sleep(min(took, MOST_REST))
        return again_at

    async def _work(self, key: str) -> datetime | None:
        lease = f"presence:{key}"
        if not await self._leases.claim(lease):
            return self._clock() + LEASE
        try:
            return await self._keep(AccountId(key), lease)
        except Throttled as error:
            return self._clock() + (error.retry_after or backoff(4))
        except (NoAnswer, NotReached, Unreadable, MicrosoftUnavailable) as error:
            raise NotYet(self._clock() + backoff(2)) from error
        finally:
            await self._leases.release(lease)

    async def _keep(self, account_id: AccountId, lease: str) -> datetime | None:
        now = self._clock()
        look_at = await self._db.read_through(lambda there: kept_until(there, account_id, now))
        if look_at is not None:
            return look_at
        for _ in range(MOST_ROUNDS):
            scene = await self._look(account_id)
            if not scene.carriers:
                await self._lose(account_id, scene)
                return self._clock() + LOOK_AFTER if scene.seen else None
            # Beside the event loop: there may be tens of thousands.
            plan = await asyncio.to_thread(self._plan, scene)
            is_done = True
            for step in plan.steps:
                if not await self._leases.claim(lease):
                    return self._clock() + LEASE
                is_done = await self._do(account_id, scene, step) and is_done
            if is_done:
                return await self._read(account_id, scene, plan)
        return self._clock() + backoff(2)

    async def _read(self, account_id: AccountId, scene: Scene, plan: Plan) -> datetime | None:
        try:
            await self._reading.read_due(account_id, list(scene.carriers.values()))
        except NotConnected:
            return self._clock() + backoff(1)
        except Refused as error:
            log.warning("presence_not_read", account_id=account_id, error=str(error)[:200])
            return self._clock() + NOT_REACHED_FOR
        if not scene.rows and not scene.seen:
            return None
        look_after = self._clock() + LOOK_AFTER
        return min(plan.look_at or look_after, look_after)

    def _plan(self, scene: Scene) -> Plan:
        alive = scene.alive
        wanted = [
            Watch(each.identity_id, each.since, each.left_at, alive.get(each.subscription or ""))
            for each in scene.rows.values()
            if not each.is_absent
        ]
        living = set(alive.values())
        carriers = [
            Carrier(
                user_id, scene.carried[user_id].renew_at if user_id in living else None, self._not_before.get(user_id)
            )
            for user_id in scene.carriers
        ]
        return make_plan(wanted, carriers, scene.now)

    async def _do(self, account_id: AccountId, scene: Scene, step: Subscribe | Renew | Drop) -> bool:
        row = scene.carriers[step.user_id]
        found = scene.carried.get(step.user_id)
        try:
            match step:
                case Subscribe():
                    whom = {each: scene.rows[each].microsoft_user_id for each in step.ids}
                    await self._subscriptions.make(row, found, whom)
                case Renew() if found:
                    return await self._renew(account_id, scene, found)
                case Drop() if found:
                    await self._subscriptions.drop(row, found)
        except NotConnected:
            return False
        except Refused as error:
            log.warning("presence_subscription_refused", user_id=step.user_id, error=str(error)[:200])
            await self._on_refused(step, error)
            return False
        return True

    async def _renew(self, account_id: AccountId, scene: Scene, found: SubscriptionRow) -> bool:
        until = await self._subscriptions.renew(scene.carriers[found.user_id], found)
        if until is None:
            return False
        told = [each.identity_id for each in scene.rows.values() if each.subscription == found.id]
        self._board.extend(account_id, told, until)
        return True

    async def _on_refused(self, step: Subscribe | Renew | Drop, error: Refused) -> None:
        if isinstance(error, Gone) and isinstance(step, Subscribe):
            # Somebody in it is not there any more; reading says who.
            async with self._db.transaction() as tx:
                await watches.update_all(tx.connection, step.ids, read_at=None)
        wait = NOT_REACHED_FOR if error.status in {400, 404} else REFUSED_FOR
        self._not_before[step.user_id] = self._clock() + wait

    async def _look(self, account_id: AccountId) -> Scene:
        scene, changes = await self._see(account_id)
        if not any(changes.values()):
            return scene
        async with self._db.transaction() as tx:
            await watches.insert(tx.connection, account_id, (scene.seen[each] for each in changes["new"]), scene.now)
            await watches.update_all(tx.connection, changes["left"], left_at=scene.now)
            await watches.update_all(tx.connection, changes["back"], left_at=None, since=scene.now, is_absent=False)
            await watches.update_all(tx.connection, changes["lost"], subscription=None, read_at=None)
            await watches.update_all(tx.connection, changes["old"], read_at=None)
            await watches.remove(tx.connection, changes["forgotten"])
        # Looked at again by itself: whoever writes does not wait for it.
        scene, _ = await self._see(account_id)
        return scene

    async def _see(self, account_id: AccountId) -> tuple[Scene, dict[str, list[IdentityId]]]:
        now = self._clock()
        return await self._db.read_through(lambda there: see(there, account_id, now))

    async def _lose(self, account_id: AccountId, scene: Scene) -> None:
        """Nobody is left whose token may ask: what was known is not known any more."""
        said = [
            Said(person_id=each.person_id, identity_id=each.identity_id, presence=unknown("teams"))
            for each in scene.seen.values()
            if each.identity_id in scene.rows
        ]
        if scene.rows or scene.carried:
            async with self._db.transaction() as tx:
                await watches.remove(tx.connection, scene.rows)
                for user_id in scene.carried:
                    await subscriptions.remove(tx.connection, user_id, subscriptions.PRESENCE)
        await self._board.update_in_turns(account_id, said)
