"""Creating Accounts and Users, and what Users change of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deskbridge.accounts import passwords, store
from deskbridge.accounts.model import Account, AccountId, ContactPolicy, License, Role, Status, User, UserId
from deskbridge.errors import Forbidden, NameTaken, NotFound, NotSignedIn, Unprocessable
from deskbridge.storage.database import Transaction
from deskbridge.storage.schema import new_id


@dataclass(frozen=True, slots=True)
class NewUser:
    """What is needed to create a User; without a password nobody can sign in as them yet."""

    username: str
    display_name: str
    email: str
    role: Role = Role.NONE
    licenses: frozenset[License] = frozenset()
    password: str | None = None
    job_title: str | None = None
    department: str | None = None


async def create_account(tx: Transaction, name: str, tenant_id: str | None, now: datetime) -> Account:
    """A new Account; chat with Teams is off until an admin switches it on (C1)."""
    if any(each.name == name for each in await store.list_accounts(tx.connection)):
        raise NameTaken(f"There is an account named {name!r} already.")
    account = Account(
        id=AccountId(new_id()),
        name=name,
        teams_chat_enabled=False,
        agent_status_in_teams=False,
        second_factor_required=False,
        files_to_teams=False,
    )
    await store.insert_account(tx.connection, account, tenant_id, now)
    return account


async def create_user(tx: Transaction, account_id: AccountId, new: NewUser, now: datetime) -> User:
    """A new User of that Account; raises NameTaken."""
    if await store.find_user_by_username(tx.connection, new.username.casefold()):
        raise NameTaken
    if not new.username.strip() or not new.display_name.strip():
        raise Unprocessable("A user needs a username and a name.")
    user = User(
        id=UserId(new_id()),
        account_id=account_id,
        username=new.username,
        display_name=new.display_name,
        email=new.email,
        job_title=new.job_title,
        department=new.department,
        role=new.role,
        licenses=sorted(new.licenses),
        status=Status.LOGGED_OUT,
        status_since=now,
    )
    secret = None if new.password is None else await passwords.hash_password(new.password)
    await store.insert_user(tx.connection, user, secret, now)
    return user


async def act_as(tx: Transaction, user: User) -> None:
    """Whoever is about to change something may still do it, and may until the transaction ends.

    They were let in a moment before. Whoever deletes or suspends them, or changes what they may do, waits for the same
    lock. Raises NotSignedIn and Forbidden.
    """
    now = await store.lock_user_of(tx.connection, user.account_id, user.id)
    if now is None or now.suspended:
        raise NotSignedIn
    if (now.role, now.licenses) != (user.role, user.licenses):
        raise Forbidden("What you may do has just been changed. Load the page again.")


async def set_status(tx: Transaction, user: User, status: Status, now: datetime) -> User:
    """The Status that the agent chose, or was put in by signing in and out."""
    # Another tab may have chosen meanwhile: who is told last is to be who is stored last.
    await store.lock_user(tx.connection, user.id)
    user = await store.find_user(tx.connection, user.id) or user
    if status is user.status:
        return user
    await store.update_user(tx.connection, user.id, status=status.value, status_since=now)
    return user.model_copy(update={"status": status, "status_since": now})


async def set_teams_chat(tx: Transaction, account_id: AccountId, *, enabled: bool) -> Account:
    """Switch Teams chat on or off for the Account (C1)."""
    return await _switch(tx, account_id, teams_chat_enabled=enabled)


async def set_agent_status_in_teams(tx: Transaction, account_id: AccountId, *, enabled: bool) -> Account:
    """Have the agents' Status shown in Teams as well, or not."""
    return await _switch(tx, account_id, agent_status_in_teams=enabled)


async def set_files_to_teams(tx: Transaction, account_id: AccountId, *, enabled: bool) -> Account:
    """Let agents send files to Teams, or not."""
    return await _switch(tx, account_id, files_to_teams=enabled)


async def set_contact_policy(tx: Transaction, account_id: AccountId, policy: ContactPolicy) -> Account:
    """Whom the Account's agents may contact in Teams from now on."""
    return await _switch(tx, account_id, contact_policy=policy.model_dump())


async def set_retention(tx: Transaction, account_id: AccountId, days: int | None) -> Account:
    """For how many days the Account keeps messages; None: for good."""
    return await _switch(tx, account_id, keep_messages_days=days)


async def set_second_factor_required(tx: Transaction, account_id: AccountId, *, required: bool) -> Account:
    """Whether the Account's Users who sign in with a password have to have a second factor."""
    return await _switch(tx, account_id, second_factor_required=required)


async def _switch(tx: Transaction, account_id: AccountId, **switches: Any) -> Account:
    await store.update_account(tx.connection, account_id, **switches)
    account = await store.find_account(tx.connection, account_id)
    if account is None:
        raise NotFound
    return account
