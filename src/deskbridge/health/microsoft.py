"""What Microsoft knows of us: credentials, permissions, consent, clocks, and whether it reaches the webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import Account
from deskbridge.clock import Clock
from deskbridge.directory import import_store
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.health.credentials import REFUSALS, REFUSED, check_credentials, check_secret
from deskbridge.health.findings import Finding, Severity, ok, problem, unknown, warning
from deskbridge.health.outgoing import check_proxy
from deskbridge.settings import Settings
from deskbridge.storage.database import Database
from deskbridge.teams.connector import Connector
from deskbridge.teams.ids import Bearer, TenantId
from deskbridge.teams.keys import LEEWAY
from deskbridge.teams.registration import (
    FILES,
    IMPORT,
    READ_APPLICATIONS,
    READ_GROUPS,
    SET_PRESENCE,
    Registration,
    roles_of,
)
from deskbridge.teams.store import connections, subscriptions

_CLOCKS_DIFFER: Final = timedelta(seconds=30)
_LOCAL: Final = {"localhost", "127.0.0.1", "::1"}
_OIDC: Final = {"openid", "profile", "email", "offline_access"}


def check_address(settings: Settings) -> Finding:
    """What people open in their browsers."""
    if settings.public_url.startswith("https://"):
        return ok("address", settings.public_url)
    return warning(
        "address",
        f"{settings.public_url} is without TLS: passwords and messages can be read on their way.",
        "Put a reverse proxy with TLS in front and set DESKBRIDGE_PUBLIC_URL to its https address.",
    )


@dataclass(frozen=True, slots=True)
class Installation:
    """What is examined."""

    settings: Settings
    db: Database
    clock: Clock
    connector: Connector


async def check_microsoft(here: Installation, accounts: Sequence[Account]) -> AsyncIterator[Finding]:
    """All that can be seen of Microsoft, for these Accounts."""
    way = await check_proxy(here.settings)
    for finding in way:
        yield finding
    if any(each.severity is Severity.PROBLEM for each in way):
        return
    credentials = await check_credentials(here.settings, here.connector.examiner, here.clock())
    for finding in credentials:
        yield finding
    if not here.settings.has_credentials:
        return
    yield await check_clock(here)
    async for finding in check_webhook(here):
        yield finding
    if any(each.severity is Severity.PROBLEM for each in credentials):
        # Without them every organisation's tenant would only refuse.
        return
    for account in accounts:
        async for finding in check_account(here, account):
            yield finding


async def check_clock(here: Installation) -> Finding:
    """Tokens are only good for a time, by both clocks."""
    try:
        ahead = await here.connector.examiner.ahead()
    except MicrosoftUnavailable:
        return problem(
            "Microsoft",
            "The identity platform does not answer.",
            "Check the way to the internet, DESKBRIDGE_MICROSOFT_LOGIN_URL and DESKBRIDGE_MICROSOFT_CA_FILE.",
        )
    if ahead is None:
        return unknown("clock", "Microsoft's answer has no date.", "Compare the clock yourself.")
    seconds = round(abs(ahead.total_seconds()))
    if abs(ahead) < _CLOCKS_DIFFER:
        return ok("clock", "It agrees with Microsoft's.")
    says = f"It is {seconds} seconds {'behind' if ahead > timedelta() else 'ahead of'} Microsoft's."
    remedy = "Set the clock by NTP."
    return problem("clock", says, remedy) if abs(ahead) > LEEWAY else warning("clock", says, remedy)


async def check_webhook(here: Installation) -> AsyncIterator[Finding]:
    """From here, and as far as Microsoft has proved it."""
    settings = here.settings
    address = settings.notification_base_url
    remedy = "See docs/microsoft-setup.md, “Let Microsoft reach the webhooks”."
    if not address.startswith("https://"):
        local = urlsplit(address).hostname in _LOCAL
        says = f"Microsoft calls https addresses only, and this is {address}."
        fix = "Set DESKBRIDGE_WEBHOOK_URL to the https address at which the internet reaches the product."
        yield warning("webhook", says, fix) if local else problem("webhook", says, fix)
    wrong = await here.connector.examiner.webhook_answers()
    if wrong:
        yield problem("webhook", f"{address} does not answer as Microsoft expects: {wrong}.", remedy)
        return
    async with here.db.read() as connection:
        alive = await subscriptions.count_alive(connection, here.clock())
    if alive:
        # Microsoft calls the address before it makes a subscription: each of them is a proof.
        yield ok("webhook", f"It answers from here, and Microsoft has reached it ({alive} subscriptions).")
    else:
        says = "It answers from here; whether the internet reaches it shows when the first agent connects."
        yield unknown("webhook", says, remedy)


async def check_account(here: Installation, account: Account) -> AsyncIterator[Finding]:
    """One organisation's tenant."""
    about = f"Microsoft, {account.name}"
    async with here.db.read() as connection:
        tenant_id = await accounts_store.tenant_of(connection, account.id)
        connected = await connections.list_of_account(connection, account.id)
        groups = (await import_store.get_settings(connection, account.id)).groups
    if tenant_id is None:
        remedy = "Enter it under Admin > Set-up, or run: deskbridge account tenant ID"
        yield problem(about, "The organization has no tenant id.", remedy)
        return
    try:
        access = await here.connector.examiner.as_app(TenantId(tenant_id))
    except MicrosoftUnavailable:
        yield problem(about, "The identity platform does not answer.", "Try again in a minute.")
        return
    if access.bearer is None:
        known = next((REFUSALS[each] for each in access.numbers if each in REFUSALS), REFUSED)
        yield problem(about, *known)
        return
    yield ok(about, "The credentials are good.")
    needed = {IMPORT: "nobody can be imported"}
    if groups:
        needed[READ_GROUPS] = "the groups to import cannot be read"
    if account.agent_status_in_teams:
        needed[SET_PRESENCE] = "agents' Status cannot be shown in Teams"
    yield _roles(about, access.bearer, _consent_link(here.settings, tenant_id), needed)
    for finding in _registered(here, about, await here.connector.examiner.registration(access.bearer)):
        yield finding
    granted = await here.connector.examiner.granted(connected)
    yield _scopes(here.settings, account, granted, tenant_id)
    if account.files_to_teams:
        allowed = await here.connector.examiner.granted(connected, [FILES]) if granted else None
        yield _files(about, allowed, _consent_link(here.settings, tenant_id))


