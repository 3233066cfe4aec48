"""Signing in to the workspace and out of it."""

from __future__ import annotations

from fastapi import APIRouter, Response

from deskbridge.accounts import sessions, sso_store
from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.errors import CodeReplaced
from deskbridge.accounts.events import MeChanged
from deskbridge.accounts.model import User
from deskbridge.accounts.session_store import Session
from deskbridge.accounts.sessions import SessionToken
from deskbridge.admin import second_factor
from deskbridge.api.desk import Desk, Origin, TheDesk, TheSession, Token
from deskbridge.api.models import SignIn
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, Actor, actor
from deskbridge.errors import SingleSignOnRequired, TooManyRequests, WrongCode, WrongPassword
from deskbridge.presence.board import announce_status
from deskbridge.storage.database import Transaction
from deskbridge.storage.feed import user_topic

router = APIRouter(tags=["session"])


def forget_cookie(response: Response, desk: Desk) -> None:
    """The browser forgets the session, and what was kept of pages; what waits to be sent stays with its author."""
    set_cookie(response, desk, "", 0)
    response.headers["clear-site-data"] = '"cache"'


def set_cookie(response: Response, desk: Desk, value: str, max_age: int) -> None:
    """The session's."""
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
async def sign_in(body: SignIn, desk: TheDesk, response: Response, origin: Origin) -> User:
    """Start a session; the cookie it is kept in cannot be read by scripts."""

    async def prove(tx: Transaction, user: User) -> bool:
        provider = await sso_store.find_provider(tx.connection, user.account_id)
        if provider is not None and provider.is_required and not user.is_admin:
            raise SingleSignOnRequired
        return await second_factor.prove(tx, desk.connector.vault, user, body.code, desk.clock())

    given = (body.username, body.password)
    try:
        signed_in = await sessions.sign_in(desk.db, given, desk.clock(), desk.lasting, prove, origin)
    except (WrongPassword, WrongCode, CodeReplaced, TooManyRequests) as error:
        await note_failure(desk, body.username, origin, error.code)
        raise
    await open_workspace(desk, response, signed_in, origin, by="password")
    return signed_in[0]


async def open_workspace(
    desk: Desk, response: Response, signed_in: tuple[User, SessionToken], origin: str, *, by: str
) -> None:
    """Somebody has signed in: for the audit log, for everyone who sees them, and for their browser."""
    user, token = signed_in
    async with desk.db.transaction() as tx:
        await audit.record(tx, user.account_id, (actor(user, origin), Action.SIGNED_IN), desk.clock(), by=by)
        await announce_status(tx, user, desk.clock())
        tx.emit(user_topic(user.id), MeChanged(me=user))
    set_cookie(response, desk, token, int(desk.settings.session_lifetime.total_seconds()))


async def prove_again(desk: Desk, session: Session, response: Response, origin: str, *, by: str) -> None:
    """Whoever has the session has proved who they are: for the audit log, and another token for their browser."""
    now = desk.clock()
    async with desk.db.transaction() as tx:
        token = await sessions.prove_again(tx, session.id, now)
        user = session.user
        await audit.record(tx, user.account_id, (actor(user, origin), Action.PROVED_AGAIN), now, by=by)
    set_cookie(response, desk, token, max(1, int((session.ends_at - now).total_seconds())))


@router.delete("/session", status_code=204)
async def sign_out(desk: TheDesk, session: TheSession, token: Token, response: Response, origin: Origin) -> None:
    """End the session; with the last one the agent is Logged Out."""
    me = session.user
    async with desk.db.transaction() as tx:
        await audit.record(tx, me.account_id, (actor(me, origin), Action.SIGNED_OUT), desk.clock())
        user = await sessions.sign_out(tx, me, token, desk.clock())
        await announce_status(tx, user, desk.clock())
        tx.emit(user_topic(user.id), MeChanged(me=user))
    forget_cookie(response, desk)


async def note_failure(desk: Desk, username: str, origin: str, why: str) -> None:
    """In the log of the Account that the name belongs to; a name that nobody has belongs to none."""
    async with desk.db.read() as connection:
        found = await accounts_store.find_user_by_username(connection, username.strip().casefold()[:320])
    if found is None:
        return
    user = found[0]
    async with desk.db.transaction() as tx:
        what = (Actor(None, "somebody", origin), Action.SIGN_IN_FAILED)
        await audit.record(tx, user.account_id, what, desk.clock(), user, reason=why)
