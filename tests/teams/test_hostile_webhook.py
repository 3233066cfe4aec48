"""The webhook under attack: from anybody, and from somebody who knows the secret of a subscription."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import os
from typing import Any, Final

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from prometheus_client import REGISTRY
from sqlalchemy import select

from deskbridge.teams import bodies
from deskbridge.teams.intake import MOST_PROOF
from deskbridge.teams.store import inbox
from teams.office import ROBIN, Office
from teams.road import Road
from teams.test_secrets import encrypted

WEBHOOK: Final = "/api/v1/webhooks/graph/notifications"
LIFECYCLE: Final = "/api/v1/webhooks/graph/lifecycle"
DEEP: Final = b"[" * 100_000
NOBODY: Final = "00000000-0000-0000-0000-000000000000"
EMPTY: Final = b'{"value":[]}'


def ended(outcome: str) -> float:
    """How much of what came has ended so."""
    return REGISTRY.get_sample_value("deskbridge_teams_notifications_total", {"outcome": outcome}) or 0.0


async def post(office: Office, body: Any, path: str = WEBHOOK, **headers: str) -> int:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (await office.anne.http.post(path, content=content, headers=headers)).status_code


async def raw(office: Office, request: bytes, *, is_whole: bool = True) -> bytes:
    """What is answered to exactly these bytes, until the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(office.desk.settings.public_url.rpartition(":")[2]))
    writer.write(request)
    if is_whole:
        writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


