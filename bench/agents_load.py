"""Agents who are signed in without anybody asking for thousands of passwords."""

from __future__ import annotations

from datetime import timedelta

from deskbridge.accounts import service as accounts
from deskbridge.accounts import sessions
from deskbridge.accounts.model import AccountId, License, Role
from deskbridge.accounts.service import NewUser
from deskbridge.accounts.sessions import Lasting
from deskbridge.admin import users
from deskbridge.clock import system_clock
from deskbridge.storage.database import Database


async def sign_in(db: Database, account_id: AccountId, name: str) -> str:
    """A new agent of that name, who is also findable in Contacts; the session's cookie."""
    now, eight_hours = system_clock(), timedelta(hours=8)
    new = NewUser(name, name.title(), f"{name}@desk.example", Role.AGENT, frozenset({License.CONTACT_CENTER}))
    async with db.transaction() as tx:
        user = await accounts.create_user(tx, account_id, new, now)
    _, token = await sessions.open_session(db, user, now, Lasting(eight_hours, eight_hours), "bench")
    return token


async def let_them_use_teams(db: Database, account_id: AccountId) -> None:
    """Switch Teams chat on."""
    async with db.transaction() as tx:
        await users.set_teams_chat(tx, account_id, system_clock(), enabled=True)
