"""Faults of notifications: lost, doubled, late, out of order, corrupt."""

from collections.abc import Callable

from msgspec import structs

from m365sim.faults.plan import DELIVERY_FAULTS, Occasion, Plan
from m365sim.world.watching import Pending
from m365sim.world.world import World

LATE_BY = 30.0
#: Long enough for the next notification to overtake.
OVERTAKEN_AFTER = 2.0


class FaultyDeliveries:
    """Stands between the fan-out and the courier."""

    def __init__(self, world: World, plan: Plan, accept: Callable[[Pending], None]) -> None:
        self._world = world
        self._plan = plan
        self._accept = accept

    def accept(self, pending: Pending) -> None:
        """Pass a notification on, unless the plan says otherwise."""
        subscription = self._world.subscriptions.get(pending.subscription_id)
        user = self._world.users.get(subscription.creator_id) if subscription else None
        occasion = Occasion(
            path=pending.resource,
            user_id=user.id if user else "",
            username=user.upn if user else "",
            change=pending.lifecycle or pending.change_type,
            subscription=pending.subscription_id,
        )
        fault = self._plan.strike(DELIVERY_FAULTS, occasion, self._world.chance)
        match fault.fault if fault else None:
            case "lost":
                return
            case "doubled":
                self._accept(structs.replace(pending, id=self._world.chance.guid()))
            case "late":
                pending.due_at += (fault.seconds if fault else None) or LATE_BY
            case "reordered":
                pending.due_at += (fault.seconds if fault else None) or OVERTAKEN_AFTER
            case "corrupt":
                pending.corrupt = True
            case _:
                pass
        self._accept(pending)
