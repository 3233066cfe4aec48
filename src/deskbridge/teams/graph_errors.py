"""What can go wrong at Graph, translated in this one place (facts.md 8 and 10).

GraphTrouble
├── NotReached         the request never got there: it had no effect, try again later
├── NoAnswer           it may have had its effect: look before doing it again
├── Throttled          refused for now; `retry_after` says until when
└── Refused            understood and not done
    ├── Unauthorized   the token is not good (any more)
    ├── LicenseMissing the user has no Teams license
    ├── ScopeMissing   the app lacks a permission
    ├── NotMember      not in the chat, or blocked from it
    ├── Gone           it is not there (any more)
    ├── AlreadyThere   there is one already
    ├── TooLarge       Teams does not take messages of that size
    └── NoSpace        the OneDrive is full
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from deskbridge.teams.resources import ErrorBody, ErrorDetail, Unreadable, parse


class GraphTrouble(Exception):
    """Base of all."""


class NotReached(GraphTrouble):
    """The request never got there."""


class Throttled(GraphTrouble):
    """Too many requests; without `retry_after` back off by yourself."""

    def __init__(self, retry_after: timedelta | None) -> None:
        super().__init__(f"throttled for {retry_after}")
        self.retry_after = retry_after


class NoAnswer(GraphTrouble):
    """No answer, or only that something broke: it may have had its effect."""

    def __init__(self, why: str, retry_after: timedelta | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class Refused(GraphTrouble):
    """Graph says no; `code` is Microsoft's, the text is for logs."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message[:300]}")
        self.status = status
        self.code = code
        self.said = message


class Unauthorized(Refused):
    """401."""


class LicenseMissing(Refused):
    """403 in Teams' words for a user without a license (facts.md 2)."""


class ScopeMissing(Refused):
    """403 for an app without the permission."""


class NotMember(Refused):
    """403 `AclCheckFailed`: not in the chat, or blocked."""


class Gone(Refused):
    """404 and 410."""


class AlreadyThere(Refused):
    """409."""


class TooLarge(Refused):
    """413."""


class NoSpace(Refused):
    """507: the quota of a drive is used up."""


_BY_STATUS: dict[int, type[Refused]] = {
    401: Unauthorized,
    404: Gone,
    409: AlreadyThere,
    410: Gone,
    413: TooLarge,
    507: NoSpace,
}


def from_answer(answer: httpx.Response, body: bytes) -> GraphTrouble:
    """Which trouble an answer that is no success means."""
    if answer.status_code == 407:
        # Of the outgoing proxy: it has passed nothing on.
        return NotReached("status 407")
    if answer.status_code == 429:
        return Throttled(retry_after(answer.headers))
    if answer.status_code >= 500 and answer.status_code not in _BY_STATUS:
        return NoAnswer(f"status {answer.status_code}", retry_after(answer.headers))
    said = _said(body)
    kind = _BY_STATUS.get(answer.status_code, Refused)
    if answer.status_code == 403:
        kind = _forbidden(said)
    return kind(answer.status_code, said.code, said.message)


def _said(body: bytes) -> ErrorDetail:
    try:
        return parse(ErrorBody, body).error
    except Unreadable:
        return ErrorDetail()


def _forbidden(said: ErrorDetail) -> type[Refused]:
    # The code is `Forbidden` for all three; only the beginning of the sentence differs.
    if said.message.startswith("Failed to get license information"):
        return LicenseMissing
    if (
        said.message.startswith(("Missing scope permissions", "Missing role permissions"))
        or said.code == "Authorization_RequestDenied"
    ):
        return ScopeMissing
    return NotMember if "AclCheckFailed" in said.message else Refused


_BEFORE_IT_WAS_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


def from_transport(error: httpx.HTTPError) -> GraphTrouble:
    """Whether a request that broke can have had an effect; not where the proxy has made no way."""
    if isinstance(error, _BEFORE_IT_WAS_SENT):
        return NotReached(repr(error))
    return NoAnswer(repr(error))


def retry_after(headers: httpx.Headers) -> timedelta | None:
    """How long Microsoft asks us to wait."""
    return seconds_or_date(headers.get("retry-after", ""), headers.get("date", ""))


def seconds_or_date(wanted: str, date: str) -> timedelta | None:
    """What `Retry-After` says, seconds or a date, in an answer of that `Date`; at most a day."""
    given = wanted.strip()
    if given.isascii() and given.isdigit():
        return timedelta(seconds=min(int(given[:9]), 86_400))
    said, now = _date(given), _date(date)
    return min(max(said - now, timedelta()), timedelta(days=1)) if said and now else None


def date_of(headers: httpx.Headers) -> datetime | None:
    """Microsoft's clock, in whole seconds."""
    return _date(headers.get("date", ""))


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
