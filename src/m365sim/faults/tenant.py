"""Faults that change the tenant itself: something is taken away, at once or when a request comes."""

from m365sim.delivery.lifecycle import Lifecycle
from m365sim.faults.plan import TENANT_FAULTS, Fault, Occasion, Plan
from m365sim.identity import consent
from m365sim.identity.sessions import revoke
from m365sim.world import directory
from m365sim.world.licenses import CATALOG, TEAMS_PLAN_PREFIX
from m365sim.world.records import User
from m365sim.world.refusals import Invalid
from m365sim.world.world import World


class TenantFaults:
    """Carries them out."""

    def __init__(self, world: World, plan: Plan, lifecycle: Lifecycle) -> None:
        self._world = world
        self._plan = plan
        self._lifecycle = lifecycle

    def plan(self, fault: Fault) -> None:
        """Without a path or method the fault happens now; otherwise it waits for such a request."""
        self._plan.add(fault, self._world.chance)
        if fault.on.path is None and fault.on.method is None:
            fault.hits += 1
            self._do(fault, fault.on.user)

    def set_off(self, occasion: Occasion) -> None:
        """A request has come: whatever waits for it happens before it is answered."""
        while fault := self._plan.strike(TENANT_FAULTS, occasion, self._world.chance):
            self._do(fault, fault.on.user or occasion.user_id)
            if fault.times is None:
                return

    def _do(self, fault: Fault, who: str | None) -> None:
        if fault.fault == "subscription-removed":
            self._remove_subscriptions(fault, who)
            return
        if fault.fault == "consent-withdrawn":
            for app in self._world.apps.values():
                consent.withdraw(self._world, app)
            return
        user = directory.find_user(self._world, who or "")
        if user is None:
            raise Invalid(f"The fault {fault.fault} needs a user: give on.user.")
        self._take_from(user, fault)

    def _take_from(self, user: User, fault: Fault) -> None:
        if fault.fault == "token-revoked":
            revoke(self._world, user)
            return
        if fault.fault == "license-removed":
            user.skus = tuple(sku for sku in user.skus if not _has_teams(sku))
        else:
            user.deleted = True
        directory.save_changed(self._world, user, ("skus",) if fault.fault == "license-removed" else ("*",))

    def _remove_subscriptions(self, fault: Fault, who: str | None) -> None:
        user = directory.find_user(self._world, who) if who else None
        for subscription in list(self._world.subscriptions.values()):
            wanted = fault.on.subscription in (None, subscription.id)
            if wanted and (user is None or subscription.creator_id == user.id):
                self._lifecycle.remove(subscription)


def _has_teams(sku: str) -> bool:
    return sku in CATALOG and any(plan.name.startswith(TEAMS_PLAN_PREFIX) for plan in CATALOG[sku].plans)
