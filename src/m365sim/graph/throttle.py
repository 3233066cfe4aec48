"""Throttling by the table of facts.md section 8, per app and tenant, per chat and per user.

Each limit has two windows: a short one at the listed rate, and a longer one at about 83 % of it.
The per-app column of the table never decides here, as there is only one tenant.
"""

import math
from dataclasses import dataclass

from m365sim.graph.call import Call
from m365sim.graph.errors import GraphError
from m365sim.graph.operations import Operation
from m365sim.world.world import World

LONG_WINDOW = 30.0
SUSTAINED_SHARE = 0.83
_FORGET_ABOVE = 50_000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds; `sustained` adds the longer window."""

    count: float
    seconds: float = 1.0
    sustained: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table; None is a "-" cell."""

    tenant: Limit | None
    chat: Limit | None = None
    user: Limit | None = None


_ONE = Limit(1)
DEFAULTS = {
    "GET": Row(Limit(30), _ONE, _ONE),
    "POST": Row(Limit(30), _ONE, _ONE),
    "PUT": Row(Limit(30), _ONE, _ONE),
    "PATCH": Row(Limit(30), _ONE, _ONE),
    "DELETE": Row(Limit(15), _ONE, _ONE),
}


def _over(count: int, seconds: float) -> Row:
    return Row(Limit(count, seconds, sustained=False))


TABLE: dict[str, Row] = {
    "chat-list": Row(Limit(20), None, _ONE),
    "chat-get": Row(Limit(200), _ONE, Limit(5)),
    "chat-create": Row(Limit(20)),
    "chat-patch": Row(Limit(30), _ONE),
    "message-read": Row(Limit(20), _ONE),
    "message-send": Row(Limit(20), _ONE, _ONE),
    "message-patch": Row(Limit(30), _ONE),
    "message-delete": Row(Limit(30), _ONE),
    "message-export": Row(Limit(200)),
    "hosted": Row(Limit(50), _ONE),
    "hosted-value": Row(Limit(60), _ONE),
    "members-change": Row(Limit(30), Limit(4, 60.0, sustained=False)),
    "subscription-change": _over(500, 20.0),
    "subscription-get": _over(500, 20.0),
    "subscription-list": _over(25, 20.0),
    "reauthorize": _over(1000, 20.0),
}
#: The directory's limit by the number of people (facts.md 3): small, medium and large tenants.
DIRECTORY_SIZES = (
    (50, _over(3_500, 10.0)),
    (500, _over(5_000, 10.0)),
    (math.inf, _over(8_000, 10.0)),
)
#: A batch is counted by what is in it.
FREE = frozenset({"batch"})


@dataclass(slots=True)
class _Window:
    start: float
    count: int = 0


class Throttle:
    """A guard of the gate. Refused requests count as well."""

    def __init__(self, world: World, *, allowed: bool = True) -> None:
        self._world = world
        # What the command line forbids, no switch of the state brings back.
        self._allowed = allowed
        self._windows: dict[tuple[str, float], _Window] = {}

    def clear(self) -> None:
        """Forget what was counted."""
        self._windows.clear()

    def __call__(self, operation: Operation, call: Call) -> None:
        """Count a request; raises 429 when any dimension is exceeded."""
        if not (self._allowed and self._world.switches.throttling) or operation.throttle in FREE:
            return
        waits = [self._wait(key, limit) for key, limit in self._dimensions(operation, call)]
        longest = max(waits, default=0.0)
        if longest > 0:
            raise too_many(math.ceil(longest))

    def _dimensions(self, operation: Operation, call: Call) -> list[tuple[str, Limit]]:
        default = DEFAULTS[operation.method]
        row = self._row(operation.throttle) or default
        name = operation.throttle if row is not default else f"default {operation.method}"
        chat_limit, user_limit = row.chat, row.user
        if self._world.switches.dashes_use_default_limits and operation.family == "teams":
            chat_limit, user_limit = chat_limit or default.chat, user_limit or default.user
        app = call.caller.app_id
        found: list[tuple[str, Limit]] = []
        if row.tenant:
            found.append((f"{name} app {app}", row.tenant))
        if chat_limit and "chat" in call.ids:
            found.append((f"{name} chat {app} {call.ids['chat']}", chat_limit))
        if user_limit and call.caller.user is not None:
            found.append((f"{name} user {app} {call.caller.user.id}", user_limit))
        return found

    def _row(self, name: str) -> Row | None:
        """A row of the table; two depend on the tenant."""
        if name == "presence":
            return _over(self._world.switches.presence_requests, 30.0)
        if name == "directory":
            people = len(self._world.users)
            return next(row for most, row in DIRECTORY_SIZES if people <= most)
        return TABLE.get(name)

    def _wait(self, key: str, limit: Limit) -> float:
        """Seconds until the limit lets this through; 0 when it does now."""
        wait = self._count(key, limit.seconds, limit.count)
        if limit.sustained:
            sustained = math.floor(limit.count * LONG_WINDOW * SUSTAINED_SHARE)
            wait = max(wait, self._count(key, LONG_WINDOW, sustained))
        return wait

    def _count(self, key: str, seconds: float, allowed: float) -> float:
        now = self._world.clock.now()
        if len(self._windows) > _FORGET_ABOVE:
            self._windows = {name: window for name, window in self._windows.items() if window.start + name[1] > now}
        window = self._windows.setdefault((key, seconds), _Window(now))
        if now >= window.start + seconds:
            window.start, window.count = now, 0
        window.count += 1
        return window.start + seconds - now if window.count > allowed else 0.0


def too_many(seconds: int) -> GraphError:
    """429 as Graph words it."""
    return GraphError(
        429,
        "TooManyRequests",
        "Please retry again later.",
        inner={"code": "429", "status": "429", "message": "Please retry after"},
        headers={"Retry-After": str(max(1, seconds))},
    )
