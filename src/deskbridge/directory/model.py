"""Persons and Identities, and the pure rules about them: matching (D2), order (D3), searching words (D4)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NewType

from deskbridge.accounts.model import UserId, View

PersonId = NewType("PersonId", str)
IdentityId = NewType("IdentityId", str)


class Platform(StrEnum):
    """Where an Identity lives, in the order that makes one the main identity."""

    CONTACT_CENTER = "contact_center"
    TEAMS = "teams"
    WORK = "work"


MAIN_ORDER = (Platform.CONTACT_CENTER, Platform.TEAMS, Platform.WORK)


class Identity(View):
    """A Person's account on one platform."""

    id: IdentityId
    platform: Platform
    display_name: str
    address: str | None
    job_title: str | None
    department: str | None
    user_id: UserId | None = None


def _main(identities: list[Identity]) -> Identity:
    if len(identities) == 1:
        return identities[0]
    return min(identities, key=lambda identity: MAIN_ORDER.index(identity.platform))


class Person(View):
    """One entry of the Contacts directory."""

    id: PersonId
    display_name: str
    job_title: str | None
    department: str | None
    identities: list[Identity]

    @classmethod
    def of(cls, person_id: PersonId, identities: list[Identity]) -> Person:
        """With the name of the main identity, and the first job title and department that any Identity has."""
        return cls(
            id=person_id,
            display_name=_main(identities).display_name,
            job_title=next((each.job_title for each in identities if each.job_title), None),
            department=next((each.department for each in identities if each.department), None),
            identities=identities,
        )

    @property
    def main_identity(self) -> Identity:
        """The first that the Person has of: contact_center, teams, work."""
        return _main(self.identities)

    def without(self, platform: Platform) -> Person:
        """As if there were no Identity on that platform."""
        if self.identity_on(platform) is None:
            return self
        left = [each for each in self.identities if each.platform is not platform]
        return described(self.model_copy(update={"identities": left}))

    def identity_on(self, platform: Platform) -> Identity | None:
        """The Identity on that platform, if the Person has one."""
        for each in self.identities:
            if each.platform is platform:
                return each
        return None


def list_rank(platforms: Iterable[Platform]) -> int:
    """Place of a Person in the list before the alphabet decides (D3): 1 agents, 2 only work, 3 only teams, 4 both."""
    has = set(platforms)
    if Platform.CONTACT_CENTER in has:
        return 1
    if has == {Platform.WORK}:
        return 2
    if has == {Platform.TEAMS}:
        return 3
    return 4


def described(person: Person) -> Person:
    """As `Person.of` describes; who has no Identity any more keeps what was last shown."""
    return Person.of(person.id, person.identities) if person.identities else person


def same_address(address: str) -> str:
    """The form in which two addresses are compared: `SMTP:Robin@x` and `robin@X` are the same (D2)."""
    bare = address.strip()
    if bare[:5].lower() == "smtp:":
        bare = bare[5:]
    return bare.casefold()
