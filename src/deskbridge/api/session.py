"""Signing in to the workspace and out of it."""

from __future__ import annotations

from fastapi import APIRouter, Response

from deskbridge.accounts import sessions
from deskbridge.accounts.events import MeChanged
from deskbridge.accounts.model import User
from deskbridge.api.desk import Desk, Me, TheDesk, Token
from deskbridge.api.models import SignIn
from deskbridge.presence.board import announce_status
from deskbridge.storage.feed import user_topic

router = APIRouter(tags=["session"])


def _set_cookie(response: Response, desk: Desk, value: str, max_age: int) -> None:
    response.set_cookie(
        desk.cookie,
        value,
        max_age=max_age,
        path="/",
        secure=desk.settings.public_url.startswith("https://"),
        httponly=True,
        # Lax, not Strict: Microsoft's sign-in page leads back here from another site.
        samesite="lax",
    )


@router.post("/session", status_code=201)
async def sign_in(body: SignIn, desk: TheDesk, response: Response) -> User:
    """Start a session; the cookie it is kept in cannot be read by scripts."""
    lifetime = desk.settings.session_lifetime
    user, token = await sessions.sign_in(desk.db, body.username, body.password, desk.clock(), lifetime)
    async with desk.db.transaction() as tx:
        await announce_status(tx, user, desk.clock())
        tx.emit(user_topic(user.id), MeChanged(me=user))
    _set_cookie(response, desk, token, int(lifetime.total_seconds()))
    return user


@router.delete("/session", status_code=204)
async def sign_out(desk: TheDesk, me: Me, token: Token, response: Response) -> None:
    """End the session; with the last one the agent is Logged Out."""
    async with desk.db.transaction() as tx:
        user = await sessions.sign_out(tx, me, token, desk.clock())
        await announce_status(tx, user, desk.clock())
        tx.emit(user_topic(user.id), MeChanged(me=user))
    _set_cookie(response, desk, "", 0)
