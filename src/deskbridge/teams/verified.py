"""What a notification must be before anything is done with it."""

from __future__ import annotations

from dataclasses import dataclass

from deskbridge.teams.resources import Notification
from deskbridge.teams.store.subscriptions import SubscriptionRow


@dataclass(frozen=True, slots=True)
class Verified:
    """An item that knew the secret of a subscription of ours."""

    item: Notification
    subscription: SubscriptionRow
