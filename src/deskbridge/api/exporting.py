"""Lists as CSV, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from starlette.responses import StreamingResponse

from deskbridge.api.models import AdminUser
from deskbridge.audit.model import Entry

USERS: Final = (
    *("username", "name", "email", "role", "licenses", "job_title", "department", "suspended", "second_factor"),
    *("teams", "microsoft_username", "connected_since", "reason", "microsoft_number"),
)
AUDIT: Final = ("number", "at", "action", "who", "who_id", "from", "whom", "whom_id", "detail", "hash")

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def user_row(each: AdminUser) -> tuple[object, ...]:
    """A User in the order of USERS."""
    user, connection = each.user, each.connection
    return (
        *(user.username, user.display_name, user.email, user.role.value, " ".join(user.licenses)),
        *(user.job_title, user.department, _yes_no(user.suspended), _yes_no(each.has_second_factor)),
        *(connection.state.value, connection.microsoft_username, connection.since, connection.reason),
        each.microsoft_number,
    )


def audit_row(entry: Entry) -> tuple[object, ...]:
    """An entry in the order of AUDIT."""
    detail = "; ".join(f"{name}: {value}" for name, value in entry.detail.items())
    return (
        *(entry.number, entry.at.isoformat(), entry.action.value, entry.who, entry.who_id, entry.origin),
        *(entry.whom, entry.whom_id, detail, entry.hash),
    )


def line(cells: Sequence[object]) -> str:
    """One line; what a spreadsheet would take for a formula is made text."""
    out = io.StringIO()
    csv.writer(out).writerow([_harmless(cell) for cell in cells])
    return out.getvalue()


def csv_answer(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingResponse:
    """A file to save, in UTF-8 with the mark by which spreadsheets know it."""

    def lines() -> Iterator[str]:
        yield "\ufeff" + line(heads)
        for row in rows:
            yield line(row)

    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


def _harmless(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text
