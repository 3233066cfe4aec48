"""What the product only logs when something in it is wrong: it goes on, so a test would not see it otherwise."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import structlog

# Said as warnings, because the product mends it by itself; in a test each is a mistake that nobody meant.
_MENDED: Final = {"lanes_failed_together", "lane_failed"}
_WORSE: Final = {"error", "critical", "exception"}


class Troubles(logging.Handler):
    """Hears what is logged, by the product and by what it is built on."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[tuple[str, str]] = []
        self._heard_by = {
            **structlog.get_config(),
            "processors": [self.processor, *structlog.get_config()["processors"]],
        }

    def listen(self) -> None:
        """Also after a command, which sets up logs of its own, ran in the same process."""
        structlog.configure(**self._heard_by)
        logging.getLogger().addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """From a library: a task whose failure nobody asked for, a request that ended in a traceback."""
        # What the product said has been heard already; structlog hands it on as a dictionary.
        if isinstance(record.msg, str):
            self.heard.append((record.name, record.getMessage()[:500]))

    def processor(self, logger: object, name: str, said: structlog.typing.EventDict) -> structlog.typing.EventDict:
        """From the product."""
        event = str(said.get("event"))
        if event in _MENDED or name in _WORSE:
            what = said.get("error") or said.get("exc_info")
            self.heard.append((event, f"{event}: {what!r}"[:500]))
        return said

    def take(self, expected: Sequence[str]) -> list[str]:
        """What nobody expected since this was asked last."""
        heard, self.heard = self.heard, []
        return [what for name, what in heard if name not in expected]


@contextmanager
def listening_for_troubles() -> Iterator[Troubles]:
    """For as long as it is open."""
    troubles, before = Troubles(), structlog.get_config()
    troubles.listen()
    try:
        yield troubles
    finally:
        logging.getLogger().removeHandler(troubles)
        structlog.configure(**before)
