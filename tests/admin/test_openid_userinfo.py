"""What a provider tells about people beside the id_token, plainly or in a signed token: honest, or for nobody."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as some
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from deskbridge.admin.openid import Claims, Discovery, OpenId
from deskbridge.errors import SingleSignOnFailed
from support.lying_provider import (
    ACCESS,
    JSON,
    KEYS,
    LIES,
    READER,
    TOLD,
    UNNAMED,
    WHERE,
    Answer,
    says,
    token,
    who,
)


async def test_what_is_not_in_the_token_is_looked_up_with_the_access_token() -> None:
    honest = Answer(json.dumps(TOLD).encode())
    found = await honest.provider().look_up(WHERE, UNNAMED, ACCESS, READER)
    assert found == replace(UNNAMED, names=frozenset({"anne@contoso.example", "anne"}))
    assert (honest.asked, honest.sent["authorization"]) == (["/userinfo"], f"Bearer {ACCESS}")


@pytest.mark.parametrize("told", [{**TOLD, "sub": "248289761002"}, {"email": "anne@contoso.example"}, {"sub": None}])
async def test_what_is_told_about_somebody_else_counts_for_nobody(told: Any) -> None:
    with pytest.raises(SingleSignOnFailed):
        await says(told).look_up(WHERE, UNNAMED, ACCESS, READER)


async def test_a_token_that_is_not_taken_there_tells_nothing() -> None:
    with pytest.raises(SingleSignOnFailed):
        await Answer(json.dumps(TOLD).encode(), 401).provider().look_up(WHERE, UNNAMED, ACCESS, READER)


async def test_an_address_is_vouched_for_by_neither_or_by_none() -> None:
    unproved = await says({**TOLD, "email_verified": False}).look_up(WHERE, UNNAMED, ACCESS, READER)
    assert unproved.names == {"anne"}
    disowned = await who(token(email_verified=False))
    proved = await says({**TOLD, "email_verified": True}).look_up(WHERE, disowned, ACCESS, READER)
    assert proved.names == {"anne"}


async def told_as(said: str, kind: str = "application/jwt; charset=utf-8") -> Claims:
    """Who the provider says it is at its userinfo endpoint, in a token; its keys are honest."""

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        is_keys = scope["path"] == "/keys"
        answer = JSONResponse(KEYS) if is_keys else Response(said, headers={"content-type": kind})
        await answer(scope, receive, send)

    provider = OpenId(httpx.AsyncClient(transport=httpx.ASGITransport(answers)))
    return await provider.look_up(WHERE, UNNAMED, ACCESS, READER)


async def test_what_is_told_in_a_signed_token_counts_as_what_is_told_plainly() -> None:
    found = await told_as(token(preferred_username="anne", nonce=None, iat=None, exp=None))
    assert found == replace(UNNAMED, names=frozenset({"anne@contoso.example", "anne"}))


@pytest.mark.parametrize(
    "said",
    [
        *LIES,
        pytest.param(token(sub="248289761002"), id="about somebody else"),
        pytest.param(token(sub=None), id="about nobody"),
        pytest.param(token(exp="tomorrow"), id="expiring some day"),
        pytest.param("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkExMjhHQ00ifQ.a.b.c.d", id="encrypted"),
        pytest.param(json.dumps({"sub": "248289761001"}), id="a token by name only"),
        pytest.param("é", id="no text of a token"),
    ],
)
async def test_what_is_told_in_a_token_that_lies_counts_for_nobody(said: str) -> None:
    with pytest.raises(SingleSignOnFailed):
        await told_as(said)


@pytest.mark.parametrize(
    ("where", "access"),
    [(replace(WHERE, userinfo_endpoint=None), ACCESS), (WHERE, None), (WHERE, ""), (WHERE, "a\r\nb"), (WHERE, "é")],
)
async def test_nobody_is_asked_without_an_address_or_a_token(where: Discovery, access: str | None) -> None:
    silent = Answer(b"")
    assert await silent.provider().look_up(where, UNNAMED, access, READER) == UNNAMED
    assert silent.asked == []


@given(
    JSON | some.dictionaries(some.sampled_from([*TOLD, "email_verified", "upn"]), JSON).map(lambda more: TOLD | more)
)
async def test_whatever_is_told_about_people_is_read_or_refused(told: Any) -> None:
    try:
        found = await says(told).look_up(WHERE, UNNAMED, ACCESS, READER)
    except SingleSignOnFailed:
        return
    assert told["sub"] == found.subject
    assert all(isinstance(each, str) and each for each in found.names)
