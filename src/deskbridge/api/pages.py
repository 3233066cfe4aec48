"""The web workspace's files, and the small pages that the server makes itself."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from deskbridge.errors import NotFound

router = APIRouter(include_in_schema=False)

WORKSPACE = Path(str(files("deskbridge"))) / "workspace"

_YEAR = "public, max-age=31536000, immutable"


def _policy(nonce: str) -> str:
    return "; ".join(
        (
            "default-src 'self'",
            "img-src 'self' data:",
            f"style-src 'self' 'nonce-{nonce}'",
            "script-src 'self'",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        # Longer than a name can be, or with a NUL in it.
        return False


@router.api_route("/assets/{name:path}", methods=["GET", "HEAD"])
async def asset(name: str) -> Response:
    """A built file; its name holds a hash of its content, so it may be kept for ever."""
    if ".." in name.split("/") or name.startswith("/") or not _is_file(path := WORKSPACE / "assets" / name):
        raise NotFound
    return FileResponse(path, headers={"cache-control": _YEAR})


EVERYWHERE: Final = "/{path:path}"


@router.api_route(EVERYWHERE, methods=["GET", "HEAD"])
async def workspace(path: str, request: Request) -> Response:
    """The workspace, at every address that is not something else."""
    if path.startswith("api/"):
        raise NotFound
    plain = WORKSPACE / path
    if path and "/" not in path and not path.startswith(".") and path != "index.html" and _is_file(plain):
        return FileResponse(plain, headers={"cache-control": "public, max-age=3600"})
    index = WORKSPACE / "index.html"
    if not index.is_file():
        return notice(
            "The workspace is not built",
            "Run “make demo”, or “python hatch_build.py” in the checkout, and reload.",
            503,
        )
    nonce = secrets.token_urlsafe(16)
    html = index.read_text(encoding="utf-8").replace("__CSP_NONCE__", nonce)
    return HTMLResponse(html, headers={"content-security-policy": _policy(nonce)})


_NOTICE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title} – Deskbridge</title>
<style nonce="{nonce}">
:root {{ color-scheme: light dark; font: 16px/1.5 "Segoe UI", system-ui, sans-serif; }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center;
  background: light-dark(#f5f5f5, #1f1f1f); color: light-dark(#242424, #fff); }}
main {{ max-width: 28rem; margin: 1rem; padding: 2rem; border-radius: 8px;
  background: light-dark(#fff, #292929); box-shadow: 0 4px 16px rgb(0 0 0 / 14%); }}
h1 {{ font-size: 1.25rem; margin: 0 0 .5rem; }} p {{ margin: 0; }} main > p {{ margin-top: 1rem; }}
a {{ color: light-dark(#0f6cbd, #479ef5); }} p + p {{ margin-top: 1rem; }}
small {{ display: block; margin-top: 1rem; opacity: .75; overflow-wrap: anywhere; }}
</style></head>
<body><main><div{role}><h1>{title}</h1><p>{text}</p></div>{more}</main></body></html>
"""


class Link(NamedTuple):
    """A way on from a page."""

    address: str
    words: str


def notice(
    title: str, text: str, status: int = 200, *, links: Sequence[Link] = (), small: str | None = None
) -> HTMLResponse:
    """A page with one sentence, the ways on, and what only administrators have a use for."""
    nonce = secrets.token_urlsafe(16)
    more = "".join(f'<p><a href="{escape(each.address, quote=True)}">{escape(each.words)}</a></p>' for each in links)
    more += f"<small>{escape(small)}</small>" if small else ""
    html = _NOTICE.format(
        title=escape(title), text=escape(text), nonce=nonce, more=more, role="" if status < 400 else ' role="alert"'
    )
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; frame-ancestors 'none'"
    return HTMLResponse(html, status, headers={"content-security-policy": policy})
