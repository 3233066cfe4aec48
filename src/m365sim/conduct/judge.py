"""Watching requests and subscriptions, and noting violations (facts.md 0.5, 0.8, 7.2, 7.3, 8)."""

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from urllib.parse import parse_qsl

from m365sim.clock import graph_time
from m365sim.conduct.rules import RULES
from m365sim.graph.call import Caller
from m365sim.graph.gate import HttpRequest, HttpResponse
from m365sim.graph.operations import Operation
from m365sim.world.watching import Subscription
from m365sim.world.world import World

#: So many evenly spaced reads of the same thing are no longer a person's doing.
POLLS = 6
EVENNESS = 0.10
SHORTEST_POLL = 0.5
RENEW_APART = 600.0


@dataclass(slots=True)
class Violation:
    """One kind of mistake at one place; `count` says how often."""

    rule: str
    what: str
    first_at: str
    count: int = 1


@dataclass(slots=True)
class _Memory:
    """What the judge has to remember between requests."""

    closed_until: dict[str, float] = field(default_factory=dict)
    reads: dict[str, deque[float]] = field(default_factory=dict)
    renewals: dict[str, tuple[str, float]] = field(default_factory=dict)
    asked: dict[str, set[str]] = field(default_factory=dict)
    used: dict[str, set[str]] = field(default_factory=dict)


class Judge:
    """A watcher of the gate."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._violations: dict[tuple[str, str], Violation] = {}
        self._memory = _Memory()

    def clear(self) -> None:
        """Forgive everything."""
        self._violations.clear()
        self._memory = _Memory()

    def note(self, rule: str, what: str) -> None:
        """Write a violation down."""
        found = self._violations.get((rule, what))
        if found is not None:
            found.count += 1
            return
        self._violations[rule, what] = Violation(rule, what, graph_time(self._world.clock.now_ms()))

    def report(self) -> dict[str, object]:
        """Violations, and advice that only the end of a run can justify."""
        return {
            "violations": [
                {
                    "rule": item.rule,
                    "sentence": RULES[item.rule].sentence,
                    "source": RULES[item.rule].source,
                    "what": item.what,
                    "first_at": item.first_at,
                    "count": item.count,
                }
                for item in self._violations.values()
            ],
            "advice": self._unused_scopes(),
        }

    def watch(
        self,
        request: HttpRequest,
        operation: Operation | None,
        caller: Caller | None,
        response: HttpResponse,
    ) -> None:
        """A request has been answered."""
        path = request.path.partition("?")[0]
        who = f"{caller.app_id} {caller.user.upn if caller.user else 'app'}" if caller else _ticket(request.query)
        name = f"{request.method} /{path}"
        self._early_retry(f"{who} {name}", name, response)
        if operation is None or caller is None:
            if response.status == 400 and caller is not None:
                self.note("undocumented-call", name)
            return
        if request.version == "beta":
            self.note("beta-call", name)
        if "model=" in request.query or b"?model=" in request.body:
            self.note("deprecated-parameter", name)
        is_read = request.method == "GET" and response.status == 200
        # Further pages belong to one reading.
        if is_read and operation.family == "teams" and "$skiptoken" not in request.query:
            self._polling(f"{who} {name}", name)
        self._scopes(caller, operation)
        self._renewals(request.method, path, response.status)

    def slow_answer(self, url: str, seconds: float) -> None:
        """A webhook took its time."""
        del seconds
        self.note("slow-webhook", url)

    def ran_out(self, subscription: Subscription) -> None:
        """A subscription ended without having been renewed or deleted."""
        self.note("missed-renewal", f"subscription {subscription.id} of {subscription.resource}")

    def given_up(self, url: str) -> None:
        """Four hours of deliveries to an address failed."""
        self.note("subscription-left-behind", url)

    def _early_retry(self, key: str, name: str, response: HttpResponse) -> None:
        now = self._world.clock.now()
        until = self._memory.closed_until.pop(key, 0.0)
        # Whole seconds are promised, so whole seconds are judged; a tenth is forgiven to clocks.
        if now < until - 0.1:
            self.note("early-retry", name)
            self._memory.closed_until[key] = until
        wait = response.headers.get("Retry-After")
        if response.status in (429, 503, 504) and wait is not None:
            self._memory.closed_until[key] = max(until, now + float(wait))

    def _polling(self, key: str, name: str) -> None:
        times = self._memory.reads.setdefault(key, deque(maxlen=POLLS))
        times.append(self._world.clock.now())
        if len(times) < POLLS:
            return
        moments = list(times)
        gaps = [later - earlier for earlier, later in pairwise(moments)]
        mean = sum(gaps) / len(gaps)
        if mean >= SHORTEST_POLL and max(abs(gap - mean) for gap in gaps) <= EVENNESS * mean:
            self.note("polling", name)

    def _scopes(self, caller: Caller, operation: Operation) -> None:
        asked = self._memory.asked.setdefault(caller.app_id, set())
        asked |= caller.bearer.scopes - {"openid", "profile", "email"}
        used = self._memory.used.setdefault(caller.app_id, set())
        used |= caller.bearer.scopes & set(operation.delegated)
        if operation.family == "subscriptions":
            # Which scope a subscription uses depends on its resource; all that could be are counted.
            used |= caller.bearer.scopes & {"Chat.Read", "Chat.ReadWrite", "Presence.Read.All"}

    def _renewals(self, method: str, path: str, status: int) -> None:
        """Renewing and reauthorizing one subscription within ten minutes."""
        parts = path.split("/")
        if parts[0].lower() != "subscriptions" or len(parts) < 2 or status >= 400:
            return
        how = "reauthorize" if parts[-1].lower() == "reauthorize" else "renew" if method == "PATCH" else ""
        if not how:
            return
        now = self._world.clock.now()
        before, at = self._memory.renewals.get(parts[1], (how, 0.0))
        if before != how and now - at < RENEW_APART:
            self.note("renew-and-reauthorize", f"subscription {parts[1]}")
        self._memory.renewals[parts[1]] = (how, now)

    def _unused_scopes(self) -> list[dict[str, object]]:
        return [
            {
                "rule": "unused-scope",
                "sentence": RULES["unused-scope"].sentence,
                "source": RULES["unused-scope"].source,
                "what": f"{app} never used {scope}",
            }
            for app, asked in self._memory.asked.items()
            for scope in sorted(asked - self._memory.used.get(app, set()))
        ]


def _ticket(query: str) -> str:
    """Whose an address is that needs no token, as that of an upload session: each has its own limits."""
    return dict(parse_qsl(query)).get("tempauth", "")
