"""What admins do to Users in the browser, and the one-time links with which Users choose their password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from deskbridge.accounts import password_links
from deskbridge.accounts import sessions as account_sessions
from deskbridge.accounts.model import License, Role, User, UserId, View
from deskbridge.accounts.service import NewUser
from deskbridge.admin.managing import Managing, UserChanges
from deskbridge.api.desk import Admin, Desk, Origin, ProvedAdmin, TheDesk
from deskbridge.api.models import AdminUser, AdminUserPage, LicenseCounts, PasswordLink, PasswordLinkOwner
from deskbridge.api.user_list import count, list_admin_users, show_admin_user
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, actor

router = APIRouter(tags=["users"])

Text = Annotated[str, Field(min_length=1, max_length=300)]


class Invite(View):
    """A new User, who chooses a password by the link that this is answered with."""

    username: Annotated[str, Field(min_length=1, max_length=320)]
    display_name: Text
    email: Annotated[str, Field(min_length=3, max_length=320)]
    role: Role = Role.AGENT
    licenses: list[License] = Field(default_factory=list)
    job_title: Text | None = None
    department: Text | None = None


class ChangeUser(View):
    """What is to be different; what is left out stays."""

    display_name: Text | None = None
    email: Annotated[str, Field(min_length=3, max_length=320)] | None = None
    role: Role | None = None
    licenses: list[License] | None = None
    job_title: Annotated[str, Field(max_length=300)] | None = None
    department: Annotated[str, Field(max_length=300)] | None = None


class SpendLink(View):
    """The secret of a one-time link, and the password chosen with it."""

    secret: Annotated[str, Field(min_length=1, max_length=100)]
    password: Annotated[str, Field(min_length=1, max_length=1024)]


class LookAtLink(View):
    """The secret of a one-time link."""

    secret: Annotated[str, Field(min_length=1, max_length=100)]


@router.get("/admin/users")
async def list_users(
    desk: TheDesk,
    admin: Admin,
    search: Annotated[str, Query(max_length=100)] = "",
    after: Annotated[str | None, Query(max_length=3000)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> AdminUserPage:
    """Users of the Account by name, and their Teams connections; `after` is the `next` of the page before."""
    return await list_admin_users(desk.db, admin.account_id, search.strip(), (after, limit))


@router.get("/admin/licenses")
async def count_licenses(desk: TheDesk, admin: Admin) -> LicenseCounts:
    """How many Users hold each license, have a Microsoft account connected, and lack a second factor."""
    return await count(desk.db, admin.account_id)


@router.post("/admin/users", status_code=201)
async def invite_user(body: Invite, desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> PasswordLink:
    """A new User; pass the link on to them, it is shown only now."""
    new = NewUser(
        body.username.strip(),
        body.display_name.strip(),
        body.email.strip(),
        body.role,
        frozenset(body.licenses),
        None,
        body.job_title,
        body.department,
    )
    async with desk.acting(admin, recorded=True) as tx:
        user, secret, until = await Managing(tx, admin.account_id, actor(admin, origin), desk.clock()).invite(new)
    return PasswordLink(user=user, address=link_address(desk, secret), expires_at=until)


@router.patch("/admin/users/{user_id}")
async def change_user(user_id: UserId, body: ChangeUser, desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> User:
    """Name, address, role and licenses."""
    licenses = None if body.licenses is None else frozenset(body.licenses)
    changes = UserChanges(body.display_name, body.email, body.role, licenses, body.job_title, body.department)
    async with desk.acting(admin, recorded=True) as tx:
        return await Managing(tx, admin.account_id, actor(admin, origin), desk.clock()).change(user_id, changes)


@router.post("/admin/users/{user_id}/suspend")
async def suspend_user(user_id: UserId, desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> User:
    """They are signed out everywhere and cannot sign in until they are resumed."""
    async with desk.acting(admin, recorded=True) as tx:
        return await Managing(tx, admin.account_id, actor(admin, origin), desk.clock()).suspend(user_id)


@router.post("/admin/users/{user_id}/resume")
async def resume_user(user_id: UserId, desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> User:
    """They can sign in again."""
    async with desk.acting(admin, recorded=True) as tx:
        return await Managing(tx, admin.account_id, actor(admin, origin), desk.clock()).resume(user_id)


@router.post("/admin/users/{user_id}/reset-password")
async def reset_password(user_id: UserId, desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> PasswordLink:
    """The password is void at once; pass the link on to them, it is shown only now."""
    async with desk.acting(admin, recorded=True) as tx:
        by = actor(admin, origin)
        user, secret, until = await Managing(tx, admin.account_id, by, desk.clock()).reset_password(user_id)
    return PasswordLink(user=user, address=link_address(desk, secret), expires_at=until)


@router.post("/admin/users/{user_id}/sign-out")
async def sign_out_user(user_id: UserId, desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> User:
    """All their sessions end, and their workspaces close at once."""
    async with desk.acting(admin, recorded=True) as tx:
        by = actor(admin, origin)
        return await Managing(tx, admin.account_id, by, desk.clock()).sign_out_everywhere(user_id)


@router.delete("/admin/users/{user_id}", status_code=204)
async def delete_user(  # One parameter for each part of the request.
    user_id: UserId, desk: TheDesk, admin: ProvedAdmin, origin: Origin, *, erase_name: bool = False
) -> None:
    """They cannot sign in any more and are in no list; what was said stays as long as the Account keeps it.

    With `erase_name` it is from a “Former user”; the audit log goes on naming them. What is left at Microsoft is
    deleted as soon as Microsoft answers.
    """
    async with desk.acting(admin, recorded=True) as tx:
        managing = Managing(tx, admin.account_id, actor(admin, origin), desk.clock())
        await managing.delete(user_id, erase_name=erase_name)


@router.post("/admin/users/{user_id}/disconnect")
async def disconnect_user(user_id: UserId, desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> AdminUser:
    """End a User's Teams connection (C8): tokens are erased here and subscriptions deleted at Microsoft."""
    async with desk.acting(admin, recorded=True) as tx:
        user = await Managing(tx, admin.account_id, actor(admin, origin), desk.clock()).find(user_id)
        what = (actor(admin, origin), Action.TEAMS_DISCONNECTED)
        await audit.record(tx, admin.account_id, what, desk.clock(), user)
    await desk.connector.connections.disconnect(user)
    return await show_admin_user(desk.db, user)


@router.post("/password-link/owner")
async def look_at_link(body: LookAtLink, desk: TheDesk) -> PasswordLinkOwner:
    """Whom a one-time link is for."""
    user = await password_links.find_owner(desk.db, body.secret, desk.clock())
    return PasswordLinkOwner(username=user.username, display_name=user.display_name)


@router.post("/password-link", status_code=204)
async def spend_link(body: SpendLink, desk: TheDesk, request: Request, origin: Origin) -> None:
    """Choose a password; the link is spent, and whoever is signed in as that User is signed out."""
    now = desk.clock()
    async with desk.db.transaction() as tx:
        user = await password_links.use_link(desk.db, tx, body.secret, body.password, now)
        await account_sessions.end_all(tx, user, now)
        await audit.record(tx, user.account_id, (actor(user, origin), Action.PASSWORD_SET), now, user)


def link_address(desk: Desk, secret: str) -> str:
    """In the fragment, which browsers send to no server and proxies cannot log."""
    return f"{desk.settings.public_url}/welcome#{secret}"
