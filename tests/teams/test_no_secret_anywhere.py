"""A whole day of an agent, with secrets of every kind, and none of them in anything that the product writes."""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, quote

import httpx
import pytest
import structlog
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr
from sqlalchemy import select

from deskbridge import logs, tracing
from deskbridge.operating.backup import back_up
from deskbridge.settings import Settings
from deskbridge.teams.certificates import place_of_private_key
from deskbridge.teams.crypto import key_file
from deskbridge.teams.key_file import KeyFile
from deskbridge.teams.store import connections
from deskbridge.teams.store.certificates import certificates
from deskbridge.teams.tokens import place_of_tokens
from support.phone import Phone
from support.rows import everything
from teams.office import ANNE, BEN, ROBIN, Office
from teams.road import Road

METRICS: Final = "canary-of-the-metrics"
WRONG: Final = "canary-of-a-wrong-password"
NEW: Final = "canary-of-a-new-password"
SSO: Final = "canary-of-the-providers-client"
OURS: Final = "Canary-that-she-wrote"
THEIRS: Final = "Canary-that-he-answered"
NOBODYS: Final = "Canary-of-a-chat-that-is-not-ours"
SHOWN_ONCE: Final = {"seed", "recovery code", "invitation"}
"""To whom they belong, when they are made."""
KEPT: Final = {"words"}
"""What was said in a conversation here is stored, and shown to those in it."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"metrics_token": SecretStr(METRICS)})


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    """What a collector of traces would get."""
    exporter = InMemorySpanExporter()
    tracing.begin(SimpleSpanProcessor(exporter))
    yield exporter
    tracing.end()


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """The log as an operator has it who wants to know everything."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        logs.configure("DEBUG", "json")
    yield said
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


