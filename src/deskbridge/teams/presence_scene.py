"""What the watch of presence finds: who is seen, who is watched, who can carry; and whether all is as it should be.

Apart from presence.py, which acts on it. With tens of thousands of people in view this takes a second of a core, so it
is asked for in one go, beside the event loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId, UserId
from deskbridge.directory.model import IdentityId
from deskbridge.teams.presence_plan import KEPT
from deskbridge.teams.store import connections, subscriptions, watches
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.store.subscriptions import SubscriptionRow
from deskbridge.teams.store.watches import Seen, WatchRow

NOT_AGAIN_FOR: Final = timedelta(minutes=1)
"""Who comes back into view sooner, and is in no subscription, is not read again."""
LOOK_AFTER: Final = timedelta(seconds=30)
"""However little there is to do: an announcement may have been lost."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is at the moment: who is seen, who is watched, who can carry, and which subscriptions live."""

    now: datetime
    seen: Mapping[IdentityId, Seen]
    rows: Mapping[IdentityId, WatchRow]
    carriers: Mapping[UserId, ConnectionRow]
    carried: Mapping[UserId, SubscriptionRow]

    @property
    def alive(self) -> dict[str, UserId]:
        """Which subscriptions live, and who carries them."""
        return {
            each.id: each.user_id
            for each in self.carried.values()
            if each.subscription_id and each.expires_at and each.expires_at > self.now and each.user_id in self.carriers
        }


async def kept_until(connection: AsyncConnection, account_id: AccountId, now: datetime) -> datetime | None:
    """When to look again, where everybody in view is watched and no subscription is to be renewed; mostly so."""
    account = await accounts_store.find_account(connection, account_id)
    if account is None or not account.teams_chat_enabled:
        return None
    carriers = {each.user_id for each in await connections.list_of_account(connection, account_id)}
    carried = await subscriptions.list_presence(connection, account_id)
    alive = [each for each in carried if each.subscription_id and each.user_id in carriers]
    moments = [moment for each in alive for moment in (each.expires_at, each.renew_at) if moment]
    if not alive or len(alive) < len(carried) or min(moments, default=now) <= now:
        return None
    ids = [each.id for each in alive]
    if not await watches.is_as_seen(connection, account_id, ids, now, now - KEPT):
        return None
    return min(now + LOOK_AFTER, *moments)


async def see(
    connection: AsyncConnection, account_id: AccountId, now: datetime
) -> tuple[Scene, dict[str, list[IdentityId]]]:
    """What is, and how what is watched differs from what is seen."""
    account = await accounts_store.find_account(connection, account_id)
    is_on = account is not None and account.teams_chat_enabled
    scene = Scene(
        now=now,
        seen={each.identity_id: each for each in await watches.list_seen(connection, account_id, now)},
        rows={each.identity_id: each for each in await watches.list_of(connection, account_id)},
        carriers={each.user_id: each for each in await connections.list_of_account(connection, account_id) if is_on},
        carried={each.user_id: each for each in await subscriptions.list_presence(connection, account_id)},
    )
    return scene, view_changes(scene)


def view_changes(scene: Scene) -> dict[str, list[IdentityId]]:
    """How what is watched differs from what is seen."""
    alive = scene.alive
    rows = scene.rows.values()
    in_view = [each for each in rows if each.identity_id in scene.seen]
    back = [each for each in in_view if each.left_at]
    left = [each for each in rows if each.identity_id not in scene.seen]
    return {
        "new": [each for each in scene.seen if each not in scene.rows],
        "left": [each.identity_id for each in left if not each.left_at],
        "back": [each.identity_id for each in back],
        "lost": [each.identity_id for each in rows if each.subscription and each.subscription not in alive],
        "old": [
            each.identity_id
            for each in back
            if each.subscription not in alive and each.read_at and each.read_at <= scene.now - NOT_AGAIN_FOR
        ],
        "forgotten": [
            each.identity_id
            for each in left
            if each.subscription not in alive and each.left_at and each.left_at <= scene.now - KEPT
        ],
    }
