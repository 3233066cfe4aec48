"""Alphabetical order as people of a locale expect it (D3); pure."""

from __future__ import annotations

from typing import Final

from deskbridge.directory.words import fold

DEFAULT_LOCALE: Final = "en"


def sort_key(display_name: str, locale: str = DEFAULT_LOCALE) -> str:
    """Folded first, then as written, so that ties are stable."""
    # Cut so that it fits into an index; PostgreSQL takes no \x00.
    return f"{fold(display_name).strip()[:200]}\x01{display_name[:200]}".replace("\x00", "")
