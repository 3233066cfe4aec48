"""`deskbridge doctor`: everything that can be wrong around the product, each with its remedy."""

from __future__ import annotations

from collections.abc import AsyncIterator

from deskbridge.accounts import store as accounts_store
from deskbridge.api.desk import Desk
from deskbridge.app import open_desk
from deskbridge.clock import Clock, system_clock
from deskbridge.health.findings import Finding, Severity, ok, warning
from deskbridge.health.microsoft import Installation, check_address, check_microsoft
from deskbridge.health.parts import check_parts
from deskbridge.operating import sealed
from deskbridge.operating.surroundings import check_database, check_events, check_key_file, check_plain, check_scanner
from deskbridge.settings import Settings
from deskbridge.teams.store import certificates


async def examine(settings: Settings, clock: Clock = system_clock) -> AsyncIterator[Finding]:
    """One finding after the other, from the ground up; what stands on something broken is not looked at."""
    first = [check_address(settings), check_key_file(settings)]
    first += [*await check_database(settings, clock), await check_events(settings), *check_plain(settings)]
    first += [*await check_scanner(settings), check_parts(clock())]
    for finding in first:
        yield finding
    broken = any(each.severity is Severity.PROBLEM for each in first)
    missing = any(each.about == "database" and each.severity is Severity.UNKNOWN for each in first)
    if broken or missing:
        yield Finding(Severity.UNKNOWN, "Microsoft", "Not looked at yet.", "Mend the above, then run this again.")
        return
    async with open_desk(settings, clock) as desk:
        async for finding in _with_desk(desk):
            yield finding


async def _with_desk(desk: Desk) -> AsyncIterator[Finding]:
    for finding in await _secrets(desk):
        yield finding
    async with desk.db.read() as connection:
        accounts = await accounts_store.list_accounts(connection)
    if not accounts:
        remedy = "Open the address that serve printed, or run: deskbridge account create NAME --tenant-id ID"
        yield warning("accounts", "There are none.", remedy)
    async for finding in check_microsoft(Installation(desk.settings, desk.db, desk.clock, desk.connector), accounts):
        yield finding


async def _secrets(desk: Desk) -> list[Finding]:
    found: list[Finding] = []
    for each in await sealed.survey(desk.db, desk.connector.vault):
        if each.unreadable:
            says = f"No key that is here opens {each.unreadable} {each.sealed.what}."
            found.append(warning("secrets", says, each.sealed.remedy))
        if each.older:
            says = f"{each.older} {each.sealed.what} are encrypted with an old key."
            found.append(warning("secrets", says, "Run: deskbridge keys rotate"))
    async with desk.db.read() as connection:
        newest = (await certificates.list_all(connection))[:1]
    if newest:
        days = (desk.clock() - newest[0].created_at).days
        found.append(ok("webhook certificate", f"{days} days old; it is replaced by itself."))
    return found or [ok("secrets", "Nothing is locked yet.")]
