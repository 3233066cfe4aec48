"""The control API as a page, at /_sim/."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

router = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).parent / "static"
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'",
    "Cache-Control": "no-cache",
}


@router.get("/")
async def page() -> FileResponse:
    """The page."""
    return FileResponse(FOLDER / "control.html", headers=_HEADERS)
