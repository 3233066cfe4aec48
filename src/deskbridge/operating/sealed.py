"""Every column with secrets that the installation's keys encrypt; `deskbridge keys rotate` and `doctor` walk them.

Sign-ins that are under way (`teams_sign_ins`, `sso_sign_ins`) are not among them: they last fifteen minutes, and
whoever is caught in between starts again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.drawer_store import drawer_keys
from deskbridge.accounts.factor_store import second_factors
from deskbridge.accounts.model import AccountId, UserId
from deskbridge.accounts.sso_store import providers
from deskbridge.admin.drawers import place_of_drawer_key
from deskbridge.admin.second_factor import place_of_factor
from deskbridge.admin.single_sign_on import place_of_client_secret
from deskbridge.storage.database import Database
from deskbridge.teams.certificates import place_of_private_key
from deskbridge.teams.crypto import CannotDecrypt, Vault
from deskbridge.teams.store.certificates import certificates
from deskbridge.teams.store.connections import connections
from deskbridge.teams.store.farewells import farewells
from deskbridge.teams.tokens import place_of_tokens

BATCH: Final = 50


@dataclass(frozen=True, slots=True)
class Sealed:
    """One such column: its rows' id, and the place that each secret is bound to."""

    what: str
    """For people, in the plural."""
    id: Column[Any]
    secret: Column[Any]
    owner: Column[Any]
    place: Callable[[str], str]
    """Of the owner's id."""
    remedy: str
    """What to do about those that no key here opens."""


SEALED: Final[Sequence[Sealed]] = (
    Sealed(
        "agents' Microsoft tokens",
        connections.c.user_id,
        connections.c.token_cache,
        connections.c.user_id,
        lambda owner: place_of_tokens(UserId(owner)),
        "Put the old key back as a further line of the key file, or have these agents connect again.",
    ),
    Sealed(
        "private keys of notification certificates",
        certificates.c.id,
        certificates.c.private_key,
        certificates.c.id,
        place_of_private_key,
        "Nothing has to be done: a new certificate is made, and messages meant for the old one are read from Teams.",
    ),
    Sealed(
        "tokens kept to end subscriptions",
        farewells.c.subscription_id,
        farewells.c.token_cache,
        farewells.c.user_id,
        lambda owner: place_of_tokens(UserId(owner)),
        "Nothing has to be done: Microsoft ends these subscriptions by itself.",
    ),
    Sealed(
        "second factors",
        second_factors.c.user_id,
        second_factors.c.secret,
        second_factors.c.user_id,
        lambda owner: place_of_factor(UserId(owner)),
        "Put the old key back as a further line of the key file, or remove these second factors.",
    ),
    Sealed(
        "secrets at providers of single sign-on",
        providers.c.account_id,
        providers.c.client_secret,
        providers.c.account_id,
        lambda owner: place_of_client_secret(AccountId(owner)),
        "Put the old key back as a further line of the key file, or enter the secret again.",
    ),
    Sealed(
        "keys of what browsers keep of users",
        drawer_keys.c.user_id,
        drawer_keys.c.secret,
        drawer_keys.c.user_id,
        lambda owner: place_of_drawer_key(UserId(owner)),
        "Put the old key back as a further line of the key file before these users open the workspace: then they get "
        "another key, and drafts that their browsers kept stay closed.",
    ),
)


@dataclass(slots=True)
class Tally:
    """What was found in one column."""

    sealed: Sealed
    current: int = 0
    older: int = 0
    unreadable: int = 0


async def survey(db: Database, vault: Vault) -> list[Tally]:
    """How much is encrypted with the first key, with an older one, and with none that is here."""
    tallies = [Tally(each) for each in SEALED]
    for tally in tallies:
        async for rows in _batches(db, tally.sealed):
            for _, owner, stored in rows:
                try:
                    vault.decrypt(stored, tally.sealed.place(owner))
                except CannotDecrypt:
                    tally.unreadable += 1
                else:
                    tally.current += vault.is_current(stored)
                    tally.older += not vault.is_current(stored)
    return tallies


async def encrypt_again(db: Database, vault: Vault) -> int:
    """Everything that opens, with the first key from now on; how many were changed.

    In small transactions, so that nobody waits; killed at any moment, the next run does what is left. What changes
    meanwhile was encrypted anew by whoever changed it, and stays.
    """
    changed = 0
    for sealed in SEALED:
        async for rows in _batches(db, sealed):
            old = [row for row in rows if not vault.is_current(row[2])]
            async with db.transaction() as tx:
                for row in old:
                    changed += await _encrypt_one(tx.connection, sealed, vault, row)
    return changed


async def _encrypt_one(connection: AsyncConnection, sealed: Sealed, vault: Vault, row: tuple[str, str, bytes]) -> int:
    id_, owner, stored = row
    place = sealed.place(owner)
    try:
        fresh = vault.encrypt(vault.decrypt(stored, place), place)
    except CannotDecrypt:
        return 0
    unchanged = (sealed.id == id_) & (sealed.secret == stored)
    statement = update(sealed.secret.table).where(unchanged).values({sealed.secret: fresh})
    return (await connection.execute(statement)).rowcount


async def _batches(db: Database, sealed: Sealed) -> AsyncIterator[list[tuple[str, str, bytes]]]:
    last = ""
    while True:
        query = select(sealed.id, sealed.owner.label("owner"), sealed.secret).where(
            sealed.id > last, sealed.secret.is_not(None)
        )
        async with db.read() as connection:
            rows = (await connection.execute(query.order_by(sealed.id).limit(BATCH))).all()
        if not rows:
            return
        yield [(id_, owner, stored) for id_, owner, stored in rows]
        last = rows[-1][0]
