"""How long ago the parts of this release were brought up to date (docs/decisions/0028): nobody outside is asked."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Final

from deskbridge.health.findings import Finding, ok, warning

AT_MOST: Final = timedelta(days=92)
"""Three months, as SECURITY.md says; releases come more often."""


def check_parts(now: datetime) -> Finding:
    """The libraries that this release was made with; by then more may be known of them than of newer ones."""
    since = date.fromisoformat(files("deskbridge").joinpath("upgraded.txt").read_text(encoding="ascii").strip())
    age = now.date() - since
    says = f"The libraries of this release were all brought up to date on {since}, {age.days} days ago."
    if age <= AT_MOST:
        return ok("parts", says)
    return warning("parts", says, "Install a newer release. Until there is one: pip-audit says what is known of them.")
