"""`deskbridge account`: what holds for an organisation shown, its switches, and the link for admin consent."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Final

import typer

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import Account, ContactPolicy
from deskbridge.admin.switches import Switch, switch
from deskbridge.api.desk import Desk
from deskbridge.audit.model import CONSOLE
from deskbridge.directory import sorting_store
from deskbridge.directory.order import LOCALES
from deskbridge.errors import Conflict, TeamsSignInFailed
from deskbridge.operating.commands import with_desk
from deskbridge.operating.people import ACCOUNT, account_named
from deskbridge.operating.saying import AS_JSON, on_off, write_json
from deskbridge.settings import Settings
from deskbridge.teams.reasons import Reason


class OnOff(StrEnum):
    """Where a switch is to be."""

    ON = "on"
    OFF = "off"


_SWITCHES: Final = {
    Switch.TEAMS_CHAT: ("Chat with Microsoft Teams", "Switch chat with Microsoft Teams on or off for everybody."),
    Switch.AGENT_STATUS: ("Agents' Status in Teams", "Have agents' Status shown in Teams as well, or not."),
    Switch.FILES: ("Files to Teams", "Let agents send files to Teams, or not; Microsoft has to allow it, too."),
}
_TURN = typer.Argument(help="Where the switch is to be.", show_default=False)


def add_to(account_app: typer.Typer) -> None:
    """The commands below `deskbridge account`."""
    account_app.command("show")(show_account)
    account_app.command("consent-link")(show_consent_link)
    for which, (_, help_) in _SWITCHES.items():
        account_app.command(which.value, help=help_)(_switching(which))


def in_words(policy: ContactPolicy) -> str:
    """Whom agents may contact in Teams."""
    whom = f"people of {', '.join(policy.domains)}" if policy.domains else "everyone"
    return f"{whom}{'' if policy.guests else ', but no guests'}"


def _switching(which: Switch) -> Callable[[OnOff, str | None], None]:
    def turn(turn: Annotated[OnOff, _TURN], account: Annotated[str | None, ACCOUNT] = None) -> None:
        async def run(settings: Settings, desk: Desk) -> None:
            found = await account_named(desk, account)
            async with desk.db.transaction() as tx:
                await switch(tx, found.id, which, (CONSOLE, desk.clock()), enabled=turn is OnOff.ON)
            typer.echo(f"{_SWITCHES[which][0]} is {turn.value} for {found.name}.")

        with_desk(run)

    return turn


def show_account(account: Annotated[str | None, ACCOUNT] = None, as_json: Annotated[bool, AS_JSON] = False) -> None:
    """What holds for an Account: its switches, whom agents may contact, how long messages are kept."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        async with desk.db.read() as connection:
            tenant = await accounts_store.tenant_of(connection, found.id)
            locale, _ = await sorting_store.order_of(connection, found.id)
        if as_json:
            write_json(found, tenant_id=tenant, locale=locale)
            return
        typer.echo(f"{found.name} ({found.id})")
        for name, value in _said(found, tenant, locale):
            typer.echo(f"{name + ':':<28} {value}")

    with_desk(run)


def _said(found: Account, tenant: str | None, locale: str) -> list[tuple[str, str]]:
    days = found.keep_messages_days
    return [
        ("Microsoft tenant", tenant or "not said yet; see deskbridge account tenant"),
        (_SWITCHES[Switch.TEAMS_CHAT][0], on_off(found.teams_chat_enabled)),
        (_SWITCHES[Switch.AGENT_STATUS][0], on_off(found.agent_status_in_teams)),
        (_SWITCHES[Switch.FILES][0], on_off(found.files_to_teams)),
        ("Agents may contact", in_words(found.contact_policy)),
        ("Messages are kept", f"for {days} days" if days else "for good"),
        ("Second factor", "required" if found.second_factor_required else "optional"),
        ("Contacts are sorted as in", LOCALES[locale].language),
    ]


def show_consent_link(account: Annotated[str | None, ACCOUNT] = None) -> None:
    """The address at which a Microsoft administrator gives consent for the whole organisation."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        try:
            typer.echo(await desk.connector.connections.consent_address(found.id))
        except TeamsSignInFailed as error:
            if error.code != Reason.MISCONFIGURED:
                raise
            # That sentence sends agents to their administrator, who is whoever reads this.
            raise Conflict("Something that the link needs is not set. See what: deskbridge doctor") from error

    with_desk(run)
