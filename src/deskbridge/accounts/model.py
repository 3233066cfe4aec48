"""Users, roles, licenses and Status: the words of product.md as types; nothing here waits or stores."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

AccountId = NewType("AccountId", str)
UserId = NewType("UserId", str)


class Role(StrEnum):
    """What a User may do; `none` is a plain Work user."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    NONE = "none"


class License(StrEnum):
    """What we grant; a Teams license is known from Microsoft and never granted by us."""

    CONTACT_CENTER = "contact_center"
    WORK = "work"


class Status(StrEnum):
    """What an agent chooses or is put in."""

    AVAILABLE = "Available"
    BUSY = "Busy"
    ON_BREAK = "On Break"
    WORK_OFFLINE = "Work Offline"
    LOGGED_OUT = "Logged Out"


class View(BaseModel):
    """Base of everything we show: closed and immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _domain(written: str) -> str:
    bare = written.strip().removeprefix("@").casefold()
    if not bare or "@" in bare or " " in bare:
        raise ValueError("not a mail domain, such as contoso.com")
    return bare


class ContactPolicy(View):
    """Whom agents may contact in Teams: everyone, or only who has an address in `domains`; `guests` or not."""

    domains: Annotated[list[Annotated[str, AfterValidator(_domain)]], Field(max_length=200)] = Field(
        default_factory=list
    )
    guests: bool = True

    @property
    def is_for_everyone(self) -> bool:
        """Whether nobody is left out."""
        return self.guests and not self.domains

    def why_not(self, addresses: Iterable[str | None], *, is_guest: bool) -> str | None:
        """Why somebody with these addresses may not be contacted, as a sentence for the agent; None if they may."""
        if is_guest and not self.guests:
            return "Your organization does not allow messages to guests. Ask your administrator if you need to."
        ends = tuple(f"@{each}" for each in self.domains)
        if ends and not any(each and each.casefold().endswith(ends) for each in addresses):
            listed = ", ".join(self.domains)
            return (
                f"Your organization allows messages only to people of {listed}. Ask your administrator if you need to."
            )
        return None


class Account(View):
    """One customer organisation; everything belongs to exactly one."""

    id: AccountId
    name: str
    teams_chat_enabled: bool
    agent_status_in_teams: bool
    second_factor_required: bool
    """Whoever signs in with a password has to have one."""
    files_to_teams: bool
    """Whether agents may send files to Teams, for which Microsoft has to allow the product their OneDrive."""
    contact_policy: ContactPolicy = Field(default_factory=ContactPolicy)
    keep_messages_days: int | None = None
    """For how many days messages are kept; None: for good."""


class User(View):
    """Someone who signs in to Deskbridge."""

    id: UserId
    account_id: AccountId
    username: str
    display_name: str
    email: str
    job_title: str | None = None
    department: str | None = None
    role: Role
    licenses: list[License]
    status: Status
    status_since: datetime
    suspended: bool = False

    @property
    def is_agent(self) -> bool:
        """An agent is a User with the contact_center license, whatever the role."""
        return License.CONTACT_CENTER in self.licenses

    @property
    def is_admin(self) -> bool:
        """May administer the Account."""
        return self.role is Role.ADMIN
