"""What an admin of the Account does in the browser."""

from __future__ import annotations

from fastapi import APIRouter

from deskbridge.accounts.model import Account
from deskbridge.admin import users
from deskbridge.api.desk import Admin, MyAccount, Origin, TheDesk
from deskbridge.api.models import ConsentLink, SetAccount
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, actor

router = APIRouter(prefix="/admin", tags=["admin"])


@router.get("/account")
async def get_account(admin: Admin, account: MyAccount) -> Account:
    """The Account and its switches."""
    return account


@router.put("/account")
async def set_account(body: SetAccount, desk: TheDesk, admin: Admin, origin: Origin) -> Account:
    """Switch chat with Microsoft Teams on or off (C1)."""
    async with desk.db.transaction() as tx:
        what = (actor(admin, origin), Action.TEAMS_CHAT_SWITCHED)
        await audit.record(tx, admin.account_id, what, desk.clock(), enabled=str(body.teams_chat_enabled))
        return await users.set_teams_chat(tx, admin.account_id, desk.clock(), enabled=body.teams_chat_enabled)


@router.get("/consent-link")
async def get_consent_link(desk: TheDesk, admin: Admin) -> ConsentLink:
    """For the organisation's Microsoft administrator, who need not be a User here (C6)."""
    return ConsentLink(address=await desk.connector.connections.consent_address(admin.account_id))
