"""Microsoft users into the directory, brought up to date in it, or out of it: as many at once as a page has."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from deskbridge.accounts.model import AccountId
from deskbridge.conversations import service as conversations
from deskbridge.directory import matching_store
from deskbridge.directory import service as directory
from deskbridge.directory.import_store import ImportRow
from deskbridge.directory.imports import WORDS, EntryKind, ImportEntry, ImportSettings, SkipReason
from deskbridge.directory.matching import DOUBTS
from deskbridge.directory.model import IdentityId, Platform
from deskbridge.directory.service import Details, Outcome
from deskbridge.storage.database import Transaction
from deskbridge.storage.schema import new_ordered_id
from deskbridge.teams.ids import MicrosoftUserId
from deskbridge.teams.resources import DirectoryUser
from deskbridge.teams.store import people
from deskbridge.teams.store.people import TeamsUser
from deskbridge.teams.translate import without_nul

TEAMS_PLANS: Final = frozenset({"57ff2da0-773e-42df-b2af-ffb7a2317929"})
"""TEAMS1; variants for governments and regions are known by the service's name (facts.md 2)."""
_TEAMS_SERVICES: Final = ("teams",)
_USABLE: Final = frozenset({"enabled", "warning"})


@dataclass(slots=True)
class Told:
    """What is to be counted of some users, whom the report names, and how many of them differ from before."""

    counts: Counts[str] = field(default_factory=Counts)
    entries: list[ImportEntry] = field(default_factory=list)
    changes: int = 0


def why_skipped(user: DirectoryUser, settings: ImportSettings) -> SkipReason | None:
    """Why somebody is not somebody whom one can chat with, or was not chosen; None when they are."""
    checks = (
        (user.removed is not None, SkipReason.DELETED),
        (user.account_enabled is False, SkipReason.DISABLED),
        (not has_teams(user), SkipReason.NO_TEAMS_LICENSE),
        (not user.user_principal_name and not user.mail, SkipReason.NO_ADDRESS),
        (not settings.guests and _is_guest(user), SkipReason.GUEST),
        (not _is_chosen(user, settings.domains), SkipReason.OTHER_DOMAIN),
    )
    return next((reason for is_so, reason in checks if is_so), None)


def cannot_chat(user: DirectoryUser) -> bool:
    """Whether Microsoft says that a connection of that user works no more."""
    return user.removed is not None or user.account_enabled is False or not has_teams(user)


def _is_chosen(user: DirectoryUser, domains: Sequence[str]) -> bool:
    ends = tuple(f"@{each}" for each in domains)
    return not ends or any(each.casefold().endswith(ends) for each in _mail(user))


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


async def put_users(tx: Transaction, row: ImportRow, users: Sequence[DirectoryUser], settings: ImportSettings) -> Told:
    """Put these users where they belong; the same again changes nothing."""
    told = Told(Counts(read=len(users)))
    # Whoever is on a page twice is what is said last.
    last = {MicrosoftUserId(each.id.casefold()): each for each in users}
    reasons = {each: why_skipped(user, settings) for each, user in last.items()}
    known = await people.find_all_by_microsoft_ids(tx.connection, row.account_id, last.keys())
    for each, reason in reasons.items():
        if reason not in {None, SkipReason.DELETED} and each not in known:
            told.counts[reason] += 1
            told.entries.append(_entry(EntryKind.SKIPPED, last[each], reason, WORDS[reason]))
    out = {known[each].identity_id: reason for each, reason in reasons.items() if reason and each in known}
    await remove_users(tx, row.account_id, out, told)
    stay = {each: last[each] for each, reason in reasons.items() if reason is None}
    before = {each.identity_id: each for each in known.values()}
    ids = await _identities_of(tx, row.account_id, stay, known)
    now = {ids[each]: _teams_user(ids[each], each, user) for each, user in stay.items()}
    await _put(tx, row, {ids[each]: user for each, user in stay.items()}, now, before, told)
    if row.is_full:
        # Those who are new were stored as seen.
        await people.see(tx.connection, row.id, [each for each in before if each not in out])
    return told


