"""What is known of everybody's presence in this process; speaks only when something changed.

Agents and Work users are read from their Status; what other platforms say is kept here as they said it, and told to
the boards of all processes. Nothing stays longer than its source vouches for it: then it is unknown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId, User, View
from deskbridge.clock import Clock
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import IdentityId, PersonId, Platform
from deskbridge.events import Bus
from deskbridge.presence import store
from deskbridge.presence.model import (
    Availability,
    IdentityPresence,
    Presence,
    Said,
    differs,
    of_user,
    replaces,
    unknown,
)
from deskbridge.storage.database import Transaction
from deskbridge.storage.schema import new_id

presences: TypeAdapter[list[IdentityPresence]] = TypeAdapter(list[IdentityPresence])

MOST_KEPT: Final = 200_000
"""Entries; the oldest are forgotten first and read again when somebody looks."""
IN_ONE_TURN: Final = 50
"""Changes: told to some hundreds of screens, they take some hundredths of a second."""
READ_IS_GOOD_FOR: Final = timedelta(minutes=10)
"""What was only read, and whose changes nobody tells."""

OnChanged = Callable[[AccountId, Sequence[IdentityPresence]], None]


class Told(View):
    """What boards tell each other: what a platform says, or that it still vouches for what it said."""

    by: str
    said: tuple[Said, ...] = ()
    still: tuple[IdentityId, ...] = ()
    live_until: datetime | None = None


@dataclass(slots=True)
class _Known:
    account_id: AccountId
    said: Said
    good_until: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """An Identity of whom presence is asked; `presence` where it is a Status."""

    person_id: PersonId
    identity_id: IdentityId
    platform: Platform
    presence: Presence | None


def channel(account_id: AccountId) -> str:
    """Where changes of Status in an Account are published."""
    return f"presence.{account_id}"


class Board:
    """One per process."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._me = new_id()
        self._mine = f'{{"by":"{self._me}"'.encode()
        self._known: dict[IdentityId, _Known] = {}
        self._deaf: Callable[[], Awaitable[None]] | None = None
        self.on_changed: OnChanged = lambda _account_id, _changed: None

    async def open(self) -> None:
        """Hear the boards of other processes."""
        self._deaf = await self._bus.subscribe("told.*", self._on_told)

    async def close(self) -> None:
        """Hear no more."""
        if self._deaf is not None:
            await self._deaf()

    def update(self, account_id: AccountId, said: Sequence[Said]) -> None:
        """A platform says how these are."""
        if said:
            self._tell(account_id, Told(by=self._me, said=tuple(said)))

    async def update_in_turns(self, account_id: AccountId, said: Sequence[Said]) -> None:
        """As `update`, of many: whatever else goes on in this process is not held up until all are told."""
        for first in range(0, len(said), IN_ONE_TURN):
            self.update(account_id, said[first : first + IN_ONE_TURN])
            await asyncio.sleep(0)

    def extend(self, account_id: AccountId, identity_ids: Sequence[IdentityId], live_until: datetime) -> None:
        """What was said of these is still told live, until then."""
        if identity_ids:
            self._tell(account_id, Told(by=self._me, still=tuple(identity_ids), live_until=live_until))

    def find(self, identity_id: IdentityId) -> Presence | None:
        """What a platform said of that Identity, as long as it is good."""
        known = self._known.get(identity_id)
        return known.said.presence if known and known.good_until > self._clock() else None

    def forget_lapsed(self) -> None:
        """What nobody vouches for any more becomes unknown, here and on the screens that this process serves."""
        now = self._clock()
        for known in list(self._known.values()):
            if known.good_until <= now and known.said.presence.availability is not Availability.UNKNOWN:
                lost = {"presence": unknown(known.said.presence.source), "version": None}
                known.said = known.said.model_copy(update=lost)
                self.on_changed(known.account_id, [known.said])

    def current(self, of_whom: Iterable[Standing]) -> list[IdentityPresence]:
        """Presence of all these Identities, as far as it is known now."""
        return [
            IdentityPresence(
                person_id=each.person_id,
                identity_id=each.identity_id,
                presence=each.presence or self.find(each.identity_id) or unknown(each.platform.value),
            )
            for each in of_whom
        ]

    def _tell(self, account_id: AccountId, told: Told) -> None:
        self._learn(account_id, told)
        # Also what is no news here: another process may have started since, and know nothing.
        self._bus.publish(f"told.{account_id}", told.model_dump_json().encode())

    def _on_told(self, channel: str, payload: bytes) -> None:
        # Our own come back to us: they are known by how they begin, and not parsed.
        if not payload.startswith(self._mine):
            self._learn(AccountId(channel.removeprefix("told.")), Told.model_validate_json(payload))

    def _learn(self, account_id: AccountId, told: Told) -> None:
        for identity_id in told.still:
            if told.live_until and (known := self._known.get(identity_id)):
                known.good_until = told.live_until
        news = (each for each in told.said if self._put(account_id, each))
        changed = [self._known[each.identity_id].said for each in news]
        if changed:
            self.on_changed(account_id, changed)

    def _put(self, account_id: AccountId, said: Said) -> bool:
        before = self._known.get(said.identity_id)
        if before and not replaces(said, before.said):
            return False
        good_until = said.live_until or self._clock() + READ_IS_GOOD_FOR
        live = said.live_until is not None and said.presence.as_of is not None
        now = said
        if said.presence.live != live:
            now = said.model_copy(update={"presence": said.presence.model_copy(update={"live": live})})
        self._known.pop(said.identity_id, None)
        self._known[said.identity_id] = _Known(account_id, now, good_until)
        if len(self._known) > MOST_KEPT:
            del self._known[next(iter(self._known))]
        return before is None or differs(now.presence, before.said.presence)


async def look_up(
    connection: AsyncConnection, account_id: AccountId, person_ids: Collection[PersonId], now: datetime
) -> list[Standing]:
    """Every Identity of these Persons, with what the database knows of its presence; the rest is on the board."""
    places = await directory_store.list_places(connection, account_id, person_ids)
    user_ids = {user_id for *_, user_id in places if user_id is not None}
    users = await accounts_store.find_users(connection, user_ids) if user_ids else {}
    connected = await store.list_connected(connection, user_ids, now) if user_ids else set()
    found = []
    for person_id, identity_id, platform, user_id in places:
        user = users.get(user_id) if user_id else None
        presence = of_user(user, is_connected=user.id in connected) if user is not None else None
        found.append(Standing(person_id, identity_id, platform, presence))
    return found


async def announce_status(tx: Transaction, user: User, now: datetime) -> None:
    """A User's Status changed, or whether they are connected: everyone who has that Person on screen is to see it."""
    tx.announce(f"status.{user.id}")
    person = await directory_store.find_person_of_user(tx.connection, user.account_id, user.id)
    if person is None:
        return
    connected = await store.list_connected(tx.connection, [user.id], now)
    presence = of_user(user, is_connected=user.id in connected)
    said = [
        IdentityPresence(person_id=person.id, identity_id=each.id, presence=presence)
        for each in person.identities
        if each.user_id == user.id
    ]
    tx.announce(channel(user.account_id), presences.dump_json(said))


def decode(payload: bytes) -> list[IdentityPresence]:
    """What was published on the channel."""
    return presences.validate_json(payload)
