"""The people of the demo as Deskbridge knows them; their Microsoft accounts are m365sim's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deskbridge.accounts.model import License, Role
from deskbridge.accounts.service import NewUser

PASSWORD = "Desk-demo-1"  # noqa: S105  # Printed on the console: it guards nothing.


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the demo as Deskbridge knows them; their Microsoft account is m365sim's."""

    username: str
    name: str
    role: Role
    licenses: frozenset[License]
    job_title: str
    department: str

    @property
    def email(self) -> str:
        """The address by which they are matched."""
        return f"{self.username}@contoso.example"

    def as_new_user(self) -> NewUser:
        """What an admin would enter."""
        return NewUser(
            self.username,
            self.name,
            self.email,
            self.role,
            self.licenses,
            PASSWORD,
            self.job_title,
            self.department,
        )


_ROLES = {Role.AGENT: "agent", Role.SUPERVISOR: "supervisor", Role.ADMIN: "admin", Role.NONE: "Work user"}
_AGENT = frozenset({License.CONTACT_CENTER})
_WORK = frozenset({License.WORK})

PEOPLE = (
    Somebody("anne", "Anne Baker", Role.AGENT, _AGENT, "Customer Support Agent", "Contact Centre"),
    Somebody("taylor", "Taylor Quinn", Role.SUPERVISOR, _AGENT | _WORK, "Senior Support Agent", "Contact Centre"),
    Somebody("robin", "Robin Hale", Role.NONE, _WORK, "Billing Specialist", "Billing"),
    Somebody("sam", "Sam Rivera", Role.NONE, _WORK, "Field Technician", "Operations"),
    Somebody("lee", "Lee Chen", Role.AGENT, _AGENT, "Support Agent", "Contact Centre"),
    Somebody("dana", "Dana Ortiz", Role.ADMIN, frozenset(), "IT Administrator", "IT"),
)


def _licenses(granted: frozenset[License], at_microsoft: dict[str, Any] | None) -> list[str]:
    teams = ["teams"] if at_microsoft and at_microsoft["has_teams_license"] else []
    return [*sorted(granted), *teams]


def _credentials(at_microsoft: dict[str, Any] | None) -> dict[str, str] | None:
    if at_microsoft is None:
        return None
    return {"username": at_microsoft["username"], "password": at_microsoft["password"]}


def describe(accounts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Who can sign in where, given the Microsoft accounts that the tenant has."""
    at_microsoft = {each["username"]: each for each in accounts}
    shown: list[dict[str, Any]] = []
    for each in PEOPLE:
        theirs = at_microsoft.pop(each.email, None)
        shown.append(
            {
                "name": each.name,
                "role": _ROLES[each.role],
                "licenses": _licenses(each.licenses, theirs),
                "workspace": {"username": each.username, "password": PASSWORD},
                "microsoft": _credentials(theirs),
            }
        )
    ben = next((each for name, each in at_microsoft.items() if name.startswith("ben@")), None)
    if ben is not None:
        shown.append(
            {
                "name": ben["name"],
                "role": "Teams user",
                "licenses": _licenses(frozenset(), ben),
                "workspace": None,
                "microsoft": _credentials(ben),
            }
        )
    return shown
