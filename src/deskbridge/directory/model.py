"""Persons and Identities, and the pure rules about them: matching (D2), order (D3), searching words (D4)."""

from __future__ import annotations

import unicodedata
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


class Person(View):
    """One entry of the Contacts directory."""

    id: PersonId
    display_name: str
    job_title: str | None
    department: str | None
    identities: list[Identity]

    @property
    def main_identity(self) -> Identity:
        """The first that the Person has of: contact_center, teams, work."""
        return min(self.identities, key=lambda identity: MAIN_ORDER.index(identity.platform))

    def identity_on(self, platform: Platform) -> Identity | None:
        """The Identity on that platform, if the Person has one."""
        return next((each for each in self.identities if each.platform is platform), None)


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
    """With the name of the main identity, and the first job title and department that any Identity has.

    Who has no Identity any more keeps what was last shown.
    """
    if not person.identities:
        return person
    return person.model_copy(
        update={
            "display_name": person.main_identity.display_name,
            "job_title": next((each.job_title for each in person.identities if each.job_title), None),
            "department": next((each.department for each in person.identities if each.department), None),
        }
    )


# Letters that Unicode does not decompose though people type them without their stroke.
_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"})


def fold(text: str) -> str:
    """Case, accents and width ignored: `José` and `ＪＯＳＥ` both give `jose`."""
    # Compatibility forms first: the `™` that they turn into letters are capitals.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFKC", bare).translate(_STROKES)


def sort_key(display_name: str) -> str:
    """Alphabetical as people expect: folded first, then as written, so that ties are stable."""
    # Cut so that it fits into an index; PostgreSQL takes no \x00.
    return f"{fold(display_name).strip()[:200]}\x01{display_name[:200]}"


def words(text: str) -> list[str]:
    """The folded words of a text; everything that is not a letter, digit or mark separates them."""
    separated = "".join(char if char.isalnum() or unicodedata.category(char)[0] == "M" else " " for char in fold(text))
    return separated.split()


def searchable_words(person: Person) -> set[str]:
    """What a search can begin with (D4): words of name, title and department, and the addresses whole and in words."""
    found: set[str] = set()
    for each in person.identities:
        for text in (each.display_name, each.job_title, each.department, each.address):
            found.update(words(text or ""))
        if each.address:
            found.add(fold(each.address))
    return found | set(words(person.display_name))


def same_address(address: str) -> str:
    """The form in which two addresses are compared: `SMTP:Robin@x` and `robin@X` are the same (D2)."""
    bare = address.strip()
    if bare[:5].lower() == "smtp:":
        bare = bare[5:]
    return bare.casefold()
