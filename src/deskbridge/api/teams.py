"""Connecting a Microsoft account: off to Microsoft's sign-in page, and back from it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from deskbridge.accounts.sessions import SessionToken
from deskbridge.api import pages
from deskbridge.api.desk import Me, TheDesk, Token
from deskbridge.api.models import AuthenticateAnswer
from deskbridge.errors import DeskbridgeError

router = APIRouter(tags=["teams"])


@router.post("/teams/authenticate")
async def authenticate(desk: TheDesk, me: Me, token: Token) -> AuthenticateAnswer:
    """Where **Authenticate now** leads: Microsoft's own sign-in page (C3)."""
    return AuthenticateAnswer(authorization_url=await desk.connector.connections.begin(me, token))


@router.get("/teams/callback", include_in_schema=False)
async def callback(request: Request, desk: TheDesk) -> HTMLResponse:
    """Where Microsoft leads back to; the page and the workspace both say how it went (C4, C6)."""
    token = SessionToken(request.cookies.get(desk.cookie, ""))
    home = desk.settings.public_url
    try:
        await desk.connector.connections.finish(dict(request.query_params), token)
    except DeskbridgeError as error:
        return pages.notice("Your Microsoft Teams account is not connected", error.message, error.status, link=home)
    return pages.notice(
        "Your Microsoft Teams account is connected",
        "Authentication was successful. You can close this window and go on in the workspace.",
        link=home,
    )
