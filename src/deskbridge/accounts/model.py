"""Users, roles, licenses and Status: the words of product.md as types; nothing here waits or stores."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NewType

from pydantic import BaseModel, ConfigDict

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


class Account(View):
    """One customer organisation; everything belongs to exactly one."""

    id: AccountId
    name: str
    teams_chat_enabled: bool
    agent_status_in_teams: bool


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
