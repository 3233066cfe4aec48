"""What Users do about their own signing in: choose another password, see where they are signed in, end all of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from deskbridge.accounts import password_rules, passwords, session_store, sessions
from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import User, View
from deskbridge.api.desk import Desk, Me, Origin, TheDesk, Token
from deskbridge.api.session import forget_cookie
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, actor
from deskbridge.presence.board import announce_status
from deskbridge.storage.database import Transaction

router = APIRouter(prefix="/me", tags=["session"])

Password = Annotated[str, Field(min_length=1, max_length=1024)]


class ChangePassword(View):
    """The User's own password as it is, and as it is to be."""

    password: Password
    new_password: Password


class OwnSession(View):
    """Where somebody is signed in: since when, from which address, and whether it is the browser that asks."""

    since: datetime
    origin: str
    is_this: bool


class Proof(View):
    """The User's own password; who has none, because they sign in with single sign-on, leaves it out."""

    password: Password | None = None


@router.post("/password", status_code=204)
async def change_password(body: ChangePassword, desk: TheDesk, me: Me, response: Response, origin: Origin) -> None:
    """Choose another password. All sessions end, this one too: sign in with the new one."""
    await sessions.check_password(desk.db, me, body.password, desk.clock())
    password_rules.check(me, body.new_password)
    hashed = await passwords.hash_password(body.new_password)
    async with desk.acting(me, recorded=True) as tx:
        await accounts_store.update_user(tx.connection, me.id, password_hash=hashed)
        await _end_all(desk, tx, me, (Action.PASSWORD_SET, origin))
    forget_cookie(response, desk)


@router.get("/sessions")
async def list_own_sessions(desk: TheDesk, me: Me, token: Token) -> list[OwnSession]:
    """Where one is signed in, the newest first."""
    async with desk.db.read() as connection:
        return [
            OwnSession(since=row.created_at, origin=row.origin, is_this=sessions.is_of(token, row.token_hash))
            for row in await session_store.list_sessions(connection, me.id, desk.clock())
        ]


@router.post("/sessions/end", status_code=204)
async def end_own_sessions(body: Proof, desk: TheDesk, me: Me, response: Response, origin: Origin) -> None:
    """Sign out everywhere, here too; asks for the password, as an open workspace may be in other hands."""
    async with desk.db.read() as connection:
        has_one = await accounts_store.has_password(connection, me.id)
    if has_one:
        await sessions.check_password(desk.db, me, body.password or "", desk.clock())
    async with desk.acting(me, recorded=True) as tx:
        await _end_all(desk, tx, me, (Action.SIGNED_OUT_EVERYWHERE, origin))
    forget_cookie(response, desk)


async def _end_all(desk: Desk, tx: Transaction, me: User, what: tuple[Action, str]) -> None:
    action, origin = what
    await audit.record(tx, me.account_id, (actor(me, origin), action), desk.clock(), me)
    user = await sessions.end_all(tx, me, desk.clock())
    await announce_status(tx, user, desk.clock())
