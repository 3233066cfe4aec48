"""Lists as CSV, for spreadsheets."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Sequence
from typing import Final

from starlette.responses import StreamingResponse

from deskbridge.accounts.model import ContactPolicy, User
from deskbridge.api.breaking_off import or_break_off
from deskbridge.api.models import AdminUser
from deskbridge.audit.model import CONSOLE, Entry
from deskbridge.directory.imports import ImportView
from deskbridge.directory.matching import DecisionView, Match
from deskbridge.directory.model import Person
from deskbridge.health.views import AgentHealth, HealthView

USERS: Final = (
    *("username", "name", "email", "role", "licenses", "job_title", "department", "suspended", "second_factor"),
    *("teams", "microsoft_username", "connected_since", "reason", "microsoft_number"),
)
AUDIT: Final = ("number", "at", "action", "who", "who_id", "from", "whom", "whom_id", "detail", "hash")

CONTACTS: Final = (
    *("person_id", "name", "platform", "name_there", "address", "job_title", "department", "identity_id"),
)
CONNECTIONS: Final = (
    *("username", "name", "state", "microsoft_username", "microsoft_name", "connected_since", "reason", "remedy"),
    "microsoft_number",
)
MATCHES: Final = (
    *("match", "doubt", "person_id", "platform", "name", "address", "addresses", "shared", "identity_id"),
)
DECISIONS: Final = (
    *("verdict", "decided_at", "decided_by", "one", "one_platform", "one_name", "one_address"),
    *("other", "other_platform", "other_name", "other_address"),
)
IMPORTS: Final = (
    *("id", "kind", "state", "everybody", "by_itself", "started_at", "finished_at", "read", "added", "changed"),
    *("merged", "removed", "ambiguous", "skipped", "error"),
)
LICENSES: Final = ("what", "count")
POLICY: Final = ("what", "value")
HEALTH: Final = ("what", "name", "value", "at", "remedy")

_BLANK: Final = ("\t", "\r", "\n")
_FORMULA: Final = re.compile(r"(^|[;\t\r\n])(\s*[=+\-@＝＋－＠])")
"""Also after what is the end of a cell where commas are decimal signs, and in the wide letters of Asian keyboards."""


def user_row(each: AdminUser) -> tuple[object, ...]:
    """A User in the order of USERS."""
    user, connection = each.user, each.connection
    return (
        *(user.username, user.display_name, user.email, user.role.value, " ".join(user.licenses)),
        *(user.job_title, user.department, _yes_no(user.suspended), _yes_no(each.has_second_factor)),
        *(connection.state.value, connection.microsoft_username, connection.since, connection.reason),
        each.microsoft_number,
    )


def connection_row(each: AdminUser) -> tuple[object, ...]:
    """An agent in the order of CONNECTIONS: who is connected to which Microsoft user since when."""
    user, its = each.user, each.connection
    return (
        *(user.username, user.display_name, its.state.value, its.microsoft_username, its.microsoft_name),
        *(its.since and its.since.isoformat(), its.reason, its.remedy, each.microsoft_number),
    )


def contact_rows(person: Person) -> Iterator[tuple[object, ...]]:
    """A Person in the order of CONTACTS, with a row for each Identity."""
    for each in person.identities:
        names = (person.id, person.display_name, each.platform.value, each.display_name)
        yield (*names, each.address, each.job_title, each.department, each.id)


def match_rows(match: Match) -> Iterator[tuple[object, ...]]:
    """What is to be decided in the order of MATCHES, with a row for each account."""
    for side in match.sides:
        its = side.identity
        whose = (match.id, match.words, side.person_id, its.platform.value, its.display_name, its.address)
        yield (*whose, " ".join(side.addresses), " ".join(match.shared), its.id)


def decision_row(decision: DecisionView, decider: User | None) -> tuple[object, ...]:
    """A decision in the order of DECISIONS; who decided at the console is the operator, who is gone an id."""
    by = decider.username if decider else decision.decided_by or CONSOLE.name
    row: tuple[object, ...] = (decision.verdict.value, decision.decided_at.isoformat(), by)
    for each in (decision.one, decision.other):
        row = (*row, each.id, each.platform.value, each.display_name, each.address)
    return row


def import_row(each: ImportView) -> tuple[object, ...]:
    """An import in the order of IMPORTS."""
    finished = each.finished_at and each.finished_at.isoformat()
    skipped = sum(reason.count for reason in each.skipped)
    return (
        *(each.id, each.kind.value, each.state.value, _yes_no(each.is_full), _yes_no(each.is_scheduled)),
        *(each.started_at.isoformat(), finished, each.read, each.added, each.changed),
        *(each.merged, each.removed, each.ambiguous, skipped, each.error),
    )


def policy_rows(policy: ContactPolicy) -> Iterator[tuple[object, ...]]:
    """Whom agents may contact, in the order of POLICY."""
    for each in policy.domains or ["all"]:
        yield ("domain", each)
    yield ("guests", _yes_no(policy.guests))


def agent_rows(agent: AgentHealth) -> Iterator[tuple[object, ...]]:
    """An agent's connection and subscriptions in the order of HEALTH."""
    its, name = agent.connection, agent.display_name
    yield ("connection", name, its.state.value, its.since and its.since.isoformat(), its.remedy)
    for kind, until in (("chat_messages", agent.messages_until), ("presence", agent.presence_until)):
        if until is not None:
            yield ("subscription", name, kind, until.isoformat(), None)
    for what, at in (("asked to wait until", agent.asked_to_wait_until), ("not told", agent.not_told_at)):
        if at is not None:
            yield (what, name, None, at.isoformat(), None)