def request(path: str = WEBHOOK, *headers: str, method: str = "POST", body: bytes = b"{}") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: desk.example", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
class TestAnybody:
    """Whoever finds the address."""

    async def test_whatever_is_sent_is_answered_in_a_word(self, office: Office) -> None:
        surrogate = b'{"value":[{"clientState":"' + NOBODY.encode() + b'.\\ud800"}]}'
        for path in (WEBHOOK, LIFECYCLE):
            for body, status in (
                (b'{"x":' + DEEP + b"]" * 100_000 + b',"value":[]}', 400),
                (b'{"value":[{"x":' + DEEP + b"]" * 100_000 + b"}]}", 400),
                (b'{"validationTokens":' + DEEP + b"]" * 100_000 + b',"value":[]}', 400),
                (b'{"x":' + b"9" * 3_000_000 + b',"value":[]}', 202),
                (b'{"x":1e999999999,"value":[]}', 202),
                (b'{"value":[{"clientState":"a","clientState":"b"}],"value":[]}', 202),
                (surrogate, 400),
                (surrogate.replace(b"\\ud800", b"\\u0000"), 202),
                (b'{"value":[\0]}', 400),
                (b"\xef\xbb\xbf" + EMPTY, 400),
                (EMPTY.decode().encode("utf-16"), 400),
                (b'{"value":null}', 400),
                (gzip.compress(EMPTY), 400),
                (gzip.compress(b" " * 50_000_000), 400),
            ):
                assert await post(office, body, path) == status, (path, body[:60])
        for kind in ("text/html", "multipart/form-data; boundary=x", "application/xml"):
            assert await post(office, EMPTY, **{"Content-Type": kind}) == 202

    async def test_more_items_than_microsoft_sends_are_not_looked_at(self, office: Office) -> None:
        wrong = ended("wrong_client_state")
        assert await post(office, b'{"value":[' + b"{}," * bodies.MOST_OBJECTS + b"{}]}") == 413
        assert ended("wrong_client_state") == wrong
        as_many: list[Any] = [
            {"clientState": f"{NOBODY}.x", "resourceData": {}, "encryptedContent": None} for _ in range(5000)
        ]
        assert await post(office, {"value": as_many}) == 202
        assert ended("wrong_client_state") == wrong + 5000

    async def test_a_body_that_never_ends_is_not_waited_for(self, office: Office) -> None:
        office.desk.connector.notifications.bodies.read_within = 0.05
        for head in ("Content-Length: 1000", "Transfer-Encoding: chunked"):
            answer = await raw(office, request(WEBHOOK, head, body=b"5\r\n{"), is_whole=False)
            assert answer.startswith(b"HTTP/1.1 408 ")
        # What did come is not kept.
        assert await post(office, EMPTY) == 202

    async def test_bodies_that_are_not_whole_take_so_much_memory_and_no_more(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bodies, "MOST_AT_ONCE", 1000)
        answer = await raw(office, request(WEBHOOK, "Content-Length: 2000", body=b" " * 1001), is_whole=False)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert await post(office, EMPTY) == 202

    async def test_what_proxies_disagree_about_is_refused(self, office: Office) -> None:
        for headers, body in (
            (["Content-Length: 2", "Content-Length: 5"], b"{}"),
            (["Content-Length: 2", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
            (["Content-Length: -2"], b"{}"),
            (["Content-Length : 2"], b"{}"),
            (["Transfer-Encoding: chunked, x"], b"0\r\n\r\n"),
            (["Transfer-Encoding: chunked"], b"FFFFFFFFFFFFFFFFFFFF\r\n{}"),
        ):
            assert (await raw(office, request(WEBHOOK, *headers, body=body))).startswith(b"HTTP/1.1 400 "), headers

    async def test_nothing_else_answers_there(self, office: Office) -> None:
        for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"):
            assert (await raw(office, request(method=method))).startswith(b"HTTP/1.1 405 "), method
        for path in ("/x/notifications", "/../../session/notifications", "/notifications%00", "/notifications/..", "/"):
            assert (await raw(office, request(f"/api/v1/webhooks/graph{path}"))).startswith(b"HTTP/1.1 404 "), path
        handshake = ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
        lines = request(WEBHOOK, *handshake, method="GET", body=b"").replace(b": close", b": Upgrade")
        assert (await raw(office, lines, is_whole=False)).startswith(b"HTTP/1.1 403 ")

    async def test_the_handshake_gives_back_words_and_nothing_else(self, office: Office) -> None:
        for token, status in (
            ("%0d%0aSet-Cookie:%20a=b%0d%0a%0d%0a%3Cscript%3E", 200),
            ("%00%ff%fe", 200),
            ("x" * 4096, 200),
            ("x" * 4097, 400),
            ("", 400),
        ):
            answer = await office.anne.http.post(f"{WEBHOOK}?validationToken={token}")
            assert answer.status_code == status
            assert answer.headers["content-type"] == "text/plain; charset=utf-8"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "set-cookie" not in answer.headers


async def told(office: Office, text: str) -> tuple[dict[str, Any], list[str], str]:
    """What Microsoft said when Robin said something: the item with its secret, the tokens, and the message's id."""
    (there,) = await office.subscriptions_there()
    its_id = await office.in_teams(ROBIN, text)
    await office.sim.settle()
    async with office.desk.db.transaction() as tx:
        (row,) = (await tx.connection.execute(select(inbox.inbox))).all()
        await tx.connection.execute(inbox.inbox.delete())
    return json.loads(row.item) | {"clientState": there["clientState"]}, json.loads(row.proof), its_id


async def waiting(office: Office) -> int:
    async with office.desk.db.read() as connection:
        return len((await connection.execute(select(inbox.inbox))).all())


def forged() -> list[str]:
    """Tokens that Microsoft did not make, but that are about to be looked at."""
    key = rsa.generate_private_key(65537, 2048)
    deep = base64.urlsafe_b64encode(b'{"alg":"RS256","x":' + DEEP[:20_000] + b"]" * 20_000 + b"}").decode().rstrip("=")
    return [
        "",
        "a.b.c",
        f"{deep}.e30.e30",
        jwt.encode({}, "", "none", {"kid": "x"}),
        jwt.encode({}, "k" * 64, "HS256", {"kid": "../../x"}),
        jwt.encode({}, key, "RS256", {"kid": "x" * 50_000, "jku": "http://169.254.169.254/keys"}),
        "x" * (MOST_PROOF + 1),
    ]


class TestWhoKnowsTheSecret:
    """And is not Microsoft: somebody at a company through which it passes, or who read it in a log."""

    async def test_without_microsofts_signature_nothing_is_shown(self, office: Office, road: Road) -> None:
        await office.said_and_answered()
        item, tokens, its_id = await told(office, "Microsoft's own")
        (there,) = await office.subscriptions_there()
        certificate = base64.b64decode(there["encryptionCertificate"])
        message = json.dumps({"id": its_id, "messageType": "message", "body": {"content": "Forged"}}).encode()
        content = encrypted(message, certificate)
        mine = {"data": content.data, "dataKey": content.data_key, "dataSignature": content.data_signature}
        item["encryptedContent"] |= mine
        before, asked = ended("wrong_proof"), road.count("GET", "/messages")
        for token in forged():
            assert await post(office, {"value": [item], "validationTokens": [token]}) == 202
            await office.work()
        assert await post(office, {"value": [item]}) == 202
        assert await post(office, {"value": [item | {"tenantId": NOBODY}], "validationTokens": tokens}) == 202
        await office.work()
        assert await waiting(office) == 0
        assert await office.texts_here() == ["Hello Robin"]
        assert ended("wrong_proof") == before + len(forged()) + 1
        assert road.count("GET", "/messages") == asked

    async def test_what_it_names_leads_nowhere_else(self, office: Office, road: Road) -> None:
        await office.said_and_answered()
        item, tokens, _ = await told(office, "Microsoft's own")
        chat = await office.chat_id()
        del item["encryptedContent"]
        before = ended("unreadable")
        resources = [
            f"chats('{chat}')/messages('..')",
            f"chats/{chat}/messages/%2e%2e",
            f"chats('{chat}')/messages('1?$expand=x')",
            f"chats('{chat}')/messages('1%23')",
            f"chats('{chat}')/messages('1%00')",
            f"chats('{chat}')/messages('1\\..\\..')",
            f"chats('{chat}')/messages('{'1' * 201}')",
            "chats('x%00')/messages('1')",
            f"http://169.254.169.254/chats/{chat}/messages/1",
            "users('x')/../me",
            "%" * 100_000,
        ]
        passed = len(road.passed)
        for resource in resources:
            assert await post(office, {"value": [item | {"resource": resource}], "validationTokens": tokens}) == 202
        assert await waiting(office) == 0
        assert ended("unreadable") == before + len(resources)
        assert len(road.passed) == passed

    async def test_damaged_content_is_asked_for_and_what_is_said_twice_is_shown_once(self, office: Office) -> None:
        # Whoever sends what cannot be opened has us ask.
        office.excused.add("polling")
        await office.said_and_answered()
        item, tokens, _ = await told(office, "Said once")
        (there,) = await office.subscriptions_there()
        content = item["encryptedContent"]
        certificate = base64.b64decode(there["encryptionCertificate"])
        public = x509.load_der_x509_certificate(certificate).public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        short = base64.b64encode(public.encrypt(os.urandom(7), oaep)).decode()
        deep = encrypted(DEEP, certificate)
        for damage in (
            {"encryptionCertificateId": NOBODY},
            {"encryptionCertificateId": "../../key"},
            {"dataSignature": base64.b64encode(os.urandom(32)).decode()},
            {"dataKey": short},
            {"data": "!"},
            {"data": deep.data, "dataKey": deep.data_key, "dataSignature": deep.data_signature},
            {},
            {},
        ):
            assert (
                await post(
                    office, {"value": [item | {"encryptedContent": content | damage}], "validationTokens": tokens}
                )
                == 202
            )
            await office.pass_time(2)
            assert await waiting(office) == 0
            assert await office.texts_here() == ["Hello Robin", "Said once"], damage
