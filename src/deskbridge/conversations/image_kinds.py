"""What kind of image some bytes are: their first ones decide, not what anybody says of them. Pure."""

from __future__ import annotations

from typing import Final

_KINDS: Final = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF8", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"BM", 0, "image/bmp"),
)

TO_SEND: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Those that every platform shows in a message."""


def kind_of(content: bytes) -> str | None:
    """What kind of image that is; None for everything that browsers might do more with than show it."""
    return next((kind for magic, at, kind in _KINDS if content[at : at + len(magic)] == magic), None)
