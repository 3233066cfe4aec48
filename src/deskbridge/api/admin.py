"""What an admin of the Account does in the browser."""

from __future__ import annotations

from fastapi import APIRouter

from deskbridge.accounts.model import Account
from deskbridge.admin import users
from deskbridge.admin.switches import Switch, switch
from deskbridge.api.desk import Admin, MyAccount, Origin, TheDesk, TheSession, require_proof
from deskbridge.api.models import ConsentLink, SetAccount
from deskbridge.audit.model import actor
from deskbridge.teams.model import AgentStatusInTeams

router = APIRouter(prefix="/admin", tags=["admin"])


@router.get("/account")
async def get_account(admin: Admin, account: MyAccount) -> Account:
    """The Account and its switches."""
    return account


@router.put("/account")
async def set_account(
    body: SetAccount, desk: TheDesk, admin: Admin, session: TheSession, account: MyAccount, origin: Origin
) -> Account:
    """Switch what holds for the whole Account (C1); retention and the second factor ask for a fresh proof."""
    if body.keep_messages_days is not None or body.second_factor_required is not None:
        require_proof(desk, session)
    who, now = actor(admin, origin), desk.clock()
    async with desk.acting(admin, recorded=True) as tx:
        for which, enabled in (
            (Switch.TEAMS_CHAT, body.teams_chat_enabled),
            (Switch.AGENT_STATUS, body.agent_status_in_teams),
            (Switch.FILES, body.files_to_teams),
        ):
            if enabled is not None:
                account = await switch(tx, account.id, which, (who, now), enabled=enabled)
        if (policy := body.contact_policy) is not None:
            account = await users.set_contact_policy(tx, account.id, policy, (who, now))
        if (days := body.keep_messages_days) is not None:
            account = await users.set_retention(tx, account.id, days or None, (who, now))
        if (required := body.second_factor_required) is not None:
            account = await users.set_second_factor_required(tx, account.id, (who, now), required=required)
    return account


@router.get("/agent-status-in-teams")
async def get_agent_status_in_teams(desk: TheDesk, admin: Admin, account: MyAccount) -> AgentStatusInTeams:
    """Of how many agents Teams shows the Status, and what is in the way."""
    return await desk.connector.agent_status.view(account.id, enabled=account.agent_status_in_teams)


@router.get("/consent-link")
async def get_consent_link(desk: TheDesk, admin: Admin) -> ConsentLink:
    """For the organisation's Microsoft administrator, who need not be a User here (C6)."""
    return ConsentLink(address=await desk.connector.connections.consent_address(admin.account_id))
