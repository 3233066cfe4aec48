"""Accounts and people for tests, made by the same code that admins use; every argument is optional."""

from __future__ import annotations

import functools
import itertools

import argon2

from deskbridge.accounts import service as accounts
from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import Account, License, Role, User
from deskbridge.accounts.service import NewUser
from deskbridge.admin import users
from deskbridge.api.desk import Desk
from support.agents import Agent

_numbers = itertools.count(1)

CC = frozenset({License.CONTACT_CENTER})
WORK = frozenset({License.WORK})


async def make_account(desk: Desk, *, teams_chat: bool = False, tenant_id: str | None = None) -> Account:
    """An Account of a name nobody else has."""
    async with desk.db.transaction() as tx:
        account = await accounts.create_account(tx, f"Account {next(_numbers)}", tenant_id, desk.clock())
        return await users.set_teams_chat(tx, account.id, desk.clock(), enabled=teams_chat)


async def make_user(
    desk: Desk,
    account: Account,
    name: str = "Anne Baker",
    licenses: frozenset[License] = CC,
    role: Role = Role.AGENT,
    **more: str,
) -> User:
    """A User whose username is the first name, and whose password is `correct horse`."""
    username = more.pop("username", name.split(maxsplit=1)[0].lower())
    email = more.pop("email", f"{username}@contoso.example")
    new = NewUser(username, name, email, role, licenses, **more)
    async with desk.db.transaction() as tx:
        user = await users.create_user(tx, account.id, new, desk.clock())
        await accounts_store.update_user(tx.connection, user.id, password_hash=_hash())
    return user


async def make_talk(desk: Desk, anne: Agent) -> str:
    """Anne has signed in at that browser and begun a conversation with Ben: its id."""
    account = await make_account(desk)
    await make_user(desk, account)
    await make_user(desk, account, "Ben Carter")
    await anne.sign_in("anne")
    return str((await anne.start((await anne.find("ben"))["id"]))["id"])


@functools.cache
def _hash() -> str:
    """Of the one password, as cheap as can be: what a good hash costs is seen where people choose their own."""
    return argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse")
