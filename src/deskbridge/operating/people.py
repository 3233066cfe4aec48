"""Users and their Teams connections from the command line, where whoever does it is `operator`."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from pydantic import ValidationError

from deskbridge.accounts import password_rules
from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.leaving import NAMELESS
from deskbridge.accounts.model import Account, AccountId, License, Role, User
from deskbridge.accounts.service import NewUser
from deskbridge.admin import users
from deskbridge.admin.import_settings import choose_settings
from deskbridge.admin.managing import Managing, UserChanges
from deskbridge.api import exporting, list_rows
from deskbridge.api.desk import Desk
from deskbridge.api.user_list import count
from deskbridge.api.users import link_address
from deskbridge.audit import service as audit
from deskbridge.audit.model import CONSOLE, Action
from deskbridge.directory import import_store
from deskbridge.directory.imports import ImportSettings
from deskbridge.errors import NotFound, WrongSetting
from deskbridge.operating.commands import with_desk
from deskbridge.operating.saying import AS_JSON, LINES_OF_JSON, note_reading, write_json, write_list
from deskbridge.settings import Settings

ACCOUNT = typer.Option("--account", help="Name or id of the account; not needed where there is only one.")


async def account_named(desk: Desk, name: str | None) -> Account:
    """The Account of that name or id, or the only one; raises NotFound."""
    async with desk.db.read() as connection:
        found = [each for each in await accounts_store.list_accounts(connection) if name in {None, each.name, each.id}]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFound("There is no such account. Create one first: deskbridge account create NAME")
    raise NotFound("There are several accounts: say which with --account NAME.")


async def choose_groups(desk: Desk, account_id: AccountId, groups: list[str]) -> None:
    """Import only the members of these groups from now on, or everybody with `all`; raises WrongSetting."""
    async with desk.db.transaction() as tx:
        before = await import_store.get_settings(tx.connection, account_id)
        try:
            chosen = before.model_dump() | {"groups": [] if groups == ["all"] else groups}
            settings = ImportSettings.model_validate(chosen)
        except ValidationError as error:
            raise WrongSetting(
                "A group is named by its object id, such as 11111111-2222-3333-4444-555555555555."
            ) from error
        await choose_settings(tx, account_id, (CONSOLE, desk.clock()), settings)


async def _user_named(desk: Desk, username: str) -> User:
    async with desk.db.read() as connection:
        found = await accounts_store.find_user_by_username(connection, username.strip().casefold())
    if found is None:
        raise NotFound(f"There is no user {username!r}.")
    return found[0]


def _managing(username: str, work: Callable[[Managing, User, Desk], Awaitable[str]]) -> None:
    async def run(settings: Settings, desk: Desk) -> None:
        user = await _user_named(desk, username)
        async with desk.db.transaction() as tx:
            said = await work(Managing(tx, user.account_id, CONSOLE, desk.clock()), user, desk)
        typer.echo(said)

    with_desk(run)


def add_to(user_app: typer.Typer) -> None:
    """The commands below `deskbridge user`."""
    for name, command in (
        ("create", create_user),
        ("list", list_users),
        ("invite", invite),
        ("change", change),
        ("suspend", suspend),
        ("resume", resume),
        ("reset-password", reset_password),
        ("delete", delete),
        ("sign-out", sign_out),
        ("remove-second-factor", remove_second_factor),
        ("disconnect", disconnect),
    ):
        user_app.command(name)(command)


def create_user(
    username: str,
    name: Annotated[str, typer.Option(help="The name that others see.")],
    email: Annotated[str, typer.Option(help="Also finds the same person among the imported Teams users.")],
    role: Annotated[Role, typer.Option()] = Role.NONE,
    license_: Annotated[list[License] | None, typer.Option("--license", help="May be given twice.")] = None,
    job_title: Annotated[str | None, typer.Option()] = None,
    department: Annotated[str | None, typer.Option()] = None,
    account: Annotated[str | None, ACCOUNT] = None,
) -> None:
    """Create a User; the password is read from the first line of standard input."""
    password = sys.stdin.readline().rstrip("\r\n")
    if len(password) < password_rules.SHORTEST:
        raise WrongSetting(f"Give a password of at least {password_rules.SHORTEST} characters on standard input.")
    if "@" not in email:
        raise WrongSetting("The e-mail address is not one.")
    new = NewUser(username.strip(), name, email, role, frozenset(license_ or ()), password, job_title, department)

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        async with desk.db.transaction() as tx:
            user = await users.create_user(tx, found.id, new, desk.clock())
            password_rules.check(user, password)
            what = (CONSOLE, Action.USER_CREATED)
            granted = ", ".join(user.licenses)
            await audit.record(tx, found.id, what, desk.clock(), user, role=user.role.value, licenses=granted)
        typer.echo(f"Created the user {user.username!r} ({user.id}).")

    with_desk(run)


def list_users(account: Annotated[str | None, ACCOUNT] = None, as_json: Annotated[bool, LINES_OF_JSON] = False) -> None:
    """All Users as CSV: roles, licenses, and who is connected to which Microsoft user since when."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        await note_reading(desk, found.id, "users")
        await write_list(exporting.USERS, list_rows.users(desk, found.id), as_json=as_json)

    with_desk(run)