async def _identities_of(
    tx: Transaction,
    account_id: AccountId,
    ids: Collection[MicrosoftUserId],
    known: Mapping[MicrosoftUserId, TeamsUser],
) -> dict[MicrosoftUserId, IdentityId]:
    """Whoever has left and comes back is who they were."""
    new = [each for each in ids if each not in known]
    back = await people.find_who_left(tx.connection, account_id, new) if new else {}
    if back:
        await people.forget_that_they_left(tx.connection, account_id, back)
    # In the order of the time, so that indexes are written in few places (docs/decisions/0025).
    found = {each: back.get(each) or IdentityId(new_ordered_id()) for each in new}
    return found | {each: known[each].identity_id for each in ids if each in known}


async def _put(
    tx: Transaction,
    row: ImportRow,
    users: Mapping[IdentityId, DirectoryUser],
    now: Mapping[IdentityId, TeamsUser],
    known: Mapping[IdentityId, TeamsUser],
    told: Told,
) -> None:
    put = await directory.put_identities(tx, row.account_id, {each: _details(user) for each, user in users.items()})
    await people.insert_all(tx.connection, row.account_id, row.id, [now[each] for each in now if each not in known])
    differ = [now[each] for each in now if each in known and now[each] != known[each]]
    await people.update_all(tx.connection, differ)
    for identity_id, outcome in put.outcomes.items():
        if outcome is Outcome.UNCHANGED:
            continue
        told.counts[outcome.value] += 1
        if outcome is Outcome.MERGED:
            words = "Became an account of somebody who has the same address."
            told.entries.append(_entry(EntryKind.MERGED, users[identity_id], None, words))
        if doubt := put.doubts.get(identity_id):
            told.counts["ambiguous"] += 1
            told.entries.append(_entry(EntryKind.AMBIGUOUS, users[identity_id], doubt.value, DOUBTS[doubt]))
    told.changes += sum(outcome is not Outcome.UNCHANGED for outcome in put.outcomes.values())
    # Also who is new: they may have come back, or have joined somebody who is being talked with.
    changed = [each for each, outcome in put.outcomes.items() if outcome is not Outcome.UNCHANGED]
    await conversations.person_changed(tx, [*changed, *put.persons])


async def remove_users(
    tx: Transaction, account_id: AccountId, gone: Mapping[IdentityId, SkipReason], told: Told
) -> None:
    """These users have left Teams; what was said stays."""
    if not gone:
        return
    were = await matching_store.load(tx.connection, gone.keys())
    changed = await directory.remove_identities(tx, account_id, gone.keys())
    await people.remove_all(tx.connection, gone.keys())
    told.counts["removed"] += len(gone)
    told.changes += len(gone)
    for each, stored in were.items():
        reason, identity = gone[each], stored.identity
        told.entries.append(
            ImportEntry(
                kind=EntryKind.REMOVED,
                line=None,
                name=identity.display_name,
                address=identity.address,
                reason=reason,
                words=WORDS[reason],
            )
        )
    await conversations.person_changed(tx, [*gone, *changed])


def _teams_user(identity_id: IdentityId, microsoft_id: MicrosoftUserId, user: DirectoryUser) -> TeamsUser:
    username = without_nul(user.user_principal_name or user.mail or "")[:320]
    return TeamsUser(identity_id, microsoft_id, _is_guest(user), username)


def _is_guest(user: DirectoryUser) -> bool:
    return (user.user_type or "").casefold() == "guest"


def _entry(kind: EntryKind, user: DirectoryUser, reason: str | None, words: str) -> ImportEntry:
    address = without_nul(user.mail or user.user_principal_name or "")[:320] or None
    name = without_nul(user.display_name or "")[:300] or address or user.id
    return ImportEntry(kind=kind, line=None, name=name, address=address, reason=reason, words=words)


def _details(user: DirectoryUser) -> Details:
    address = without_nul(user.mail or user.user_principal_name or "")
    return Details(
        platform=Platform.TEAMS,
        display_name=without_nul(user.display_name or address or "")[:300],
        address=address[:320] if address else None,
        addresses=frozenset(_mail(user)),
        job_title=_words(user.job_title),
        department=_words(user.department),
    )


def _mail(user: DirectoryUser) -> list[str]:
    given = {user.mail, user.user_principal_name, *(user.proxy_addresses or [])}
    # A proxy address may be of another kind (`SIP:`, `X500:`): only mail addresses say who somebody is.
    return [each for each in given if each and _is_mail(each)]


def _words(text: str | None) -> str | None:
    return without_nul(text)[:300] or None if text else None


def _is_mail(address: str) -> bool:
    kind, colon, _ = address.partition(":")
    return "@" in address and "\x00" not in address and (not colon or kind.casefold() == "smtp")
