"""A provider that lies: whatever it says, nobody gets in with it, and nothing of ours breaks or gets out."""

from __future__ import annotations

import asyncio
import gzip
import json
from base64 import b64decode
from dataclasses import replace
from typing import Any

import httpx
import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as some
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from deskbridge.admin.openid import MOST_BYTES, Claims, Discovery, OpenId
from deskbridge.errors import DeskbridgeError, SingleSignOnFailed, Unavailable
from support.lying_provider import (
    ANOTHER_KEY,
    CLIENT,
    HONEST,
    ISSUER,
    KEY,
    KEYS,
    NONCE,
    NOW,
    SECRET,
    WAYS,
    WHERE,
    Answer,
    says,
    token,
    who,
)


async def test_an_honest_token_says_who_it_is() -> None:
    claims = await who(token())
    assert (claims.subject, claims.names) == ("248289761001", {"anne@contoso.example"})


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(token(ANOTHER_KEY), id="signed by somebody else"),
        pytest.param(token(kid="2"), id="signed with a key that the provider does not have"),
        pytest.param(token(None, "none"), id="not signed"),
        pytest.param(token(SECRET, "HS256"), id="signed with our secret"),
        pytest.param(token(iss="https://other.example"), id="of another provider"),
        pytest.param(token(iss=None), id="of no provider"),
        pytest.param(token(aud="another-app"), id="for another app"),
        pytest.param(token(aud=None), id="for no app"),
        pytest.param(token(azp="another-app"), id="asked for by another app"),
        pytest.param(token(exp=int(NOW.timestamp()) - 301), id="expired"),
        pytest.param(token(exp=None), id="never expiring"),
        pytest.param(token(iat=int(NOW.timestamp()) + 301), id="of tomorrow"),
        pytest.param(token(nonce="another"), id="of another sign-in"),
        pytest.param(token(nonce=None), id="of no sign-in"),
        pytest.param(token(sub=None), id="of nobody"),
        pytest.param(token()[:-4] + "AAAA", id="changed on the way"),
        pytest.param("eyJhbGciOiJSUzI1NiJ9", id="half of one"),
    ],
)
async def test_a_token_that_lies_proves_nobody(said: str) -> None:
    with pytest.raises(SingleSignOnFailed):
        await who(said)


@pytest.mark.parametrize("said", [False, "false", "no", 0])
async def test_an_address_that_the_provider_does_not_vouch_for_names_nobody(said: Any) -> None:
    assert (await who(token(email_verified=said))).names == frozenset()
    assert (await who(token(email_verified="true"))).names == {"anne@contoso.example"}


async def test_where_there_is_one_key_a_token_need_not_name_it() -> None:
    nameless = jwt.encode(HONEST, KEY, "RS256")
    assert (await who(nameless)).subject == "248289761001"
    another = {**KEYS["keys"][0], "kid": "2"}
    with pytest.raises(SingleSignOnFailed):
        await says({"keys": [*KEYS["keys"], another]}).verify(WHERE, nameless, CLIENT, NONCE, NOW)


DISCOVERED = {
    "issuer": ISSUER,
    "authorization_endpoint": WHERE.authorization_endpoint,
    "token_endpoint": WHERE.token_endpoint,
    "jwks_uri": WHERE.jwks_uri,
    "userinfo_endpoint": WHERE.userinfo_endpoint,
    "token_endpoint_auth_methods_supported": ["private_key_jwt", *WAYS],
}


async def test_an_honest_provider_is_found() -> None:
    assert await says(DISCOVERED).discover(ISSUER) == WHERE
    without = await says(DISCOVERED | {"userinfo_endpoint": None}).discover(ISSUER)
    assert without == replace(WHERE, userinfo_endpoint=None)


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"])
async def test_secrets_go_nowhere_without_https(name: str) -> None:
    lying = DISCOVERED | {name: "http://169.254.169.254/latest/meta-data"}
    with pytest.raises(SingleSignOnFailed, match="https"):
        await says(lying).discover(ISSUER)


async def test_a_provider_does_not_speak_for_another() -> None:
    with pytest.raises(SingleSignOnFailed, match="calls itself"):
        await says(DISCOVERED | {"issuer": "https://other.example"}).discover(ISSUER)


ODD = {
    "deep": Answer(b"[" * 200_000 + b"]" * 200_000),
    "endless": Answer(b" " * (MOST_BYTES + 1)),
    "packed": Answer(gzip.compress(json.dumps(DISCOVERED).encode()), headers={"content-encoding": "gzip"}),
    "no JSON": Answer(b"<html>"),
    "no text": Answer(b"\xff\xfe\x00"),
    "leads elsewhere": Answer(b"", 302, {"location": "https://169.254.169.254/"}),
    "a list": Answer(b"[]"),
}


