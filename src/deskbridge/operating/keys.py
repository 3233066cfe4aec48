"""`deskbridge keys rotate`: a new key for everything that is encrypted, while the product serves.

1. A new key becomes the first line of the key file; the old ones stay below. Running processes see it at once.
2. Everything stored is encrypted again, in small batches.
3. Killed anywhere: the next run finds what is not encrypted with the first key, and goes on without another new key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from deskbridge.errors import DeskbridgeError
from deskbridge.operating import sealed
from deskbridge.storage.database import Database
from deskbridge.teams.crypto import Vault
from deskbridge.teams.key_file import KeyFile

_PASSES: Final = 5
"""Each finds only what a process that had not seen the new key yet wrote meanwhile."""

Say = Callable[[str], None]


async def rotate(db: Database, vault: Vault, file: KeyFile, say: Say) -> None:
    """Make a new key unless the last rotation is unfinished, and encrypt everything with it."""
    before = await sealed.survey(db, vault)
    if any(each.older for each in before):
        say("An earlier rotation was not finished; it goes on, without another new key.")
    else:
        file.use_next()
        say(f"{file.path}: a new key is the first line now, the old ones are below.")
    changed = 0
    for _ in range(_PASSES):
        again = await sealed.encrypt_again(db, vault)
        changed += again
        if not again:
            break
    after = await sealed.survey(db, vault)
    say(f"Encrypted {changed} secrets again.")
    for each in after:
        if each.unreadable:
            say(
                f"{each.unreadable} {each.sealed.what} cannot be opened with any key that is here. {each.sealed.remedy}"
            )
    if any(each.older for each in after):
        raise DeskbridgeError(
            "Some secrets are still encrypted with an old key: a process writes with it. Give every machine the same "
            "key file, then run this again."
        )
    say("Every secret that opens uses the new key. Keep the old lines as long as you keep backups that need them.")


async def forget_old(db: Database, vault: Vault, file: KeyFile, say: Say) -> None:
    """Remove the old keys from the file, once nothing stored needs them."""
    if any(each.older for each in await sealed.survey(db, vault)):
        raise DeskbridgeError("Some secrets still need an old key. Run first: deskbridge keys rotate")
    say(f"{file.path}: removed {file.forget_old()} old keys. Backups from before need them still.")


def prepare(file: KeyFile, say: Say) -> None:
    """For several machines: a key that all know before one uses it."""
    file.create()
    if file.prepare():
        say(f"{file.path}: the last line is a key that is known, but not used yet.")
    say("Copy the file to all machines, then run on one of them: deskbridge keys rotate; then copy it again.")