class Day:
    """What is secret, by its kind, and what the product answered."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.secrets: dict[str, set[bytes]] = {}
        self.answers = b""
        for each in (office.anne, office.dana):
            each.http.event_hooks = {"request": [self._on_request], "response": [self._on_response]}

    def note(self, kind: str, *said: str | bytes) -> None:
        """Binary ones may be written in several ways."""
        for each in said:
            ways = {each.encode()} if isinstance(each, str) else {each, base64.b64encode(each), each.hex().encode()}
            assert min(map(len, ways)) >= 12, (kind, each)
            self.secrets.setdefault(kind, set()).update(ways)

    async def _on_request(self, request: httpx.Request) -> None:
        if request.url.path.endswith("/callback"):
            asked = parse_qs(request.url.query.decode())
            self.note("authorization code", *asked.get("code", []), *(quote(each) for each in asked.get("code", [])))

    async def _on_response(self, answer: httpx.Response) -> None:
        if str(answer.url).startswith(self.office.anne.base):
            self.answers += await answer.aread()
            self.note("session", *(value for value in answer.cookies.values() if len(value) >= 12))

    async def note_tokens(self) -> None:
        """What Microsoft gave for her, which only the product knows."""
        desk = self.office.desk
        async with desk.db.read() as connection:
            row = await connections.find(connection, self.office.user.id)
            keys = (await connection.execute(select(certificates))).all()
        assert row
        assert row.token_cache
        vault = desk.connector.vault
        cache = json.loads(vault.decrypt(row.token_cache, place_of_tokens(row.user_id)))
        for kind in ("AccessToken", "RefreshToken", "IdToken"):
            self.note(kind, *(each["secret"] for each in cache[kind].values()))
        for each in keys:
            self.note("private key", vault.decrypt(each.private_key, place_of_private_key(each.id)))
        for there in await self.office.subscriptions_there():
            # Its first half is an id, and no secret.
            self.note("clientState", there["clientState"], there["clientState"].partition(".")[2])

    async def written(self, folder: Path, log: str, spans: InMemorySpanExporter) -> dict[str, bytes]:
        """Everything that anybody but the agent herself could come to read."""
        office, backup = self.office, folder / "backup"
        await back_up(office.desk.db, backup, office.clock)
        metrics = await office.anne.http.get("/metrics", headers={"Authorization": f"Bearer {METRICS}"})
        assert metrics.is_success
        audit = await office.dana.http.get("/api/v1/admin/audit.csv")
        assert audit.is_success
        health = await office.dana.call("GET", "/admin/health")
        rows = await everything(office.desk.db)
        cells = [cell for table in rows.values() for row in table for cell in row]
        data, key = office.desk.settings.data_dir, self._key_file().path
        files = [each for each in data.rglob("*") if each.is_file() and each != key] if data.exists() else []
        return {
            "log": log.encode(),
            "metrics": metrics.content,
            "audit": audit.content,
            "health": json.dumps(health).encode(),
            "traces": "".join(each.to_json() for each in spans.get_finished_spans()).encode(),
            "rows": b"\n".join(each if isinstance(each, bytes) else str(each).encode() for each in cells),
            "files": b"\n".join(each.read_bytes() for each in files),
            "backup": gzip.decompress(backup.read_bytes()),
            "answers": self.answers,
        }

    def _key_file(self) -> KeyFile:
        settings = self.office.desk.settings
        return key_file(settings.secret_key_file, settings.data_dir)

    def note_settings(self) -> None:
        """What the operator gave."""
        secret = self.office.desk.settings.microsoft_client_secret
        assert secret
        keys = self._key_file()
        self.note("key", *keys.read(), *keys.path.read_text().split())
        self.note("client secret", secret.get_secret_value(), SSO)
        self.note("metrics token", METRICS)
        self.note("password", WRONG, NEW, "Teams-demo-1", "correct horse")
        self.note("words", OURS, THEIRS)
        self.note("nobody's words", NOBODYS)


async def a_day(day: Day, road: Road) -> None:
    """Signing in, connecting, writing and reading, all that fails, new tokens, and the end of it."""
    office, anne, dana = day.office, day.office.anne, day.office.dana
    await anne.refused("POST", "/session", json={"username": "anne", "password": WRONG})
    await anne.sign_in("anne")
    made = await anne.call("POST", "/me/second-factor", json={"password": "correct horse"})
    phone = Phone(made["secret"], office.clock)
    codes = (await anne.call("POST", "/me/second-factor/confirm", json={"code": phone.code()}))["codes"]
    day.note("seed", made["secret"], base64.b32decode(made["secret"]))
    day.note("recovery code", *codes)
    office.clock.move(seconds=30)
    await office.sim.post("/clock/advance", {"seconds": 30})
    await anne.call("POST", "/session", json={"username": "anne", "password": "correct horse", "code": phone.code()})
    user = {"username": "eve", "display_name": "Eve", "email": "eve@contoso.example", "role": "agent", "licenses": []}
    link = (await dana.call("POST", "/admin/users", json=user))["address"]
    secret = link.rpartition("#")[2].rpartition("/")[2].rpartition("=")[2]
    day.note("invitation", secret)
    await anne.http.post("/api/v1/password-link", json={"secret": secret, "password": NEW})

    await office.said_and_answered()
    await day.note_tokens()
    await office.write(OURS)
    await office.in_teams(ROBIN, THEIRS)
    await office.in_teams(BEN, NOBODYS, to=ANNE)
    await office.work()
    assert await office.texts_here() == ["Hello Robin", OURS, THEIRS]

    road.plan("POST", "/messages", "403", body=b'{"error":{"code":"Forbidden","message":"no"}}')
    await office.write(f"{OURS} again")
    await office.work()
    answer = await anne.http.post("/api/v1/webhooks/graph/notifications", content=b'{"value":[{"clientState":"x"}]}')
    assert answer.status_code == 202
    await office.pass_time(40 * 60)
    await office.pass_time(40 * 60)
    await day.note_tokens()
    await office.sim.post(f"/users/{ANNE}/revoke-sessions")
    await office.write(f"{OURS} once more")
    await office.pass_time(60)
    await office.connect()
    await day.note_tokens()
    await office.pass_time(60)
    await dana.call("POST", "/session/proof", json={"password": "correct horse"})
    provider = {"issuer": f"{office.sim.info['authority_https_url']}/v2.0", "client_id": "x", "client_secret": SSO}
    await dana.call("PUT", "/admin/single-sign-on", json=provider)
    await dana.call("POST", f"/admin/users/{office.user.id}/disconnect")
    await office.work()


async def test_no_secret_is_written_anywhere_on_a_whole_day(
    office: Office,
    road: Road,
    tmp_path: Path,
    exported: InMemorySpanExporter,
    said: io.StringIO,
    capfd: pytest.CaptureFixture[str],
) -> None:
    day = Day(office)
    await a_day(day, road)
    day.note_settings()
    written = await day.written(tmp_path, said.getvalue() + "".join(capfd.readouterr()), exported)
    assert [place for place, said in written.items() if not said and place != "files"] == []
    found = {
        (kind, place)
        for kind, secrets in day.secrets.items()
        for place, said in written.items()
        for secret in secrets
        if secret in said
    }
    shown = {(kind, "answers") for kind in SHOWN_ONCE | KEPT}
    stored = {(kind, place) for kind in KEPT for place in ("rows", "files", "backup")}
    assert found - shown - stored == set()
    # What is looked for would be found.
    assert {("words", "answers"), ("words", "rows"), ("words", "backup"), ("seed", "answers")} <= found
    events = {json.loads(line)["event"] for line in said.getvalue().splitlines()}
    assert {"refused", "teams_connected", "graph_trouble", "message_failed", "teams_connection_lost"} <= events
    assert "lane_failed" not in events
    expected = {"AccessToken", "RefreshToken", "IdToken", "clientState", "session", "authorization code", "private key"}
    assert expected <= set(day.secrets)
