"""Everything that parses bytes from outside, given bytes that nobody sane would send: it answers, and never falls."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskbridge.admin import csv_file
from deskbridge.conversations.safe_html import to_text
from deskbridge.errors import BadFile, DeskbridgeError
from deskbridge.storage.database import Database
from deskbridge.teams.encryption import CannotOpen, load_private_key, make_certificate, open_content
from deskbridge.teams.html import sanitize
from deskbridge.teams.ids import TenantId
from deskbridge.teams.keys import BadToken, SigningKeys
from deskbridge.teams.notifications import Notifications
from deskbridge.teams.resources import ChatMessage, EncryptedContent, NotificationBatch, Unreadable, UserPage, parse
from deskbridge.teams.translate import message_from_graph
from deskbridge.teams.validation_tokens import ValidationTokens

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FEW = settings(max_examples=80, deadline=None)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(
    ["value", "id", "resource", "clientState", "tenantId", "encryptedContent", "body", "content", "contentType", "from"]
)
likely = st.recursive(
    st.none() | st.integers() | st.text(max_size=20) | st.just("2026-03-01T00:00:00Z"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=6),
    max_leaves=16,
)
bodies = (
    st.binary(max_size=200)
    | (anything | likely).map(lambda value: json.dumps(value).encode())
    | st.sampled_from([b"[" * 100_000, b'{"value":' * 50_000, b'{"value":[{"clientState":"\xff"}]}', b"\xef\xbb\xbf{}"])
)


@FEW
@given(bodies)
def test_whatever_microsoft_is_said_to_have_sent_is_parsed_or_unreadable(body: bytes) -> None:
    for shape in (NotificationBatch, ChatMessage, UserPage):
        try:
            found = parse(shape, body)
        except Unreadable:
            continue
        if isinstance(found, ChatMessage):
            try:
                message_from_graph(found, None)
            except Unreadable:
                continue


@settings(FEW, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=bodies, query=st.binary(max_size=60))
async def test_the_webhook_answers_every_body_and_query(db: Database, body: bytes, query: bytes) -> None:
    told: list[dict[str, Any]] = []

    async def nobody(told: object, proofs: object) -> None:
        raise AssertionError("Nothing here was proved.")

    webhook = Notifications(db, lambda: NOW, nobody)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        told.append(message)

    scope = {"type": "http", "method": "POST", "path": "/notifications", "query_string": query, "headers": []}
    await webhook(scope, receive, send)
    assert told[0]["status"] in {200, 202, 400, 413}


@FEW
@given(st.text(max_size=300) | st.text(alphabet="<>/\"'=abcdehilmnoprstuvx &;:", max_size=300))
def test_nothing_of_any_html_runs(text: str) -> None:
    safe = sanitize(text)
    to_text(safe)
    shown = safe.casefold()
    assert "<script" not in shown
    assert "<iframe" not in shown
    assert "<style" not in shown


async def _away(address: str) -> bytes:
    return b'{"jwks_uri": "https://x/keys", "keys": []}'


tokens = st.text(max_size=80) | st.lists(st.binary(max_size=30).map(lambda part: part.hex()), max_size=4).map(".".join)


@FEW
@given(tokens)
async def test_no_invented_token_is_believed(token: str) -> None:
    keys = SigningKeys(_away, lambda: NOW, "https://login.example")
    try:
        await keys.verify(token, "us")
    except (BadToken, DeskbridgeError):
        return
    raise AssertionError(token)


@FEW
@given(st.lists(st.text(max_size=40), max_size=3).map(json.dumps))
async def test_no_invented_proof_is_right(proof: str) -> None:
    proofs = ValidationTokens(SigningKeys(_away, lambda: NOW, "https://login.example"), "us", lambda: NOW)
    assert not await proofs.are_right(proof, TenantId("tenant"))


@FEW
@given(st.binary(max_size=200) | st.text(alphabet='name,email;\t"\n\r@xé', max_size=200).map(str.encode))
def test_every_file_is_read_or_refused_in_words(content: bytes) -> None:
    try:
        text = csv_file.decode(content)
        csv_file.check(text)
        list(csv_file.rows(text))
    except BadFile:
        return


PRIVATE_KEY = load_private_key(make_certificate(NOW).private_key)


@FEW
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_content_that_nobody_encrypted_does_not_open(data: str, key: str, signature: str) -> None:
    content = EncryptedContent(data, key, signature)
    try:
        open_content(content, PRIVATE_KEY)
    except CannotOpen:
        return
    raise AssertionError(content)
