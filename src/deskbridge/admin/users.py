"""Creating Users together with their place in the Contacts directory."""

from __future__ import annotations

import uuid
from datetime import datetime

from deskbridge.accounts import service as accounts
from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.events import AccountChanged
from deskbridge.accounts.model import Account, AccountId, ContactPolicy, License, User, UserId
from deskbridge.accounts.service import NewUser
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, Actor
from deskbridge.conversations import service as conversations
from deskbridge.directory import import_store
from deskbridge.directory import service as directory
from deskbridge.directory.imports import ImportKind, ImportState
from deskbridge.directory.model import IdentityId, Platform
from deskbridge.directory.service import Details, Put
from deskbridge.errors import Conflict
from deskbridge.realtime.protocol import ConnectionChanged
from deskbridge.storage.database import Transaction
from deskbridge.storage.feed import user_topic
from deskbridge.teams.farewells import say_farewell
from deskbridge.teams.standing import seen_by
from deskbridge.teams.store import connections, people

_TENANT_IN_USE = (
    "People were imported or agents are connected, so the organization stays with its Microsoft tenant. "
    "Create another organization for another tenant."
)
PLATFORM = {License.CONTACT_CENTER: Platform.CONTACT_CENTER, License.WORK: Platform.WORK}


async def create_user(tx: Transaction, account_id: AccountId, new: NewUser, now: datetime) -> User:
    """A new User, who is found in the directory under each license."""
    user, put = await put_new_user(tx, account_id, new, now)
    # They may be somebody already, whom others talk with.
    await conversations.person_changed(tx, put.persons)
    tx.announce(f"directory.{account_id}")
    return user


async def put_new_user(tx: Transaction, account_id: AccountId, new: NewUser, now: datetime) -> tuple[User, Put]:
    """A new User, and what putting their Identities into the directory did; callers tell its watchers."""
    user = await accounts.create_user(tx, account_id, new, now)
    told = {identity_of(user.id, PLATFORM[each]): details_of(user, each) for each in user.licenses}
    return user, await directory.put_identities(tx, account_id, told)


def identity_of(user_id: UserId, platform: Platform) -> IdentityId:
    """The User's Identity there: the same whenever the license is taken and given again."""
    return IdentityId(str(uuid.uuid5(uuid.UUID(user_id), platform)))


def details_of(user: User, license_: License) -> Details:
    """What the directory is told of a User on the platform of that license."""
    return Details(
        platform=PLATFORM[license_],
        display_name=user.display_name,
        address=user.email,
        addresses=frozenset(each for each in (user.email, user.username) if "@" in each),
        job_title=user.job_title,
        department=user.department,
        user_id=user.id,
    )


async def set_tenant(tx: Transaction, account_id: AccountId, tenant_id: str, who: tuple[Actor, datetime]) -> None:
    """Which Microsoft tenant the Account is; raises Conflict once people or connections came from one."""
    by, now = who
    await accounts_store.lock_account(tx.connection, account_id)
    before = await accounts_store.tenant_of(tx.connection, account_id)
    if before == tenant_id:
        return
    connected = (await connections.by_user(tx.connection, account_id)).values()
    # Whoever only tried to connect, perhaps because the tenant was wrong, must not make it stay.
    if any(each.microsoft_user_id for each in connected) or await people.any_of(tx.connection, account_id):
        raise Conflict(_TENANT_IN_USE)
    if await import_store.find_last(tx.connection, account_id, ImportKind.TEAMS, ImportState.RUNNING):
        # Its next page would put people of the tenant before into the directory.
        raise Conflict("An import of Teams users is running. Wait for its end, then try again.")
    await accounts_store.update_account(tx.connection, account_id, tenant_id=tenant_id)
    await audit.record(tx, account_id, (by, Action.TENANT_CHANGED), now, tenant_id=tenant_id, before=before or "")


async def set_teams_chat(tx: Transaction, account_id: AccountId, now: datetime, *, enabled: bool) -> Account:
    """Switch Teams chat on or off (C1); every User's workspace shows it at once.

    Off: what uses the connections stops, and the subscriptions go at Microsoft. On: it all goes on where it was.
    """
    account = await accounts.set_teams_chat(tx, account_id, enabled=enabled)
    for user in await _tell_switches(tx, account):
        await refresh_connection(tx, user, account, now)
    tx.announce(f"directory.{account_id}")
    return account


async def refresh_connection(tx: Transaction, user: User, account: Account, now: datetime) -> None:
    """Whether the User's connection may be used has perhaps changed: stop what uses it, or let it go on (C1)."""
    row = await connections.find(tx.connection, user.id)
    if row is not None and row.is_usable:
        tx.announce(f"teams_connected.{user.id}")
    elif row is not None:
        await say_farewell(tx, user.id, now)
    tx.announce(f"attendance.{user.account_id}")
    tx.emit(user_topic(user.id), ConnectionChanged(connection=await seen_by(tx.connection, user, account)))


async def set_agent_status_in_teams(tx: Transaction, account_id: AccountId, *, enabled: bool) -> Account:
    """Have the agents' Status shown in Teams as well, from now on; or have what was said there taken back."""
    account = await accounts.set_agent_status_in_teams(tx, account_id, enabled=enabled)
    await _tell_switches(tx, account)
    tx.announce(f"teams_status.{account_id}")
    return account


async def set_files_to_teams(tx: Transaction, account_id: AccountId, *, enabled: bool) -> Account:
    """Let agents send files to Teams from now on, or not."""
    account = await accounts.set_files_to_teams(tx, account_id, enabled=enabled)
    await _tell_switches(tx, account)
    return account


async def set_contact_policy(
    tx: Transaction, account_id: AccountId, policy: ContactPolicy, who: tuple[Actor, datetime]
) -> Account:
    """Whom agents may contact in Teams: lists show it at once, and what waits is looked at before it is sent."""
    by, now = who
    account = await accounts.set_contact_policy(tx, account_id, policy)
    said = {"domains": ", ".join(policy.domains) or "all", "guests": str(policy.guests)}
    await audit.record(tx, account_id, (by, Action.CONTACT_POLICY_CHANGED), now, None, **said)
    await _tell_switches(tx, account)
    tx.announce(f"directory.{account_id}")
    return account


async def set_retention(
    tx: Transaction, account_id: AccountId, days: int | None, who: tuple[Actor, datetime]
) -> Account:
    """For how many days messages are kept (None: for good); what is older goes with the next run, which is soon."""
    by, now = who
    account = await accounts.set_retention(tx, account_id, days)
    await audit.record(
        tx, account_id, (by, Action.RETENTION_CHANGED), now, None, days=str(days) if days else "for good"
    )
    await _tell_switches(tx, account)
    return account


async def set_second_factor_required(
    tx: Transaction, account_id: AccountId, who: tuple[Actor, datetime], *, required: bool
) -> Account:
    """Whether whoever signs in with a password has to have a second factor; open workspaces are asked at once."""
    by, now = who
    account = await accounts.set_second_factor_required(tx, account_id, required=required)
    what = (by, Action.SECOND_FACTOR_REQUIREMENT_CHANGED)
    await audit.record(tx, account_id, what, now, None, required=required)
    for user in await _tell_switches(tx, account):
        # Whoever lacks it is looked at like somebody whose session has ended.
        tx.announce(f"sessions_ended.{user.id}")
    return account


async def _tell_switches(tx: Transaction, account: Account) -> list[User]:
    users = await accounts_store.list_users(tx.connection, account.id)
    for user in users:
        tx.emit(user_topic(user.id), AccountChanged(account=account))
    return users
