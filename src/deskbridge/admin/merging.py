"""Merging and splitting Persons, together with the conversations that show them; each is in the audit log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from deskbridge.accounts.model import AccountId
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, Actor
from deskbridge.conversations import service as conversations
from deskbridge.directory import merging
from deskbridge.directory.matching import Decider
from deskbridge.directory.model import Identity, IdentityId, Person, PersonId
from deskbridge.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Deciding:
    """An admin, or an operator, at work in one transaction, on the people of one Account only."""

    tx: Transaction
    account_id: AccountId
    by: Actor
    now: datetime

    async def merge(self, person_ids: Sequence[PersonId]) -> Person:
        """These are one Person; raises CannotMerge."""
        merged = await merging.merge(self.tx, self._decider, person_ids, self.now)
        await self._tell([merged])
        await self._record(Action.PEOPLE_MERGED, people=_names([merged]), accounts=_accounts(merged.identities))
        return merged

    async def split(self, person_id: PersonId, identity_ids: Sequence[IdentityId]) -> list[Person]:
        """These Identities are somebody else; raises CannotSplit."""
        persons = await merging.split(self.tx, self._decider, person_id, identity_ids, self.now)
        await self._tell(persons)
        await self._record(Action.PERSON_SPLIT, people=_names(persons))
        return persons

    async def settle(self, match_id: str, groups: Sequence[Sequence[IdentityId]]) -> list[Person]:
        """Decide a match; raises CannotMerge."""
        persons = await merging.settle(self.tx, self._decider, match_id, groups, self.now)
        await self._tell(persons)
        await self._record(Action.MATCH_SETTLED, people=_names(persons))
        return persons

    async def forget(self, one: IdentityId, other: IdentityId) -> None:
        """Take a decision about these two back."""
        persons = await merging.forget(self.tx, self._decider, one, other)
        await self._tell(persons)
        both = [each for person in persons for each in person.identities if each.id in (one, other)]
        said = {"people": _names(persons), "accounts": _accounts(both), "identities": f"{one}, {other}"}
        await self._record(Action.DECISION_FORGOTTEN, **said)

    @property
    def _decider(self) -> Decider:
        return Decider(self.account_id, self.by.user_id)

    async def _tell(self, persons: Sequence[Person]) -> None:
        changed = {each.id for person in persons for each in person.identities}
        await conversations.person_changed(self.tx, changed)

    async def _record(self, action: Action, **detail: str) -> None:
        await audit.record(self.tx, self.account_id, (self.by, action), self.now, None, **detail)


def _names(persons: Sequence[Person]) -> str:
    return ", ".join(each.display_name for each in persons)


def _accounts(identities: Iterable[Identity]) -> str:
    return ", ".join(each.address or each.display_name for each in identities)
