"""Counting what is asked of Graph, so that a bench or a test can say what its subject costs."""

from collections import Counter

from m365sim.graph.call import Caller
from m365sim.graph.gate import HttpRequest, HttpResponse
from m365sim.graph.operations import Operation


class Calls:
    """A watcher of the gate."""

    def __init__(self) -> None:
        self._made: Counter[str] = Counter()
        self._throttled: Counter[str] = Counter()

    def clear(self) -> None:
        """Count from nothing."""
        self._made.clear()
        self._throttled.clear()

    def watch(
        self, request: HttpRequest, operation: Operation | None, caller: Caller | None, response: HttpResponse
    ) -> None:
        """A request has been answered; each inside a `$batch` counts for itself, as Graph counts."""
        del caller
        name = f"{request.method} {operation.paths[0]}" if operation else f"{request.method} (unknown)"
        self._made[name] += 1
        if response.status == 429:
            self._throttled[name] += 1

    def report(self) -> dict[str, object]:
        """How often each operation was asked for, and how often it was throttled."""
        return {"made": dict(self._made.most_common()), "throttled": dict(self._throttled.most_common())}
