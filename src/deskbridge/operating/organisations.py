"""Organisations from the command line: the code for the set-up page, creating one, its Microsoft tenant."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer
from pydantic import ValidationError

from deskbridge.accounts import setup_codes
from deskbridge.accounts.model import ContactPolicy
from deskbridge.accounts.setup_codes import SetupCode
from deskbridge.admin import first_run, list_order, users
from deskbridge.admin.switches import Switch, switch
from deskbridge.api.desk import Desk
from deskbridge.app import tidy_once
from deskbridge.audit.model import CONSOLE
from deskbridge.conversations.retention import MOST_DAYS
from deskbridge.directory.order import LOCALES
from deskbridge.errors import Conflict, WrongSetting
from deskbridge.operating.account_switches import in_words
from deskbridge.operating.commands import with_desk
from deskbridge.operating.people import ACCOUNT, account_named
from deskbridge.settings import Settings

app = typer.Typer()
account_app = typer.Typer(help="Customer organisations.", no_args_is_help=True)


def set_up_hint(settings: Settings, code: SetupCode) -> str:
    """What whoever reads the console is told while there is no organisation; the code is in no log."""
    return (
        "There is no organization yet. Set one up in the browser within an hour:\n\n"
        f"    {settings.public_url}/set-up#{code}\n\n"
        f"The code is {code}. It works once; “deskbridge setup-code” makes another."
    )


@app.command("setup-code")
def setup_code() -> None:
    """Print the address and another one-time code of the set-up page, while there is no Account."""

    async def run(settings: Settings, desk: Desk) -> None:
        code = await setup_codes.make_code(desk.db, desk.clock())
        if code is None:
            raise Conflict("There is an organization already. Invite people with: deskbridge user invite")
        typer.echo(set_up_hint(settings, code))

    with_desk(run)


class Needed(StrEnum):
    """Of a second factor."""

    REQUIRED = "required"
    OPTIONAL = "optional"


@account_app.command("create")
def create_account(
    name: str,
    tenant_id: Annotated[UUID | None, typer.Option(help="The organisation's Microsoft tenant id.")] = None,
    teams_chat: Annotated[bool, typer.Option(help="Switch chat with Microsoft Teams on.")] = False,
) -> None:
    """Create an Account."""
    tenant = None if tenant_id is None else str(tenant_id)

    async def run(settings: Settings, desk: Desk) -> None:
        async with desk.db.transaction() as tx:
            account = await first_run.create_account(tx, name, tenant, (CONSOLE, desk.clock()))
            if teams_chat:
                await switch(tx, account.id, Switch.TEAMS_CHAT, (CONSOLE, desk.clock()), enabled=True)
        typer.echo(f"Created the account {name!r} ({account.id}).")

    with_desk(run)


@account_app.command("order")
def set_order(
    locale: Annotated[str, typer.Argument(help="Whose alphabet: sv, da, de, es, tr …; en for all others.")],
    account: Annotated[str | None, ACCOUNT] = None,
) -> None:
    """Sort the Contacts list by the alphabet of another language."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        async with desk.db.transaction() as tx:
            await list_order.choose(tx, found.id, locale, (CONSOLE, desk.clock()))
        await tidy_once(desk, found.id)
        typer.echo(f"The list of {found.name} is sorted as in {LOCALES[locale].language}.")

    with_desk(run)


@account_app.command("tenant")
def set_tenant(
    tenant_id: Annotated[UUID, typer.Argument(help="The Directory (tenant) ID that Microsoft shows.")],
    account: Annotated[str | None, ACCOUNT] = None,
) -> None:
    """Say which Microsoft tenant an Account is, as long as nothing came from another."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        async with desk.db.transaction() as tx:
            await users.set_tenant(tx, found.id, str(tenant_id), (CONSOLE, desk.clock()))
        typer.echo(f"{found.name} is the Microsoft tenant {tenant_id}.")

    with_desk(run)


@account_app.command("policy")
def set_policy(
    domain: Annotated[list[str] | None, typer.Option(help="Only people of this mail domain; may be repeated.")] = None,
    everyone: Annotated[bool, typer.Option("--everyone", help="People of all domains.")] = False,
    guests: Annotated[bool | None, typer.Option(help="Whether guests may be contacted.")] = None,
    account: Annotated[str | None, ACCOUNT] = None,
) -> None:
    """Say whom agents may contact in Teams; without options shows it, and what is left out stays."""
    if domain and everyone:
        raise WrongSetting("Give --domain or --everyone, not both.")

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        policy = _changed(found.contact_policy, [] if everyone else domain or None, guests)
        if domain or everyone or guests is not None:
            async with desk.db.transaction() as tx:
                await users.set_contact_policy(tx, found.id, policy, (CONSOLE, desk.clock()))
        typer.echo(f"Agents of {found.name} may contact {in_words(policy)}.")

    with_desk(run)


def _changed(before: ContactPolicy, domains: list[str] | None, guests: bool | None) -> ContactPolicy:
    try:
        return ContactPolicy(
            domains=before.domains if domains is None else domains, guests=before.guests if guests is None else guests
        )
    except ValidationError as error:
        raise WrongSetting("A domain is written as in contoso.com.") from error


@account_app.command("retention")
def set_retention(
    days: Annotated[int, typer.Argument(min=0, max=MOST_DAYS, help="Messages older than that are deleted; 0: none.")],
    account: Annotated[str | None, ACCOUNT] = None,
) -> None:
    """Say for how many days messages are kept."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        async with desk.db.transaction() as tx:
            await users.set_retention(tx, found.id, days or None, (CONSOLE, desk.clock()))
        kept = f"deletes messages after {days} days" if days else "keeps messages for good"
        typer.echo(f"{found.name} {kept}.")

    with_desk(run)


@account_app.command("second-factor")
def set_second_factor(
    needed: Annotated[Needed, typer.Argument(help="Whether whoever signs in with a password must have one.")],
    account: Annotated[str | None, ACCOUNT] = None,
) -> None:
    """Say whether everybody who signs in with a password has to have a second factor."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        required = needed is Needed.REQUIRED
        async with desk.db.transaction() as tx:
            await users.set_second_factor_required(tx, found.id, (CONSOLE, desk.clock()), required=required)
        typer.echo(
            f"{found.name} {'asks everybody' if required else 'leaves it to everybody'} to have a second factor."
        )

    with_desk(run)
