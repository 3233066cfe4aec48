"""What MSAL asks the identity platform over: with time-outs, certificates of the settings, no answer without end.

Discovery is answered from memory for an hour, and not asked for again before the authority wants to be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import requests

from deskbridge.clock import Clock
from deskbridge.proxy import create_session, proxy_of
from deskbridge.settings import Settings
from deskbridge.teams.graph import MOST_BYTES
from deskbridge.teams.graph_errors import seconds_or_date

_WITHIN: Final = 10
_KEEP_DISCOVERY: Final = timedelta(hours=1)
_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class AuthorityAnswer:
    """What MSAL looks at of an answer."""

    status_code: int
    text: str
    headers: Mapping[str, str]

    def raise_for_status(self) -> None:
        """Raises requests.HTTPError where it is a refusal."""
        if self.status_code >= 400:
            raise requests.HTTPError(f"status {self.status_code}")


class AuthorityHttp:
    """One for a process; MSAL calls it from threads."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._session = create_session(proxy_of(settings))
        if settings.microsoft_ca_file:
            self._session.verify = str(settings.microsoft_ca_file)
        self._clock = clock
        self._documents: dict[str, tuple[datetime, AuthorityAnswer]] = {}
        self._not_before: dict[str, datetime] = {}

    def get(self, url: str, **given: Any) -> AuthorityAnswer:
        """Read a document of the authority; raises requests.RequestException."""
        now = self._clock()
        known = self._documents.get(url)
        if known and known[0] > now - _KEEP_DISCOVERY:
            return known[1]
        if self._not_before.get(url, now) > now:
            raise requests.HTTPError("The authority wants to be asked later.")
        answer = self._asked("GET", url, given)
        if answer.status_code < 400:
            self._documents[url] = (now, answer)
        return answer

    def post(self, url: str, **given: Any) -> AuthorityAnswer:
        """Ask for a token; raises requests.RequestException."""
        return self._asked("POST", url, given)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _asked(self, method: str, url: str, given: Mapping[str, Any]) -> AuthorityAnswer:
        with self._session.request(method, url, **{"timeout": _WITHIN, **given, "stream": True}) as answer:
            if answer.status_code == 407:
                raise requests.exceptions.ProxyError("status 407")
            if answer.status_code >= 500 or answer.status_code == 429:
                wait = seconds_or_date(answer.headers.get("Retry-After", ""), answer.headers.get("Date", ""))
                if method == "GET" and wait:
                    self._not_before[url] = self._clock() + wait
                raise requests.HTTPError(f"status {answer.status_code}")
            return AuthorityAnswer(answer.status_code, _whole(answer), answer.headers)


def _whole(answer: requests.Response) -> str:
    read = bytearray()
    for chunk in answer.iter_content(_CHUNK):
        read += chunk
        if len(read) > MOST_BYTES:
            raise requests.ConnectionError("More than we read.")
    return read.decode("utf-8", "replace")
