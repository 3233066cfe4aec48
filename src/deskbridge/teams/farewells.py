"""Subscriptions that are not wanted any more, deleted at Microsoft as soon as it answers (C8, decision 0012).

Whoever ends the use of a connection (an admin who disconnects, suspends or switches Teams chat off) says so in one
transaction; what is left at Microsoft is deleted afterwards, with tokens kept for nothing else, and at the latest
forgotten when Microsoft ends the subscription by itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import structlog
from prometheus_client import Counter

from deskbridge.accounts.model import UserId
from deskbridge.clock import Clock
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.storage.database import Database, Transaction
from deskbridge.teams.crypto import CannotDecrypt, Vault
from deskbridge.teams.graph import GraphClient
from deskbridge.teams.graph_errors import Gone, NoAnswer, NotReached, Refused, Throttled
from deskbridge.teams.ids import Bearer
from deskbridge.teams.lanes import NotYet, backoff
from deskbridge.teams.msal_app import MicrosoftApp, SignInRefused
from deskbridge.teams.store import connections, farewells, subscriptions
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.store.farewells import Farewell
from deskbridge.teams.store.leases import LEASE, Leases
from deskbridge.teams.subscriptions_at_microsoft import Made
from deskbridge.teams.tokens import place_of_tokens

log = structlog.get_logger(__name__)

KINDS: Final = (subscriptions.CHAT_MESSAGES, subscriptions.PRESENCE)
ends = Counter(
    "deskbridge_teams_farewells", "Subscriptions that we gave up, by whether they were deleted or lapsed.", ["end"]
)


async def say_farewell(tx: Transaction, user_id: UserId, now: datetime) -> None:
    """The User's connection is not to be used: notifications are dropped from here on, subscriptions are to go."""
    row = await connections.find(tx.connection, user_id)
    for kind in KINDS:
        found = await subscriptions.find(tx.connection, user_id, kind)
        await subscriptions.remove(tx.connection, user_id, kind)
        if found is None or found.subscription_id is None or row is None or row.token_cache is None:
            continue
        ends_at = found.expires_at or now
        left = Farewell(found.subscription_id, user_id, row.tenant_id, row.token_cache, ends_at)
        await farewells.insert(tx.connection, left)
    tx.announce(f"teams_forget.{user_id}")
    tx.announce(f"teams_farewells.{user_id}")


async def give_up(tx: Transaction, row: ConnectionRow, made: Made) -> None:
    """Microsoft made a subscription that nobody wanted any more by then; the connection may be erased already."""
    if row.token_cache is None:
        return
    await farewells.insert(
        tx.connection, Farewell(made.id, row.user_id, row.tenant_id, row.token_cache, made.expires_at)
    )
    tx.announce(f"teams_farewells.{row.user_id}")


class Farewells:
    """Deletes what is left, one lane for each User."""

    def __init__(
        self, db: Database, clock: Clock, microsoft: tuple[MicrosoftApp, GraphClient], vault: Vault, leases: Leases
    ) -> None:
        self._db = db
        self._clock = clock
        self._app, self._graph = microsoft
        self._vault = vault
        self._leases = leases

    async def find(self) -> list[str]:
        """Users of whom something is left at Microsoft."""
        return list(await self._db.read_through(farewells.list_users))

    async def work(self, key: str) -> datetime | None:
        """Delete what is left of that User."""
        lease = f"farewell:{key}"
        if not await self._leases.claim(lease):
            return self._clock() + LEASE
        try:
            await self.delete_all(UserId(key))
        except Throttled as error:
            return self._clock() + (error.retry_after or backoff(4))
        except (NoAnswer, NotReached, MicrosoftUnavailable) as error:
            raise NotYet(self._clock() + backoff(3)) from error
        finally:
            await self._leases.release(lease)
        return None

    async def delete_all(self, user_id: UserId) -> None:
        """Raises what Microsoft's being away raises; what is done by then stays done."""
        async with self._db.read() as connection:
            left = await farewells.list_of_user(connection, user_id)
        for each in left:
            end = await self._delete(each)
            async with self._db.transaction() as tx:
                await farewells.remove(tx.connection, each.subscription_id)
            ends.labels(end).inc()
            log.info("subscription_given_up", user_id=user_id, subscription_id=each.subscription_id, end=end)

    async def _delete(self, farewell: Farewell) -> str:
        if farewell.expires_at <= self._clock():
            return "lapsed"
        try:
            bearer = await self._bearer(farewell)
            await self._graph.delete(bearer, f"/subscriptions/{farewell.subscription_id}")
        except Gone:
            return "deleted"
        except (CannotDecrypt, SignInRefused, Refused) as error:
            # Without a token that Microsoft takes nobody can delete it: it ends by itself, and what it still tells has
            # no secret here that would match.
            log.warning("subscription_left_to_lapse", user_id=farewell.user_id, error=repr(error)[:200])
            return "lapsed"
        return "deleted"

    async def _bearer(self, farewell: Farewell) -> Bearer:
        stored = self._vault.decrypt(farewell.token_cache, place_of_tokens(farewell.user_id)).decode()
        return (await self._app.refresh(farewell.tenant_id, stored, fresh=False)).bearer