def licenses(account: Annotated[str | None, ACCOUNT] = None, as_json: Annotated[bool, AS_JSON] = False) -> None:
    """How many Users hold each license, and how many are connected to Microsoft."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        counted = await count(desk.db, found.id)
        if as_json:
            write_json(counted)
            return
        typer.echo(f"{counted.users} users, {counted.suspended} of them suspended. Of the others have")
        for name, number in (
            ("contact_center", counted.contact_center),
            ("work", counted.work),
            ("Microsoft account connected", counted.connected),
            ("no second factor", counted.without_second_factor),
        ):
            typer.echo(f"{name + ':':<28} {number}")

    with_desk(run)


def invite(
    username: str,
    name: Annotated[str, typer.Option(help="The name that others see.")],
    email: Annotated[str, typer.Option(help="Also finds the same person among the imported Teams users.")],
    role: Annotated[Role, typer.Option()] = Role.NONE,
    license_: Annotated[list[License] | None, typer.Option("--license", help="May be given twice.")] = None,
    job_title: Annotated[str | None, typer.Option()] = None,
    department: Annotated[str | None, typer.Option()] = None,
    account: Annotated[str | None, ACCOUNT] = None,
) -> None:
    """Create a User and print the one-time link with which they choose a password."""
    granted = frozenset(license_ or ())
    new = NewUser(username.strip(), name, email, role, granted, None, job_title, department)

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        async with desk.db.transaction() as tx:
            _, secret, until = await Managing(tx, found.id, CONSOLE, desk.clock()).invite(new)
        typer.echo(f"Good until {until:%Y-%m-%d %H:%M} UTC, for one use: {link_address(desk, secret)}")

    with_desk(run)


def change(
    username: str,
    role: Annotated[Role | None, typer.Option()] = None,
    license_: Annotated[list[License] | None, typer.Option("--license", help="All that they are to have.")] = None,
    no_license: Annotated[bool, typer.Option("--no-license", help="They are to have none.")] = False,
    name: Annotated[str | None, typer.Option()] = None,
    email: Annotated[str | None, typer.Option()] = None,
    job_title: Annotated[str | None, typer.Option(help="Empty: none.")] = None,
    department: Annotated[str | None, typer.Option(help="Empty: none.")] = None,
) -> None:
    """Change a User's role, licenses, name, address, job title or department."""
    if license_ and no_license:
        raise WrongSetting("Give --license or --no-license, not both.")
    licenses = frozenset(license_) if license_ else frozenset[License]() if no_license else None

    async def work(managing: Managing, user: User, desk: Desk) -> str:
        after = await managing.change(user.id, UserChanges(name, email, role, licenses, job_title, department))
        return f"{after.username}: {after.role}, licenses: {', '.join(after.licenses) or 'none'}."

    _managing(username, work)


def suspend(username: str) -> None:
    """Sign a User out everywhere and let them in no more, until they are resumed."""

    async def work(managing: Managing, user: User, desk: Desk) -> str:
        await managing.suspend(user.id)
        return f"{user.username} is suspended."

    _managing(username, work)


def resume(username: str) -> None:
    """Let a suspended User sign in again."""

    async def work(managing: Managing, user: User, desk: Desk) -> str:
        await managing.resume(user.id)
        return f"{user.username} can sign in again."

    _managing(username, work)


def delete(
    username: str,
    erase_name: Annotated[bool, typer.Option("--erase-name", help="The record calls them “Former user”.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a User for good; what was said stays as long as the organisation keeps it."""
    if not yes:
        named = f"under the name {NAMELESS!r}" if erase_name else "under their name"
        typer.confirm(
            f"{username} cannot sign in any more; sessions, second factor, Teams connection, licenses and what waits "
            f"to be sent are gone for good. What was said stays {named} for as long as messages are kept, and the "
            "audit log goes on naming them. Delete?",
            abort=True,
        )

    async def work(managing: Managing, user: User, desk: Desk) -> str:
        await managing.delete(user.id, erase_name=erase_name)
        return f"{user.username} is deleted."

    _managing(username, work)


def reset_password(username: str) -> None:
    """Void a User's password and print a one-time link for another."""

    async def work(managing: Managing, user: User, desk: Desk) -> str:
        _, secret, until = await managing.reset_password(user.id)
        return f"Good until {until:%Y-%m-%d %H:%M} UTC, for one use: {link_address(desk, secret)}"

    _managing(username, work)


def sign_out(username: str) -> None:
    """End all sessions of a User."""

    async def work(managing: Managing, user: User, desk: Desk) -> str:
        await managing.sign_out_everywhere(user.id)
        return f"{user.username} is signed out everywhere."

    _managing(username, work)


def remove_second_factor(username: str) -> None:
    """Take a User's second factor away, for somebody who has lost phone and recovery codes."""

    async def work(managing: Managing, user: User, desk: Desk) -> str:
        await managing.remove_second_factor(user.id)
        return f"{user.username} has no second factor."

    _managing(username, work)


def disconnect(username: str) -> None:
    """End a User's Teams connection, so that they can connect another Microsoft user."""

    async def run(settings: Settings, desk: Desk) -> None:
        user = await _user_named(desk, username)
        async with desk.db.transaction() as tx:
            what = (CONSOLE, Action.TEAMS_DISCONNECTED)
            await audit.record(tx, user.account_id, what, desk.clock(), user)
        await desk.connector.connections.disconnect(user)
        typer.echo(f"{user.username} is disconnected from Microsoft Teams.")

    with_desk(run)
