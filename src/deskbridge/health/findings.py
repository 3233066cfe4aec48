"""What an examination finds: how it stands, in words, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """`unknown` is what cannot be seen from here; only `problem` makes the examination fail."""

    OK = "ok"
    UNKNOWN = "unknown"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    severity: Severity
    about: str
    says: str
    remedy: str | None = None

    def in_words(self) -> str:
        """For a console."""
        words = f"{self.severity.value:<8} {self.about}: {self.says}"
        return f"{words}\n         → {self.remedy}" if self.remedy else words


def ok(about: str, says: str) -> Finding:
    """As it should be."""
    return Finding(Severity.OK, about, says)


def unknown(about: str, says: str, remedy: str) -> Finding:
    """It cannot be seen from here."""
    return Finding(Severity.UNKNOWN, about, says, remedy)


def warning(about: str, says: str, remedy: str) -> Finding:
    """It works, but not well, or not for long."""
    return Finding(Severity.WARNING, about, says, remedy)


def problem(about: str, says: str, remedy: str) -> Finding:
    """Something does not work."""
    return Finding(Severity.PROBLEM, about, says, remedy)
