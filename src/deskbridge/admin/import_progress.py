"""An import in the terminal: a bar with counts and the remaining time, on standard error."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from deskbridge.directory.imports import ImportView


class ImportProgress:
    """Shown while the block lasts; only in a terminal, so that logs stay readable."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[counts]}"),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task("Importing", total=None, counts="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, view: ImportView) -> None:
        """How far it is now."""
        self._progress.update(self._task, total=view.total, completed=view.read, counts=counts(view))


def counts(view: ImportView) -> str:
    """`1,200 of 30,000 read, 900 added, 12 changed, about 2 min left`."""
    of = f" of {view.total:,}" if view.total else ""
    parts = [f"{view.read:,}{of} read", f"{view.added:,} added", f"{view.changed:,} changed", f"{view.merged:,} merged"]
    if view.remaining_seconds:
        minutes = view.remaining_seconds / 60
        parts.append(f"about {minutes:.0f} min left" if minutes >= 1.5 else f"about {view.remaining_seconds} s left")
    return ", ".join(parts)
