"""From our words to Microsoft's: the body of a message as Graph takes it (facts.md 6.2). Pure."""

from __future__ import annotations

from typing import Any


def body_for(html: str) -> dict[str, Any]:
    """A chatMessage that says it."""
    return {"body": {"contentType": "html", "content": html}}
