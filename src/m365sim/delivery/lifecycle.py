"""What happens to a subscription over time: challenges, lapse, expiry, removal (facts.md 7.3 and 7.6)."""

from collections.abc import Callable

from m365sim.delivery.courier import Courier
from m365sim.delivery.envelopes import Envelopes
from m365sim.world.changes import AccessWithdrawn, Change
from m365sim.world.watching import Pending, Subscription
from m365sim.world.world import World

#: Before the subscription itself ends.
WARN_BEFORE_END = 60 * 60.0


class Lifecycle:
    """Plans the moments of each subscription in the tenant's agenda."""

    def __init__(self, world: World, courier: Courier, envelopes: Envelopes) -> None:
        self._world = world
        self._courier = courier
        self._envelopes = envelopes
        #: Told when a subscription runs out without having been renewed.
        self.expired: Callable[[Subscription], None] = lambda _subscription: None

    def resume(self) -> None:
        """After a start: the subscriptions that a former process knew."""
        for subscription in list(self._world.subscriptions.values()):
            self.watch(subscription)

    def watch(self, subscription: Subscription) -> None:
        """Plan what will happen if nobody renews; called again at each renewal."""
        agenda, number = self._world.agenda, subscription.id
        agenda.at(subscription.expires_at, lambda: self._end(number))
        agenda.at(self._next_challenge(subscription, 0.0), lambda: self._challenge(number))

    def remove(self, subscription: Subscription) -> None:
        """Graph removes a subscription by itself and says so."""
        self._world.forget(subscription)
        if subscription.lifecycle_url:
            self._send(subscription, "subscriptionRemoved", outlives=True)

    def challenge(self, subscription: Subscription) -> None:
        """Ask for a fresh token now."""
        subscription.challenged_at = self._world.clock.now()
        self._world.save(subscription)
        if subscription.lifecycle_url:
            self._send(subscription, "reauthorizationRequired")

    def hear(self, change: Change) -> None:
        """A listener of the world: what was withdrawn stops deliveries, and is challenged (facts.md 7.6)."""
        if not isinstance(change, AccessWithdrawn):
            return
        for subscription in list(self._world.subscriptions.values()):
            of_user = subscription.by_user and subscription.creator_id == change.user_id
            if of_user or subscription.client_id == change.client_id:
                subscription.token_expires_at = min(subscription.token_expires_at, self._world.clock.now())
                self.challenge(subscription)

    def _end(self, number: str) -> None:
        subscription = self._world.subscriptions.get(number)
        if subscription and subscription.expires_at <= self._world.clock.now():
            self._world.forget(subscription)
            self.expired(subscription)

    def _challenge(self, number: str) -> None:
        subscription = self._world.subscriptions.get(number)
        now = self._world.clock.now()
        if subscription is None:
            return
        due = self._next_challenge(subscription, subscription.challenged_at)
        if due > now:
            # Renewed meanwhile: the renewal has planned its own moment.
            return
        self.challenge(subscription)
        upcoming = self._next_challenge(subscription, now)
        self._world.agenda.at(upcoming, lambda: self._challenge(number))

    def _send(self, subscription: Subscription, event: str, *, outlives: bool = False) -> None:
        now = self._world.clock.now()
        kept = self._envelopes.lifecycle_item(subscription, event) if outlives else None
        self._courier.accept(
            Pending(
                id=self._world.chance.guid(),
                subscription_id=subscription.id,
                url=subscription.lifecycle_url or "",
                change_type="",
                resource="",
                data_id="",
                data_type="",
                payload=None,
                created_at=now,
                due_at=now,
                lifecycle=event,
                frozen_item=kept,
            )
        )

    def _next_challenge(self, subscription: Subscription, challenged_at: float) -> float:
        """So long before the token lapses, or an hour before the end, then again and again."""
        pace = self._world.switches.challenge_minutes * 60.0
        first = min(subscription.token_expires_at - pace, subscription.expires_at - WARN_BEFORE_END)
        # A subscription of less than an hour would otherwise be challenged as soon as it is made.
        first = max(first, subscription.renewed_at + pace)
        return max(first, challenged_at + pace)
