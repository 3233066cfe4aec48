"""Where an app may be answered: registered redirect URIs (facts.md 1.1)."""

from collections.abc import Iterable
from urllib.parse import urlsplit


def matches(registered: str, given: str) -> bool:
    """Exactly the same, except that the port of http://localhost does not matter (as Entra does)."""
    if registered == given:
        return True
    one, other = urlsplit(registered), urlsplit(given)
    return (
        one.scheme == other.scheme == "http"
        and one.hostname == other.hostname == "localhost"
        and (one.path, one.query, one.fragment) == (other.path, other.query, other.fragment)
    )


def matches_any(registered: Iterable[str], given: str) -> bool:
    """Whether one of these is the given one."""
    return any(matches(known, given) for known in registered)
