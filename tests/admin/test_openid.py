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
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from deskbridge.admin.openid import MOST_BYTES, OpenId
from deskbridge.errors import DeskbridgeError, SingleSignOnFailed, Unavailable
from support.lying_provider import (
    ACCESS,
    CLIENT,
    HONEST,
    ISSUER,
    JSON,
    KEY,
    KEYS,
    LIES,
    NONCE,
    NOW,
    READER,
    UNNAMED,
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
        *LIES,
        pytest.param(token(azp="another-app"), id="asked for by another app"),
        pytest.param(token(exp=None), id="never expiring"),
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
