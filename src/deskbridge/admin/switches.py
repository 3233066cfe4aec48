"""What is on or off for a whole Account, in the browser or at the console; each change is in the audit log."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from deskbridge.accounts.model import Account, AccountId
from deskbridge.admin import users
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, Actor
from deskbridge.storage.database import Transaction


class Switch(StrEnum):
    """Which one."""

    TEAMS_CHAT = "teams-chat"
    AGENT_STATUS = "agent-status"
    FILES = "files"


_ACTIONS: Final = {
    Switch.TEAMS_CHAT: Action.TEAMS_CHAT_SWITCHED,
    Switch.AGENT_STATUS: Action.AGENT_STATUS_IN_TEAMS_SWITCHED,
    Switch.FILES: Action.FILES_TO_TEAMS_SWITCHED,
}


async def switch(
    tx: Transaction, account_id: AccountId, which: Switch, who: tuple[Actor, datetime], *, enabled: bool
) -> Account:
    """Switch it on or off from now on; every open workspace shows it at once."""
    by, now = who
    await audit.record(tx, account_id, (by, _ACTIONS[which]), now, enabled=enabled)
    if which is Switch.TEAMS_CHAT:
        return await users.set_teams_chat(tx, account_id, now, enabled=enabled)
    if which is Switch.AGENT_STATUS:
        return await users.set_agent_status_in_teams(tx, account_id, enabled=enabled)
    return await users.set_files_to_teams(tx, account_id, enabled=enabled)
