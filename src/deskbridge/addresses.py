"""What the addresses of PostgreSQL, NATS and a scanner say about where they are and about TLS (docs/decisions/0030)."""

from __future__ import annotations

import ipaddress
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

POSTGRESQL: Final = "postgresql://"
_ENCRYPTED: Final = {"require", "verify-ca", "verify-full"}


def is_plain(url: str) -> bool:
    """Whether what is said to another machine could be read on the way."""
    if url.startswith(("sqlite://", "tls://", "unix://")):
        return False
    asked = parse_qs(urlsplit(url).query)
    if url.startswith(POSTGRESQL) and {*asked.get("sslmode", ()), *asked.get("ssl", ())} & _ENCRYPTED:
        return False
    return not all(_is_here(each) for each in _hosts(url, asked))


def _hosts(url: str, asked: dict[str, list[str]]) -> list[str]:
    """Several may be named, with commas or as PostgreSQL's parameter; without any it is a socket of this machine."""
    place = urlsplit(url).netloc.rpartition("@")[2]
    named = [*place.split(","), *(each for more in asked.get("host", ()) for each in more.split(","))]
    return [each for each in named if each]


def _is_here(place: str) -> bool:
    if place.startswith("/"):
        return True
    host = urlsplit(f"//{place}").hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def for_driver(url: str) -> tuple[str, dict[str, Any]]:
    """The address as SQLAlchemy wants it, and what is to be told to its driver besides.

    The names that PostgreSQL's own tools have for TLS (`sslmode`, `sslrootcert`) are known to asyncpg within an address
    of its own alone.
    """
    bare, _, query = url.partition("?")
    driver = bare.replace(POSTGRESQL, "postgresql+asyncpg://", 1)
    asked = parse_qs(query)
    tls = {name: asked.pop(name) for name in list(asked) if name.startswith("ssl") and name != "ssl"}
    rest = urlencode(asked, doseq=True)
    address = f"{driver}?{rest}" if rest else driver
    return address, {"dsn": f"{POSTGRESQL}?{urlencode(tls, doseq=True)}"} if tls else {}
