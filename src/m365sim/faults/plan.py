"""What can go wrong, when, and how often."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, get_args

from msgspec import Struct, field

from m365sim.chance import Chance

RequestFault = Literal[
    "throttle",
    "server-error",
    "timeout-before",
    "timeout-after",
    "cut-before",
    "cut-after",
    "slow",
]
DeliveryFault = Literal["lost", "doubled", "late", "reordered", "corrupt"]
TenantFault = Literal["subscription-removed", "token-revoked", "license-removed", "consent-withdrawn", "user-deleted"]
FaultName = RequestFault | DeliveryFault | TenantFault

REQUEST_FAULTS: tuple[str, ...] = get_args(RequestFault)
DELIVERY_FAULTS: tuple[str, ...] = get_args(DeliveryFault)
TENANT_FAULTS: tuple[str, ...] = get_args(TenantFault)


class Where(Struct, forbid_unknown_fields=True):
    """What a fault applies to; everything that is left out matches everything."""

    method: str | None = None
    #: A shell pattern over the path without host and version, as `/chats/*/messages`.
    path: str | None = None
    #: Id or user principal name of the calling or watching person.
    user: str | None = None
    #: For notifications: created, updated, deleted, or a lifecycle event.
    change: str | None = None
    subscription: str | None = None


class Fault(Struct, forbid_unknown_fields=True):
    """One planned fault: `times` (None: always) and `rate` say how often."""

    fault: FaultName
    on: Where = field(default_factory=Where)
    times: int | None = 1
    rate: float = 1.0
    #: Retry-After, length of a time-out, delay of a notification.
    seconds: float | None = None
    #: Status of a server error.
    status: int = 503
    id: str = ""
    hits: int = 0


@dataclass(frozen=True, slots=True)
class Occasion:
    """A request or a notification that a fault may strike."""

    method: str = ""
    path: str = ""
    user_id: str = ""
    username: str = ""
    change: str = ""
    subscription: str = ""


class Plan:
    """All planned faults, in the order in which they were planned."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, fault: Fault, chance: Chance) -> Fault:
        """Plan one more."""
        fault.id = chance.guid()
        self.faults.append(fault)
        return fault

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self.faults.clear()

    def strike(self, names: tuple[str, ...], occasion: Occasion, chance: Chance) -> Fault | None:
        """The first fault that applies and whose turn it is."""
        for fault in self.faults:
            used_up = fault.times is not None and fault.hits >= fault.times
            if fault.fault not in names or used_up or not _applies(fault.on, occasion):
                continue
            if fault.rate >= 1 or chance.happens(fault.rate):
                fault.hits += 1
                return fault
        return None


def _applies(on: Where, occasion: Occasion) -> bool:
    checks = (
        on.method is None or on.method.upper() == occasion.method,
        on.path is None or fnmatchcase(occasion.path, on.path),
        on.user is None or on.user.lower() in (occasion.user_id, occasion.username.lower()),
        on.change is None or on.change.lower() == occasion.change.lower(),
        on.subscription is None or on.subscription == occasion.subscription,
    )
    return all(checks)
