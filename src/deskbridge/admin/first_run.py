"""The first organisation and its first administrator, from the set-up page or the command line."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from deskbridge.accounts import password_rules, setup_codes
from deskbridge.accounts import service as accounts
from deskbridge.accounts.model import Account, Role, User
from deskbridge.accounts.service import NewUser
from deskbridge.accounts.tries import trying
from deskbridge.admin import users
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, Actor
from deskbridge.errors import Unprocessable
from deskbridge.storage.database import Database, Transaction


async def set_up(db: Database, code: str, name: str, new: NewUser, who: tuple[str, datetime]) -> User:
    """Raises WrongSetupCode, Conflict, TooManyRequests, Unprocessable; a wrong entry does not spend the code.

    `who` is the address of the network that it comes from, and now.
    """
    origin, now = who
    async with trying(db, setup_codes.key_of(origin), now), db.transaction() as tx:
        await setup_codes.spend(tx, code, now)
        by = Actor(None, new.username.strip(), origin)
        account = await create_account(tx, name, None, (by, now))
        user = await users.create_user(tx, account.id, replace(new, role=Role.ADMIN), now)
        if "@" not in user.email:
            raise Unprocessable("The e-mail address is not one.")
        password_rules.check(user, new.password or "")
        await audit.record(tx, account.id, (by, Action.USER_CREATED), now, user, role=user.role.value)
        return user


async def create_account(tx: Transaction, name: str, tenant_id: str | None, who: tuple[Actor, datetime]) -> Account:
    """A new organisation, and the first entry of its audit log; raises NameTaken and Unprocessable."""
    by, now = who
    if not name.strip():
        raise Unprocessable("The organization needs a name.")
    account = await accounts.create_account(tx, name.strip(), tenant_id, now)
    await audit.record(tx, account.id, (by, Action.ACCOUNT_CREATED), now, name=account.name, tenant_id=tenant_id or "")
    return account
