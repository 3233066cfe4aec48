"""What the API's own description allows and forbids, made up by schemathesis, and sent by people of every role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import requests
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

NAMES_MICROSOFT: Final = ("microsoft", "sign-in service")
"""503 is said of what is away: no Microsoft tenant is set up here, and the provider of an invented address."""
DESCRIBED: Final = (
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


@dataclass(frozen=True, slots=True)
class Sent:
    """One request, whether the description allows it, and which operation it is of."""

    label: str
    case: Case
    is_allowed: bool


def cases(operation: Any, each: int, ids: dict[str, str]) -> Iterator[Sent]:
    """So many of what its description allows, the same with ids of things that are there, and what it forbids."""
    for mode in _modes(operation):
        is_allowed = mode is GenerationMode.POSITIVE
        for case in _examples(operation, mode, each):
            yield Sent(operation.label, case, is_allowed)
            if is_allowed:
                yield Sent(operation.label, _about_something(operation, case, ids), is_allowed)


def _modes(operation: Any) -> tuple[GenerationMode, ...]:
    given_ = operation.definition.raw
    is_free = "requestBody" not in given_ and all(each["in"] == "path" for each in given_.get("parameters", []))
    # Of an id alone nothing is forbidden, and to find that out takes longer than all else.
    return (GenerationMode.POSITIVE,) if is_free else tuple(GenerationMode)


def _examples(operation: Any, mode: GenerationMode, each: int) -> list[Case]:
    found: list[Case] = []

    # The seed is fixed, so that what fails fails again.
    @seed(1)
    @settings(
        max_examples=each,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(mode))
    def collect(case: Case) -> None:
        found.append(case)

    try:
        collect()
    except Unsatisfiable:
        return []  # Nothing could be wrong in it.
    return found


def _about_something(operation: Any, case: Case, ids: dict[str, str]) -> Case:
    there = {name: ids.get(name, value) for name, value in (case.path_parameters or {}).items()}
    about: Case = operation.Case(
        method=case.method,
        path_parameters=there,
        headers=case.headers,
        query=case.query,
        body=ids["text/csv"] if case.media_type == "text/csv" else _with_ids(case.body, ids),
        media_type=case.media_type,
    )
    return about


def _with_ids(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_with_ids(each, ids) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _id_for(name, each, ids) for name, each in value.items()}


def _id_for(name: str, value: Any, ids: dict[str, str]) -> Any:
    if name.endswith("_ids") and (one := ids.get(name.removesuffix("s"))):
        return [one, *value[1:]] if isinstance(value, list) else value
    return ids[name] if name in ids and isinstance(value, str) else _with_ids(value, ids)


@dataclass(slots=True)
class Caller:
    """Somebody who sends what is given, and signs in again when it has signed them out; `username` None: a stranger."""

    base: str
    username: str | None
    later: Callable[[], None]
    """Ten wrong passwords lock a name: this much later it is free again."""
    wrong: list[str] = field(default_factory=list)
    seen: dict[str, set[str]] = field(default_factory=dict)
    """The codes of refusals and the statuses of all else, by operation."""
    _session: requests.Session = field(default_factory=requests.Session)

    def sign_in(self) -> None:
        """With the password that all have."""
        if self.username is None:
            return
        self.later()
        self._session.cookies.clear()
        body = {"username": self.username, "password": "correct horse"}
        answer = self._session.post(f"{self.base}/api/v1/session", json=body, timeout=30)
        assert answer.status_code == 201, (self.username, answer.text)

    def send(self, sent: Sent) -> None:
        """What is not as it is described is remembered as wrong."""
        answer = self._send(sent)
        if answer.status_code == 401 and self.username and "not_signed_in" in answer.text:
            self.sign_in()
            answer = self._send(sent)
        outcome = answer.json().get("code", "") if answer.status_code >= 400 else str(answer.status_code)
        self.seen.setdefault(sent.label, set()).add(outcome)
        problem = _fault(answer) or self._undescribed(sent, answer)
        if problem:
            self.wrong.append(f"{self.username}: {sent.label} → {answer.status_code}\n{sent.case.body!r}\n{problem}")

    def _send(self, sent: Sent) -> requests.Response:
        given_ = sent.case.as_transport_kwargs(base_url=self.base)
        # A cookie that was made up would take the place of the session.
        given_.pop("cookies", None)
        if self.username is None:
            self._session.cookies.clear()
        return self._session.request(**given_, timeout=30, allow_redirects=False)

    def _undescribed(self, sent: Sent, answer: requests.Response) -> str | None:
        # Who may not do it is told so before anybody looks at what was wrong with it.
        checks = DESCRIBED if sent.is_allowed else (*DESCRIBED, negative_data_rejection)
        try:
            sent.case.validate_response(answer, checks=list(checks))
        except FailureGroup as found:
            return "\n".join(str(each) for each in found.exceptions)
        return None


def _fault(answer: requests.Response) -> str | None:
    text = answer.text
    if answer.status_code >= 500 and not (answer.status_code == 503 and any(each in text for each in NAMES_MICROSOFT)):
        return f"our fault: {text[:300]}"
    if answer.status_code >= 400 and set(answer.json()) != {"code", "message"}:
        return f"without a sentence: {text[:300]}"
    return None
