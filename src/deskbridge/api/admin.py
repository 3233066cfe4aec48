"""What an admin of the Account does in the browser."""

from __future__ import annotations

from fastapi import APIRouter

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import Account, User, UserId
from deskbridge.admin import users
from deskbridge.api.desk import Admin, Desk, MyAccount, TheDesk
from deskbridge.api.models import AdminUser, ConsentLink, SetAccount
from deskbridge.errors import NotFound

router = APIRouter(prefix="/admin", tags=["admin"])


@router.get("/account")
async def get_account(admin: Admin, account: MyAccount) -> Account:
    """The Account and its switches."""
    return account


@router.put("/account")
async def set_account(body: SetAccount, desk: TheDesk, admin: Admin) -> Account:
    """Switch chat with Microsoft Teams on or off (C1)."""
    async with desk.db.transaction() as tx:
        return await users.set_teams_chat(tx, admin.account_id, desk.clock(), enabled=body.teams_chat_enabled)


@router.get("/users")
async def list_users(desk: TheDesk, admin: Admin) -> list[AdminUser]:
    """Every User of the Account and their Teams connections."""
    async with desk.db.read() as connection:
        found = await accounts_store.list_users(connection, admin.account_id)
    return [await _shown(desk, user) for user in found]


@router.post("/users/{user_id}/disconnect")
async def disconnect_user(user_id: UserId, desk: TheDesk, admin: Admin) -> AdminUser:
    """End a User's Teams connection (C8): tokens are erased here and subscriptions deleted at Microsoft."""
    async with desk.db.read() as connection:
        user = await accounts_store.find_user(connection, user_id)
    if user is None or user.account_id != admin.account_id:
        raise NotFound("There is no such user in your organisation.")
    await desk.connector.connections.disconnect(user)
    return await _shown(desk, user)


@router.get("/consent-link")
async def get_consent_link(desk: TheDesk, admin: Admin) -> ConsentLink:
    """For the organisation's Microsoft administrator, who need not be a User here (C6)."""
    return ConsentLink(address=await desk.connector.connections.consent_address(admin.account_id))


async def _shown(desk: Desk, user: User) -> AdminUser:
    connection, number = await desk.connector.connections.view_with_number(user)
    return AdminUser(user=user, connection=connection, microsoft_number=number)
