"""What is known of everybody's presence in this process; speaks only when something changed.

Agents and Work users are read from their Status; what other platforms say is kept here as they said it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId, User
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import Identity, IdentityId, PersonId
from deskbridge.events import Bus
from deskbridge.presence.model import IdentityPresence, Presence, from_status, unknown
from deskbridge.storage.database import Transaction

presences: TypeAdapter[list[IdentityPresence]] = TypeAdapter(list[IdentityPresence])

MOST_KEPT = 200_000
"""Entries; the oldest are forgotten first and read again when somebody looks."""


def channel(account_id: AccountId) -> str:
    """Where changes of presence in an Account are published."""
    return f"presence.{account_id}"


class Board:
    """One per process."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._known: dict[IdentityId, Presence] = {}

    def update(self, account_id: AccountId, said: Iterable[IdentityPresence]) -> None:
        """A platform says how these are; only what differs in more than its age is published."""
        changed = [each for each in said if self._learn(each)]
        if changed:
            self._bus.publish(channel(account_id), presences.dump_json(changed))

    def _learn(self, said: IdentityPresence) -> bool:
        before = self._known.pop(said.identity_id, None)
        self._known[said.identity_id] = said.presence
        if len(self._known) > MOST_KEPT:
            del self._known[next(iter(self._known))]
        return before is None or before.model_copy(update={"as_of": said.presence.as_of}) != said.presence

    def as_of(self, identity_id: IdentityId) -> datetime | None:
        """When we were last told of that Identity."""
        known = self._known.get(identity_id)
        return known.as_of if known else None

    async def current(
        self, connection: AsyncConnection, account_id: AccountId, person_ids: Collection[PersonId]
    ) -> list[IdentityPresence]:
        """Presence of every Identity of these Persons, as far as it is known now."""
        persons = await directory_store.find_persons(connection, account_id, person_ids)
        found: list[IdentityPresence] = []
        for person in persons.values():
            for identity in person.identities:
                presence = await self._of(connection, identity)
                found.append(IdentityPresence(person_id=person.id, identity_id=identity.id, presence=presence))
        return found

    async def _of(self, connection: AsyncConnection, identity: Identity) -> Presence:
        if identity.user_id is None:
            return self._known.get(identity.id) or unknown(identity.platform.value)
        user = await accounts_store.find_user(connection, identity.user_id)
        return from_status(user.status, user.status_since) if user else unknown(identity.platform.value)


async def announce_status(tx: Transaction, user: User) -> None:
    """A User's Status changed: everyone who has that Person on screen is to see it."""
    person = await directory_store.find_person_of_user(tx.connection, user.account_id, user.id)
    if person is None:
        return
    now = from_status(user.status, user.status_since)
    said = [
        IdentityPresence(person_id=person.id, identity_id=each.id, presence=now)
        for each in person.identities
        if each.user_id == user.id
    ]
    tx.announce(channel(user.account_id), presences.dump_json(said))


def decode(payload: bytes) -> list[IdentityPresence]:
    """What was published on the channel."""
    return presences.validate_json(payload)
