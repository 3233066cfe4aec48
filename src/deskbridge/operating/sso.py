"""`deskbridge single-sign-on`: the organisation's OpenID provider, at the console."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from pydantic import ValidationError

from deskbridge.admin.openid import OpenId
from deskbridge.api.desk import Desk
from deskbridge.api.single_sign_on import SetSingleSignOn, service_of, view
from deskbridge.audit.model import CONSOLE
from deskbridge.errors import NotFound, WrongSetting
from deskbridge.operating.commands import with_desk
from deskbridge.operating.people import ACCOUNT, account_named
from deskbridge.operating.saying import AS_JSON, write_json
from deskbridge.settings import Settings

sso_app = typer.Typer(help="Signing in at the organisation's own OpenID provider.", no_args_is_help=True)

_NONE = "{} has no single sign-on. Set it up with: deskbridge single-sign-on set ISSUER --client-id ID"


@sso_app.command("show")
def show(account: Annotated[str | None, ACCOUNT] = None, as_json: Annotated[bool, AS_JSON] = False) -> None:
    """The provider, and the redirect URI to register there; the secret is never shown again."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        its = await view(desk, found.id)
        if as_json:
            write_json(its)
            return
        typer.echo(f"Redirect URI:  {its.redirect_uri}")
        if its.issuer is None:
            typer.echo(_NONE.format(found.name))
            return
        typer.echo(f"Issuer:        {its.issuer}\nClient id:     {its.client_id}")
        says = "do not count, except for administrators" if its.is_required else "count, too"
        typer.echo(f"Passwords:     {says}")

    with_desk(run)


@sso_app.command("set")
def set_up(
    issuer: Annotated[str, typer.Argument(help="As the provider calls itself, beginning with https://.")],
    client_id: Annotated[str, typer.Option(help="Under which the provider knows this Deskbridge.")],
    required: Annotated[
        bool, typer.Option("--required", help="Passwords do not count any more, except for administrators.")
    ] = False,
    account: Annotated[str | None, ACCOUNT] = None,
) -> None:
    """Set it up; the client secret is read from the first line of standard input, and the provider is asked."""
    secret = sys.stdin.readline().rstrip("\r\n")
    try:
        body = SetSingleSignOn(issuer=issuer, client_id=client_id, client_secret=secret, is_required=required)
    except ValidationError as error:
        raise WrongSetting(
            "Give the issuer as an address with https://, a client id, and the client secret on standard input."
        ) from error

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        given = (body.issuer, body.client_id, body.client_secret)
        service = service_of(desk)
        await service.look_for(body.issuer)
        async with desk.db.transaction() as tx:
            await service.configure(tx, found.id, given, (CONSOLE, desk.clock()), is_required=required)
        redirect_uri = (await view(desk, found.id)).redirect_uri
        typer.echo(f"{found.name} signs in at {issuer}. Register this redirect URI there: {redirect_uri}")

    with_desk(run)


@sso_app.command("test")
def try_it(account: Annotated[str | None, ACCOUNT] = None) -> None:
    """Ask the provider once more whether it answers under its name; ends with 1 where it does not."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        its = await view(desk, found.id)
        if its.issuer is None:
            raise NotFound(_NONE.format(found.name))
        where = await OpenId(desk.connector.http).discover(its.issuer)
        typer.echo(f"{its.issuer} answers. Its sign-in page is {where.authorization_endpoint}")
        typer.echo("Whether it takes the client id and the secret shows when somebody signs in.")

    with_desk(run)


@sso_app.command("remove")
def remove(account: Annotated[str | None, ACCOUNT] = None) -> None:
    """Back to passwords: from now on nobody signs in at the provider."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        async with desk.db.transaction() as tx:
            await service_of(desk).remove(tx, found.id, (CONSOLE, desk.clock()))
        typer.echo(f"{found.name} signs in with passwords.")

    with_desk(run)
