"""`deskbridge export`: a whole conversation in a file, as an operator needs it before anything is deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from deskbridge.api.desk import Desk
from deskbridge.audit import service as audit
from deskbridge.audit.model import CONSOLE, Action
from deskbridge.conversations import archiving, record
from deskbridge.conversations.exporting import Format
from deskbridge.conversations.model import ConversationId
from deskbridge.errors import NotFound, WrongSetting
from deskbridge.operating.commands import with_desk
from deskbridge.operating.people import account_named
from deskbridge.settings import Settings


def export(
    conversation: Annotated[str, typer.Argument(help="The conversation's id, as in the address of its page.")],
    file: Annotated[Path, typer.Argument(help="Where to write it; must not exist yet.")],
    format_: Annotated[
        Format, typer.Option("--format", help="json; html: a page to print; zip: both with all files.")
    ] = Format.HTML,
    versions: Annotated[bool, typer.Option("--versions", help="With all that messages said before.")] = False,
    account: Annotated[
        str | None, typer.Option("--account", help="Name or id of the account; not needed where there is only one.")
    ] = None,
) -> None:
    """Write a whole conversation into a file."""

    async def run(settings: Settings, desk: Desk) -> None:
        found = await account_named(desk, account)
        async with desk.db.read() as connection:
            known = await record.find_conversation(connection, found.id, ConversationId(conversation))
        if known is None:
            raise NotFound(f"There is no conversation {conversation!r} in the account {found.name!r}.")
        with _new_file(file) as out:
            # Only once it can be written; and before anything is, so that nothing leaves without an entry.
            async with desk.db.transaction() as tx:
                what = (CONSOLE, Action.CONVERSATION_EXPORTED)
                said = {"versions": "yes" if versions else "no", "format": format_.value}
                await audit.record(tx, found.id, what, desk.clock(), None, **known.in_words(), **said)
            async for piece in archiving.write(desk.db, known, format_, desk.clock(), has_versions=versions):
                out.write(piece)
        typer.echo(f"{file}: the conversation of {known.agent_name} with {known.person_name}.")

    with_desk(run)


@contextmanager
def _new_file(file: Path) -> Iterator[BinaryIO]:
    """Only its owner can read it; whole, or not there. Raises WrongSetting."""
    try:
        with file.open("xb") as out:
            try:
                file.chmod(0o600)
                yield out
                out.flush()
            except BaseException:
                file.unlink(missing_ok=True)
                raise
    except FileExistsError as error:
        raise WrongSetting(f"{file} exists already. Choose another name, or remove it.") from error
    except OSError as error:
        raise WrongSetting(f"{file} cannot be written ({error.strerror}).") from error