def health_rows(health: HealthView) -> Iterator[tuple[object, ...]]:
    """What is above the agents on the page, in the order of HEALTH."""
    for queue in health.queues:
        oldest = queue.oldest_at.isoformat() if queue.oldest_at else None
        yield ("queue", queue.name, queue.length, oldest, None)
    for name, delay in (("at Microsoft", health.delay_at_microsoft), ("here", health.delay_here)):
        newest = delay.newest_at and delay.newest_at.isoformat()
        yield ("delay p50 seconds", name, delay.p50_seconds, newest, None)
        yield ("delay p99 seconds", name, delay.p99_seconds, newest, None)
        yield (f"delays in {delay.hours} h", name, delay.samples, newest, None)
    yield ("agents asked to wait", None, health.agents_asked_to_wait, None, None)
    yield ("agents not told", None, health.agents_not_told, None, None)
    yield ("users online", None, health.users_online, None, None)
    for name, at in (("secret expires", health.secret_expires_at), ("certificate made", health.certificate_made_at)):
        yield (name, None, None, at.isoformat() if at else None, None)
    if app := health.app_certificate:
        yield ("app certificate expires", None, None, app.expires_at and app.expires_at.isoformat(), app.problem)
    latest = health.last_import
    finished = latest.finished_at.isoformat() if latest and latest.finished_at else None
    yield ("last import", None, latest.state if latest else "none", finished, None)


def audit_row(entry: Entry) -> tuple[object, ...]:
    """An entry in the order of AUDIT."""
    detail = "; ".join(f"{name}: {value}" for name, value in entry.detail.items())
    return (
        *(entry.number, entry.at and entry.at.isoformat(), entry.action.value, entry.who, entry.who_id, entry.origin),
        *(entry.whom, entry.whom_id, detail, entry.hash),
    )


def line(cells: Sequence[object]) -> str:
    """One line; what a spreadsheet would take for a formula is made text."""
    out = io.StringIO()
    csv.writer(out).writerow([harmless(cell) for cell in cells])
    return out.getvalue()


def csv_answer(name: str, heads: Sequence[str], rows: AsyncIterable[Sequence[object]]) -> StreamingResponse:
    """A file to save, in UTF-8 with the mark by which spreadsheets know it; written as its rows come."""

    async def lines() -> AsyncIterator[bytes]:
        yield ("\ufeff" + line(heads)).encode()
        async for row in rows:
            yield line(row).encode()

    headers = {"content-disposition": f'attachment; filename="{name}.csv"', "cache-control": "no-store"}
    return StreamingResponse(or_break_off(lines()), media_type="text/csv; charset=utf-8", headers=headers)


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


def harmless(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula: people choose their own names."""
    text = "" if cell is None else str(cell)
    marked = _FORMULA.sub(r"\1'\2", text)
    return f"'{marked}" if marked.startswith(_BLANK) else marked
