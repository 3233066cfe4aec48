"""How often somebody may ask: each user, and each address that nobody is signed in at, in each process.

Token buckets that hold what a minute allows, kept as the moment at which they are full again (GCRA): a number for each
who asked in the last minute. Whoever is signed in is counted by themselves, so that a thousand agents behind one
address do not stand in each other's way; a guessed cookie is nobody's, and counts for the address it comes from.
"""

from __future__ import annotations

import ipaddress
import math
from typing import Final

import structlog
from prometheus_client import Counter

from deskbridge.accounts.model import UserId
from deskbridge.accounts.sessions import SessionToken
from deskbridge.clock import Clock
from deskbridge.errors import TooManyRequests

log = structlog.get_logger(__name__)

MINUTE: Final = 60.0
MOST: Final = 100_000
"""Who is remembered at once; when even more ask within a minute all begin anew, for no limit would help then."""
SECRETS: Final = frozenset(
    {
        "/api/v1/session",
        "/api/v1/session/proof",
        "/api/v1/password-link",
        "/api/v1/password-link/owner",
        "/api/v1/set-up",
        "/api/v1/single-sign-on",
    }
)
COST: Final = 20
"""Of a request there: a password takes the machine 50 ms, and is what somebody guesses."""

refused = Counter(
    "deskbridge_rate_limited", "Requests and frames that were refused because they were too many.", ["by"]
)


class TooFast(TooManyRequests):
    """More requests than anybody needs; `retry_after` seconds from now there will be room for this one."""

    code, sentence = "too_fast", "Those were too many requests at once. Wait a few seconds and try again."

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.retry_after = max(1, math.ceil(seconds))


class Buckets:
    """One for each key; `a_minute` 0: no limit. Times are seconds of any one clock."""

    def __init__(self, a_minute: int, most: int = MOST) -> None:
        self._a_minute = a_minute
        self._most = most
        self._full_at: dict[str, float] = {}

    def take(self, key: str, now: float, cost: int = 1) -> float:
        """Take so many tokens, at once: 0. Or take none, and say in how many seconds there will be enough."""
        if not self._a_minute:
            return 0
        full_at = max(self._full_at.get(key, now), now)
        if full_at > now + MINUTE + 1e-3:
            # No bucket takes that long: the clock was set back, and nobody is to pay for it.
            full_at = now
        full_at += min(cost, self._a_minute) * MINUTE / self._a_minute
        # Sixtieths of seconds are no binary fractions: the last token of a bucket must not hang on the last bit.
        wait = full_at - now - MINUTE
        if wait > 1e-6:
            return wait
        self._make_room(now)
        self._full_at[key] = full_at
        return 0

    def _make_room(self, now: float) -> None:
        if len(self._full_at) >= self._most:
            self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        if len(self._full_at) >= self._most:
            self._full_at.clear()


def place_of(address: str) -> str:
    """What is counted as one address: of IPv6 the network of 64 bits, of which a customer has at least one."""
    try:
        its = ipaddress.ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(its, ipaddress.IPv4Address):
        return str(its)
    return str(its.ipv4_mapped or ipaddress.ip_network((int(its) >> 64 << 64, 64)))


class RateLimit:
    """One per process."""

    def __init__(self, clock: Clock, per_user: int, per_address: int) -> None:
        self._clock = clock
        self._users = Buckets(per_user)
        self._addresses = Buckets(per_address)
        self._known: dict[SessionToken, UserId] = {}
        self._said_at = -math.inf

    def know(self, token: SessionToken, user_id: UserId) -> None:
        """That session is that User's: from now on it counts for them."""
        if token not in self._known and len(self._known) >= MOST:
            self._known.pop(next(iter(self._known)))
        self._known[token] = user_id

    def forget(self, token: SessionToken) -> None:
        """That session has ended."""
        self._known.pop(token, None)

    def check(self, token: str, address: str, path: str) -> None:
        """One more request; raises TooFast."""
        cost = COST if path in SECRETS else 1
        user_id = self._known.get(SessionToken(token))
        if user_id is not None:
            self._take(self._users, "user", user_id, cost)
        else:
            self._take(self._addresses, "address", place_of(address), cost)

    def check_frame(self, user_id: UserId) -> None:
        """One more frame of a WebSocket; raises TooFast."""
        self._take(self._users, "frame", user_id, 1)

    def _take(self, buckets: Buckets, by: str, key: str, cost: int) -> None:
        now = self._clock().timestamp()
        wait = buckets.take(key, now, cost)
        if wait <= 0:
            return
        refused.labels(by).inc()
        if not self._said_at <= now < self._said_at + MINUTE:
            # Once a minute: who asks too often must not fill the log as well.
            self._said_at = now
            log.warning("rate_limited", by=by, who=key)
        raise TooFast(wait)
