"""One Microsoft user into the directory, brought up to date in it, or out of it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from deskbridge.accounts.model import AccountId
from deskbridge.directory import service as directory
from deskbridge.directory.model import IdentityId, Platform
from deskbridge.directory.service import Details
from deskbridge.storage.database import Transaction
from deskbridge.teams.ids import MicrosoftUserId
from deskbridge.teams.resources import DirectoryUser
from deskbridge.teams.store import people
from deskbridge.teams.translate import without_nul

TEAMS_PLANS: Final = frozenset({"57ff2da0-773e-42df-b2af-ffb7a2317929"})
"""TEAMS1; variants for governments and regions are known by the service's name (facts.md 2)."""
_TEAMS_SERVICES: Final = ("teams",)
_USABLE: Final = frozenset({"enabled", "warning"})


def why_skipped(user: DirectoryUser) -> str | None:
    """Why somebody is not somebody whom one can chat with, in a word for the report; None when they are."""
    if user.account_enabled is False:
        return "disabled"
    if not has_teams(user):
        return "no_teams_license"
    return None if user.user_principal_name or user.mail else "no_address"


def has_teams(user: DirectoryUser) -> bool:
    """Whether one of the user's plans is Teams and may be used."""
    return any(
        (plan.capability_status or "").casefold() in _USABLE
        and (
            (plan.service_plan_id or "").casefold() in TEAMS_PLANS
            or (plan.service or "").casefold().startswith(_TEAMS_SERVICES)
        )
        for plan in user.assigned_plans or []
    )


async def put_user(tx: Transaction, account_id: AccountId, import_id: str, user: DirectoryUser, now: datetime) -> str:
    """Put the user where they belong; the answer is what to count, `skipped:reason` for one who is left out."""
    microsoft_id = MicrosoftUserId(user.id)
    known = await people.find_by_microsoft_id(tx.connection, account_id, microsoft_id)
    reason = "deleted" if user.removed else why_skipped(user)
    if reason is not None:
        if known is None:
            return "" if user.removed else f"skipped:{reason}"
        await remove_user(tx, account_id, known.identity_id, now)
        return "removed"
    details = _details(user)
    identity_id, outcome = await directory.put_identity(
        tx, account_id, known.identity_id if known else None, details, now
    )
    if known is not None and known.identity_id != identity_id:
        await people.remove(tx.connection, known.identity_id)
    await people.put(
        tx.connection,
        identity_id,
        account_id=account_id,
        microsoft_user_id=microsoft_id,
        username=(user.user_principal_name or user.mail or "")[:320],
        is_guest=(user.user_type or "").casefold() == "guest",
        seen_by=import_id,
    )
    return outcome.value


async def remove_user(tx: Transaction, account_id: AccountId, identity_id: IdentityId, now: datetime) -> None:
    """The user has left Teams; what was said stays."""
    await directory.remove_identity(tx, account_id, identity_id, now)
    await people.remove(tx.connection, identity_id)


def _details(user: DirectoryUser) -> Details:
    given = {user.mail, user.user_principal_name, *(user.proxy_addresses or [])}
    address = user.mail or user.user_principal_name
    return Details(
        platform=Platform.TEAMS,
        display_name=without_nul(user.display_name or address or "")[:300],
        address=address[:320] if address else None,
        # A proxy address may be of another kind (`SIP:`, `X500:`): only mail addresses say who somebody is.
        addresses=frozenset(each for each in given if each and _is_mail(each)),
        job_title=_words(user.job_title),
        department=_words(user.department),
    )


def _words(text: str | None) -> str | None:
    return without_nul(text)[:300] or None if text else None


def _is_mail(address: str) -> bool:
    kind, colon, _ = address.partition(":")
    return "@" in address and "\x00" not in address and (not colon or kind.casefold() == "smtp")
