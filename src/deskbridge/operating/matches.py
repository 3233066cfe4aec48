"""`deskbridge match` and `deskbridge person`: who is the same person (D2), decided at the console."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Final

import typer

from deskbridge.admin.merging import Deciding
from deskbridge.api import exporting, list_rows
from deskbridge.api.desk import Desk
from deskbridge.audit.model import CONSOLE
from deskbridge.directory.model import IdentityId, Person, PersonId
from deskbridge.errors import WrongSetting
from deskbridge.operating.commands import with_desk
from deskbridge.operating.people import ACCOUNT, account_named
from deskbridge.operating.saying import LINES_OF_JSON, note_reading, write_list
from deskbridge.settings import Settings

match_app = typer.Typer(help="Accounts that share addresses, and what was decided about them.", no_args_is_help=True)
person_app = typer.Typer(help="People in Contacts.", no_args_is_help=True)

_MOST_TOGETHER: Final = 3
"""There are three platforms, and nobody has two accounts on one."""

Account = Annotated[str | None, ACCOUNT]
AsJson = Annotated[bool, LINES_OF_JSON]


@match_app.command("list")
def list_matches(account: Account = None, as_json: AsJson = False) -> None:
    """Who may be the same person, to be decided: CSV with a row for each account."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        await note_reading(desk, found.id, "matches")
        await write_list(exporting.MATCHES, list_rows.matches(desk, found.id), as_json=as_json)

    with_desk(run)


@match_app.command("settle")
def settle(
    match: Annotated[str, typer.Argument(help="The match, as deskbridge match list names it.")],
    same: Annotated[
        list[str] | None,
        typer.Option(help="These are one person: ids of accounts with commas between; again for another person."),
    ] = None,
    apart: Annotated[bool, typer.Option("--apart", help="All of them are different people.")] = False,
    account: Account = None,
) -> None:
    """Decide a match: who is named together is one person, everybody else of it is somebody else."""
    if bool(same) == apart:
        raise WrongSetting("Say who is one person with --same ID,ID, or that nobody is with --apart.")
    groups = [_ids(each) for each in same or []]

    async def work(deciding: Deciding) -> str:
        return f"Decided: {_in_words(await deciding.settle(match, groups))}."

    _deciding(account, work)


@match_app.command("decisions")
def list_decisions(account: Account = None, as_json: AsJson = False) -> None:
    """What was decided of whom, by whom and when, as CSV."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        await note_reading(desk, found.id, "decisions")
        await write_list(exporting.DECISIONS, list_rows.decisions(desk, found.id), as_json=as_json)

    with_desk(run)


@match_app.command("forget")
def forget(one: str, other: str, account: Account = None) -> None:
    """Take a decision about two accounts back: their addresses count again."""

    async def work(deciding: Deciding) -> str:
        await deciding.forget(IdentityId(one), IdentityId(other))
        return "The decision is taken back: the addresses of these two count again."

    _deciding(account, work)


@person_app.command("list")
def list_people(
    search: Annotated[str, typer.Argument(help="Only whom the search in Contacts finds with these words.")] = "",
    account: Account = None,
    as_json: AsJson = False,
) -> None:
    """Everybody in Contacts, as CSV with a row for each account of theirs."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        await note_reading(desk, found.id, "contacts")
        await write_list(exporting.CONTACTS, list_rows.contacts(desk, found, search), as_json=as_json)

    with_desk(run)


@person_app.command("merge")
def merge(
    people: Annotated[list[str], typer.Argument(help="Two or three people, by their ids.")], account: Account = None
) -> None:
    """Say that people are one and the same, whatever their addresses; later imports respect it."""
    if len(people) > _MOST_TOGETHER:
        raise WrongSetting("At most three people can be one: nobody has two accounts on one platform.")

    async def work(deciding: Deciding) -> str:
        return f"They are one person now: {_in_words([await deciding.merge([PersonId(each) for each in people])])}."

    _deciding(account, work)


@person_app.command("split")
def split(
    person: Annotated[str, typer.Argument(help="The person's id.")],
    accounts: Annotated[list[str], typer.Argument(metavar="IDENTITY...", help="The accounts that are not theirs.")],
    account: Account = None,
) -> None:
    """Say that some accounts of a person are somebody else's; later imports respect it."""

    async def work(deciding: Deciding) -> str:
        persons = await deciding.split(PersonId(person), [IdentityId(each) for each in accounts])
        return f"They are different people now: {_in_words(persons)}."

    _deciding(account, work)


def _ids(written: str) -> list[IdentityId]:
    return [IdentityId(each.strip()) for each in written.split(",") if each.strip()]


def _in_words(persons: Sequence[Person]) -> str:
    """`Anne Baker (anne@contoso.example, a.baker@fabrikam.example); Ben Cole (…)`."""
    return "; ".join(
        f"{each.display_name} ({', '.join(one.address or one.display_name for one in each.identities)})"
        for each in persons
    )


def _deciding(account: str | None, work: Callable[[Deciding], Awaitable[str]]) -> None:
    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        async with desk.db.transaction() as tx:
            said = await work(Deciding(tx, found.id, CONSOLE, desk.clock()))
        typer.echo(said)

    with_desk(run)
