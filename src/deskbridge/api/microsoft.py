"""The way to a working connection, for admins: what Microsoft has to be told, what is missing here, and what works."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import View
from deskbridge.admin import users
from deskbridge.api.desk import Admin, MyAccount, Origin, ProvedAdmin, TheDesk
from deskbridge.audit.model import actor
from deskbridge.health.findings import Severity
from deskbridge.health.microsoft import Installation, check_address, check_microsoft
from deskbridge.health.parts import check_parts
from deskbridge.settings import Settings
from deskbridge.teams.registration import FILES, IMPORT
from deskbridge.teams.subscriptions_at_microsoft import WEBHOOKS

router = APIRouter(prefix="/admin", tags=["set-up"])

_OPENID: Final = ("openid", "profile", "offline_access")


class SettingView(View):
    """A setting of the installation. `value` is None where it is missing, and of what proves who we are."""

    name: str
    value: str | None
    is_set: bool
    example: str


class MicrosoftSetUp(View):
    """What the organisation's registration at Microsoft has to say, and which settings the server has or lacks."""

    tenant_id: str | None
    redirect_uri: str
    webhook: str
    delegated_permissions: list[str]
    application_permissions: list[str]
    settings: list[SettingView]


class SetTenant(View):
    """The organisation's Directory (tenant) ID."""

    tenant_id: UUID


class FindingView(View):
    """One thing that was looked at: how it stands, in words, and what to do about it."""

    severity: Severity
    about: str
    says: str
    remedy: str | None


@router.get("/microsoft")
async def get_microsoft(desk: TheDesk, admin: Admin, account: MyAccount) -> MicrosoftSetUp:
    """The values to register at Microsoft, and the settings that the server has or lacks."""
    settings = desk.settings
    async with desk.db.read() as connection:
        tenant_id = await accounts_store.tenant_of(connection, admin.account_id)
    return MicrosoftSetUp(
        tenant_id=tenant_id,
        redirect_uri=f"{settings.public_url}/api/v1/teams/callback",
        webhook=f"{settings.notification_base_url}{WEBHOOKS}",
        delegated_permissions=[
            *_OPENID,
            *settings.microsoft_scopes.split(),
            *([FILES] if account.files_to_teams else []),
        ],
        application_permissions=[IMPORT],
        settings=_settings(settings),
    )


@router.put("/microsoft")
async def set_microsoft(
    body: SetTenant, desk: TheDesk, admin: ProvedAdmin, account: MyAccount, origin: Origin
) -> MicrosoftSetUp:
    """Which Microsoft tenant the organisation is; as long as nothing came from another."""
    async with desk.acting(admin, recorded=True) as tx:
        await users.set_tenant(tx, admin.account_id, str(body.tenant_id), (actor(admin, origin), desk.clock()))
    return await get_microsoft(desk, admin, account)


@router.get("/checks")
async def check(desk: TheDesk, admin: Admin, account: MyAccount) -> list[FindingView]:
    """What `deskbridge doctor` finds about this organisation, looked at now; each with its remedy."""
    here = Installation(desk.settings, desk.db, desk.clock, desk.connector)
    first = [check_parts(desk.clock()), check_address(desk.settings)]
    found = [*first, *[each async for each in check_microsoft(here, [account])]]
    return [FindingView(severity=each.severity, about=each.about, says=each.says, remedy=each.remedy) for each in found]


def _settings(settings: Settings) -> list[SettingView]:
    # Never where the file is: an admin of one organisation need not be the operator.
    proof = "microsoft_certificate_file" if settings.microsoft_certificate_file else "microsoft_client_secret"
    secret = settings.microsoft_client_secret
    has_proof = settings.microsoft_certificate_file is not None or bool(secret and secret.get_secret_value())
    values: dict[str, tuple[str | None, bool]] = {
        "public_url": (settings.public_url, True),
        "webhook_url": (settings.webhook_url, True),
        "microsoft_client_id": (settings.microsoft_client_id, bool(settings.microsoft_client_id)),
        proof: (None, has_proof),
    }
    return [
        SettingView(
            name=f"DESKBRIDGE_{name.upper()}",
            value=value,
            is_set=is_set,
            example=str((Settings.model_fields[name].examples or [""])[0]),
        )
        for name, (value, is_set) in values.items()
    ]
