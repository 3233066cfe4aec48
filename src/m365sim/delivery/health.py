"""How well a webhook keeps up: slow and drop states (facts.md 7.3)."""

from collections import deque
from dataclasses import dataclass, field

WINDOW = 600.0
SLOW_AFTER = 3.0
TOO_SLOW_AFTER = 10.0
SLOW_SHARE = 0.10
DROP_SHARE = 0.15
#: Below this many answers a share says nothing; Microsoft does not publish its own number.
ENOUGH_ANSWERS = 10


@dataclass(slots=True)
class Health:
    """The answers of the last ten minutes, and the state they led to."""

    answers: deque[tuple[float, float]] = field(default_factory=deque)
    slow_until: float = 0.0
    drop_until: float = 0.0

    def note(self, now: float, seconds: float) -> None:
        """An answer came, or the wait for it was given up."""
        self.answers.append((now, seconds))
        while self.answers and self.answers[0][0] < now - WINDOW:
            self.answers.popleft()
        if len(self.answers) < ENOUGH_ANSWERS:
            return
        if self._share(TOO_SLOW_AFTER) > DROP_SHARE:
            self.drop_until = now + WINDOW
        if self._share(SLOW_AFTER) > SLOW_SHARE:
            self.slow_until = now + WINDOW

    def state(self, now: float) -> str:
        """`ok`, `slow` or `drop`."""
        if now < self.drop_until:
            return "drop"
        return "slow" if now < self.slow_until else "ok"

    def _share(self, seconds: float) -> float:
        return sum(1 for _, took in self.answers if took >= seconds) / len(self.answers)