def _consent_link(settings: Settings, tenant_id: str) -> str:
    return (
        f"{settings.microsoft_login_url}/{tenant_id}/v2.0/adminconsent?client_id={settings.microsoft_client_id}"
        f"&scope=https://graph.microsoft.com/.default&redirect_uri={settings.public_url}/api/v1/teams/callback"
    )


def _roles(about: str, bearer: Bearer, consent_link: str, needed: Mapping[str, str]) -> Finding:
    roles = roles_of(bearer)
    if roles is None:
        return unknown(about, "Microsoft does not show the application permissions.", "Compare API permissions there.")
    if missing := needed.keys() - roles:
        return problem(
            about,
            f"The application permission {_list(missing)} is missing or has no consent: "
            f"{' and '.join(needed[each] for each in sorted(missing))}.",
            f"Add it, then have an administrator open {consent_link}",
        )
    if more := roles - needed.keys() - {READ_APPLICATIONS}:
        says = f"The application permissions {_list(more)} are not needed."
        return warning(about, says, "Remove them under API permissions.")
    return ok(about, f"Application permissions: {_list(roles)}.")


def _registered(here: Installation, about: str, found: Registration | None) -> list[Finding]:
    has_certificate = here.settings.microsoft_certificate_file is not None
    if found is None:
        says = "The redirect URIs and the assignment cannot be seen."
        remedy = f"Compare them, or give the application permission {READ_APPLICATIONS}."
        if not has_certificate:
            says = "How long the client secret lasts, the redirect URIs and the assignment cannot be seen."
            remedy = f"Note the day in a calendar, or give the application permission {READ_APPLICATIONS}."
        return [unknown(about, says, remedy)]
    findings = [] if has_certificate else [check_secret(about, found.secret_expires_at, here.clock())]
    callback = f"{here.settings.public_url}/api/v1/teams/callback"
    if callback not in found.redirect_uris:
        says = f"The redirect URI {callback} is not registered: nobody can connect."
        findings.append(problem(about, says, "Add it under Authentication > Web."))
    if found.needs_assignment:
        says = "Assignment is required: Microsoft does not sign its notifications, and agents must be assigned."
        remedy = "Switch off Assignment required under Enterprise applications > Properties."
        findings.append(warning(about, says, remedy))
    return findings


def _scopes(settings: Settings, account: Account, granted: frozenset[str] | None, tenant_id: str) -> Finding:
    about, also = f"Microsoft, {account.name}", {FILES.casefold()} if account.files_to_teams else set()
    wanted = {_bare(each) for each in settings.microsoft_scopes.split()}
    link = _consent_link(settings, tenant_id)
    if granted is None:
        says = "Delegated permissions and their consent show once an agent is connected."
        return unknown(about, says, f"Connect one. If Microsoft asks for approval, an administrator opens {link}")
    names = {_bare(each): each for each in granted}
    if missing := {each for each in wanted if each.casefold() not in {name.casefold() for name in names}}:
        says = f"The delegated permissions {_list(missing)} are missing."
        return problem(about, says, f"Add them, then have an administrator open {link}")
    if more := {name for name in names if name.casefold() not in {each.casefold() for each in wanted} | _OIDC | also}:
        says = f"The delegated permissions {_list(more)} are not needed."
        return warning(about, says, "Remove them under API permissions.")
    return ok(about, f"Delegated permissions: {_list(wanted)}.")


def _files(about: str, granted: frozenset[str] | None, consent_link: str) -> Finding:
    """Whether what an admin switched on is allowed as well."""
    if granted is None:
        return unknown(
            about, f"Whether files may go to Teams ({FILES}) shows once an agent is connected.", "Connect one."
        )
    if FILES.casefold() in {_bare(each).casefold() for each in granted}:
        return ok(about, f"Files may go to Teams: {FILES}.")
    says = f"Files to Teams are switched on, but the delegated permission {FILES} is missing: messages with files fail."
    return problem(about, says, f"Add it, then have an administrator open {consent_link}")


def _bare(scope: str) -> str:
    return scope.rpartition("/")[2]


def _list(names: frozenset[str] | set[str]) -> str:
    return ", ".join(sorted(names))