@pytest.mark.parametrize("what", ODD)
async def test_an_odd_answer_is_refused(what: str) -> None:
    odd = ODD[what]
    with pytest.raises(SingleSignOnFailed):
        await odd.provider().discover(ISSUER)
    with pytest.raises((SingleSignOnFailed, Unavailable)):
        await odd.provider().redeem(WHERE, {})
    with pytest.raises(SingleSignOnFailed):
        await odd.provider().look_up(WHERE, UNNAMED, ACCESS, READER)
    assert odd.asked == ["/.well-known/openid-configuration", "/token", "/userinfo"]


async def test_nobody_waits_for_an_answer_that_never_ends() -> None:
    async def slow(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.Event().wait()

    provider = OpenId(httpx.AsyncClient(transport=httpx.ASGITransport(slow)), within=0.01)
    with pytest.raises(Unavailable):
        await provider.look_up(WHERE, UNNAMED, ACCESS, READER)


UNNAMED = Claims("248289761001", frozenset())
ACCESS = "the-access-token"
READER = (CLIENT, NOW)
TOLD = {"sub": "248289761001", "email": "Anne@contoso.example", "preferred_username": "anne"}


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
        pytest.param(token(ANOTHER_KEY), id="signed by somebody else"),
        pytest.param(token(kid="2"), id="signed with a key that the provider does not have"),
        pytest.param(token(None, "none"), id="not signed"),
        pytest.param(token(SECRET, "HS256"), id="signed with our secret"),
        pytest.param(token(iss="https://other.example"), id="of another provider"),
        pytest.param(token(iss=None), id="of no provider"),
        pytest.param(token(aud="another-app"), id="for another app"),
        pytest.param(token(aud=None), id="for no app"),
        pytest.param(token(sub="248289761002"), id="about somebody else"),
        pytest.param(token(sub=None), id="about nobody"),
        pytest.param(token(exp=int(NOW.timestamp()) - 301), id="expired"),
        pytest.param(token(exp="tomorrow"), id="expiring some day"),
        pytest.param(token(iat=int(NOW.timestamp()) + 301), id="of tomorrow"),
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


async def test_what_was_said_instead_of_a_token_is_not_logged() -> None:
    said = {"access_token": "the-secret-token", "refresh_token": "another-secret", "error": "invalid_grant"}
    with capture_logs() as logs, pytest.raises(SingleSignOnFailed):
        await says(said).redeem(WHERE, {})
    assert "invalid_grant" in str(logs)
    assert "secret" not in str(logs)


@pytest.mark.parametrize(
    ("said", "ways"),
    [
        # OpenID Connect Discovery 3: this is meant where nothing is said.
        ({}, ("client_secret_basic",)),
        ({"token_endpoint_auth_methods_supported": ["client_secret_post"]}, ("client_secret_post",)),
        ({"token_endpoint_auth_methods_supported": ["none"]}, WAYS),
        ({"token_endpoint_auth_methods_supported": 7}, WAYS),
    ],
)
async def test_a_provider_says_how_it_takes_our_secret(said: Any, ways: tuple[str, ...]) -> None:
    silent = {name: each for name, each in DISCOVERED.items() if name != "token_endpoint_auth_methods_supported"}
    assert (await says(silent | said).discover(ISSUER)).secret_goes == ways


async def test_where_a_client_may_use_one_way_only_it_is_found() -> None:
    came: list[str] = []

    async def strict(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        came.append(request.headers.get("authorization", (await request.body()).decode()))
        is_taken = came[-1].startswith("Basic ")
        answer = {"id_token": "one"} if is_taken else {"error": "invalid_client"}
        await JSONResponse(answer, 200 if is_taken else 401)(scope, receive, send)

    provider = OpenId(httpx.AsyncClient(transport=httpx.ASGITransport(strict)))
    form = {"client_id": "desk bridge", "client_secret": "a:b+c%é", "code": "1"}
    assert (await provider.redeem(WHERE, form)).id_token == "one"
    assert len(came) == 2
    # RFC 6749 2.3.1
    assert b64decode(came[1].removeprefix("Basic ")) == b"desk+bridge:a%3Ab%2Bc%25%C3%A9"


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    max_leaves=8,
)


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


@given(some.dictionaries(some.sampled_from([*HONEST, "azp", "email_verified", "auth_time", "upn"]), JSON))
async def test_whatever_a_signed_token_claims_it_is_read_or_refused(claims: dict[str, Any]) -> None:
    try:
        said = token(**claims)
    except (TypeError, ValueError, jwt.PyJWTError):
        return
    try:
        found = await who(said)
    except DeskbridgeError:
        return
    assert found.subject
    assert claims.get("nonce", NONCE) == NONCE
    assert claims.get("iss", ISSUER) == ISSUER
