"""What guards every request, whatever it asks for: origin, size, form, and the headers of every answer."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from deskbridge.api.desk import Desk
from support.agents import Agent
from support.builders import make_account, make_user

Browsers = Callable[[], Agent]
JSON = {"content-type": "application/json"}


@pytest.fixture
async def anne(desk: Desk, browser_of: Browsers) -> Agent:
    """Anne, signed in."""
    await make_user(desk, await make_account(desk))
    browser = browser_of()
    await browser.sign_in("anne")
    return browser


async def test_another_web_site_cannot_act_in_the_user_s_name(anne: Agent) -> None:
    for headers in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": anne.base.replace("http", "https")},
        {"sec-fetch-site": "cross-site"},
    ):
        refused = await anne.refused("PUT", "/me/status", json={"status": "Busy"}, headers=headers)
        assert refused == (403, "wrong_origin"), headers
    for headers in ({}, {"origin": anne.base}, {"sec-fetch-site": "same-origin"}):
        await anne.call("PUT", "/me/status", json={"status": "Busy"}, headers=headers)
    assert (await anne.http.get("/api/v1/workspace", headers={"sec-fetch-site": "cross-site"})).status_code == 200


async def test_a_body_that_is_too_large_is_refused_however_it_is_sent(anne: Agent) -> None:
    body = b'{"status":"' + b"x" * 1_000_001 + b'"}'

    async def in_parts() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    assert await anne.refused("PUT", "/me/status", content=body, headers=JSON) == (413, "request_too_large")
    assert await anne.refused("PUT", "/me/status", content=in_parts(), headers=JSON) == (413, "request_too_large")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", (400, "bad_request")),
        (b"", (422, "invalid")),
        (b"[]", (422, "invalid")),
        (b"null", (422, "invalid")),
        (b'"Busy"', (422, "invalid")),
        (b'{"status":"Asleep"}', (422, "invalid")),
        (b'{"status":"Busy","more":1}', (422, "invalid")),
        (b'{"status":"\xff"}', (400, "bad_request")),
        (b"[" * 100_000, (400, "bad_request")),
        (b'{"status":"\\ud800"}', (422, "invalid")),
    ],
)
@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_whatever_body_comes_is_answered_in_words(anne: Agent, content: bytes, expected: tuple[int, str]) -> None:
    assert await anne.refused("PUT", "/me/status", content=content, headers=JSON) == expected


async def test_text_that_no_database_keeps_is_refused_not_stumbled_over(anne: Agent) -> None:
    """PostgreSQL takes no NUL, and no number beyond its own."""
    bad: list[tuple[str, dict[str, Any]]] = [
        ("/people/a%00b", {}),
        ("/people", {"params": {"q": "a\x00@b"}}),
        ("/presence", {"params": {"person_id": "\x00"}}),
        ("/conversations/%00/messages", {}),
        ("/conversations/x/messages", {"params": {"before": 10**30}}),
    ]
    for path, options in bad:
        answer = await anne.http.get(f"/api/v1{path}", **options)
        assert answer.status_code < 500, (path, answer.text)
    sign_in = {"username": "a\x00b", "password": "x"}
    assert (await anne.refused("POST", "/session", json=sign_in))[0] in {400, 401, 422}
    assert (await anne.refused("POST", "/session", json={"username": "ß" * 320, "password": "x"}))[0] == 401


async def test_unknown_addresses_and_methods_are_answered_in_words(anne: Agent) -> None:
    assert await anne.refused("GET", "/nothing") == (404, "not_found")
    assert await anne.refused("GET", "/people/x/y/z") == (404, "not_found")
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        assert await anne.refused(method, "/nothing") == (404, "not_found"), method
        assert await anne.refused(method, "/people/x/y/z") == (404, "not_found"), method
    assert await anne.refused("TRACE", "/people") == (405, "method_not_allowed")
    assert await anne.refused("PUT", "/people") == (405, "method_not_allowed")
    assert await anne.refused("DELETE", "/workspace") == (405, "method_not_allowed")
    answer = await anne.http.put("/api/v1/people")
    assert answer.headers["allow"] == "GET"


async def test_every_answer_carries_the_headers_that_browsers_heed(anne: Agent) -> None:
    for path, status in (("/api/v1/workspace", 200), ("/api/v1/nothing", 404), ("/healthz", 200)):
        answer = await anne.http.get(path)
        assert answer.status_code == status
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-request-id"])
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        policy = "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
        assert answer.headers["content-security-policy"] == policy
        assert "server" not in answer.headers or "uvicorn" in answer.headers["server"]
    refused = await anne.http.put("/api/v1/me/status", headers={"origin": "https://evil.example"})
    assert refused.headers["x-content-type-options"] == "nosniff"


async def test_a_password_in_a_refused_request_is_not_repeated(anne: Agent) -> None:
    answer = await anne.http.post("/api/v1/session", json={"username": "", "password": "very secret"})

    assert answer.status_code == 422
    assert "very secret" not in answer.text
