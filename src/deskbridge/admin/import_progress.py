"""An import in the terminal: a bar with counts and the remaining time, on standard error."""

from __future__ import annotations

from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from deskbridge.directory.imports import ImportView, ImportWait


class ImportProgress:
    """Shown while the block lasts; only in a terminal, so that logs stay readable."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[counts]}"),
            console=Console(stderr=True),
        )
        self._waits_since: datetime | None = None
        self._task = self._progress.add_task("Importing", total=None, counts="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, view: ImportView) -> None:
        """How far it is now; that it waits is said once, also where there is no terminal."""
        since = view.waiting.since if view.waiting else None
        if view.waiting and since != self._waits_since:
            self._progress.console.print(in_words(view.waiting), soft_wrap=True, highlight=False, markup=False)
        elif since is None and self._waits_since:
            self._progress.console.print("It goes on.")
        self._waits_since = since
        self._progress.update(self._task, total=view.total, completed=view.read, counts=counts(view))


def in_words(waiting: ImportWait) -> str:
    """Why, since when, until when, and that nobody has to stay."""
    return (
        f"Waits since {waiting.since:%H:%M:%S} UTC, tries again at {waiting.until:%H:%M:%S} UTC: {waiting.words} "
        "Ctrl-C ends this command; a Deskbridge that serves goes on with the import, and so does the next command."
    )


def counts(view: ImportView) -> str:
    """`1,200 of 30,000 read, 900 added, 12 changed, about 2 min left`."""
    of = f" of {view.total:,}" if view.total else ""
    parts = [f"{view.read:,}{of} read", f"{view.added:,} added", f"{view.changed:,} changed", f"{view.merged:,} merged"]
    if view.remaining_seconds:
        minutes = view.remaining_seconds / 60
        parts.append(f"about {minutes:.0f} min left" if minutes >= 1.5 else f"about {view.remaining_seconds} s left")
    return ", ".join(parts)
