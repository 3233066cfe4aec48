"""What the contract tests stand on: people at Graph, in the simulator or (GRAPH_LIVE=1) in a real tenant.

Which variables a live run reads is told in docs/m365sim.md.
"""

import asyncio
import json
import os
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import sim_schema
from sim_tenant import ALL_SCOPES, Tenant

from m365sim import coverage
from m365sim.behaviors import FIXED
from m365sim.graph.router import Match, Router, split_path
from m365sim.switches import defaults

LIVE = os.environ.get("GRAPH_LIVE") == "1"
SCOPES = f"{ALL_SCOPES} Presence.ReadWrite User.Read.All"
#: Graph lets a person send one message a second, and a little less in the long run (facts.md 8).
APART = 1.3
PATIENCE = 10
PATIENT = pytest.mark.timeout(900 if LIVE else 60)


@dataclass
class Contract:
    """Graph as several people and as the app, and what has been confirmed so far."""

    _people: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    _open: Callable[[str], Awaitable[httpx.AsyncClient]] = field(kw_only=True)
    #: The identity platform, without anybody signed in.
    login: httpx.AsyncClient = field(kw_only=True)
    webhook: str = field(kw_only=True)
    confirmed: dict[str, str] = field(default_factory=dict)
    _afterwards: list[tuple[str, str, str, Any]] = field(default_factory=list)

    async def call(
        self, who: str, method: str, path: str, status: int | tuple[int, ...], body: Any = None, **headers: str
    ) -> Any:
        """A call whose answer must have this status and fit Microsoft's metadata."""
        answer = await self.ask(who, method, path, body, **headers)
        allowed = status if isinstance(status, tuple) else (status,)
        assert answer.status_code in allowed, f"{method} {path}: {answer.status_code} {answer.text}"
        self._operation(method, answer.url)
        is_json = "application/json" in answer.headers.get("content-type", "")
        content = answer.json() if answer.content and is_json else answer.content or None
        if is_json and content is not None:
            place = _below_version(answer.url)
            assert sim_schema.problems(method, place, answer.status_code, content) == []
        return content

    async def ask(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A call whose answer may be anything; a live one keeps to the limits, and waits as long as it is told."""
        graph = await self.as_(who)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        for _ in range(PATIENCE):
            if LIVE:
                await asyncio.sleep(APART)
            answer = await graph.request(method, path, json=body, headers=named)
            if not LIVE or answer.status_code != 429:
                break
            await asyncio.sleep(float(answer.headers.get("retry-after", "10")))
        return answer

    async def as_(self, who: str) -> httpx.AsyncClient:
        """Graph as `anne`, `robin`, `ben`, `app`, or `nobody`; a live run may lack some of them."""
        if who not in self._people:
            self._people[who] = await self._open(who)
        return self._people[who]

    async def id_of(self, who: str) -> str:
        return str((await self.call(who, "GET", "/me", 200))["id"])

    async def eventually(self, attempt: Callable[[], Awaitable[bool]]) -> None:
        """What Graph shows a little later than it acknowledges."""
        for _ in range(PATIENCE if LIVE else 1):
            if await attempt():
                return
        raise AssertionError("It never came to be.")

    def confirms(self, *behaviors: str) -> None:
        """The story has seen these, which the coverage lists."""
        for name in behaviors:
            assert name in FIXED, f"The coverage has no behavior {name}."
            self.confirmed[name] = _today()

    def finds(self, switch: str, value: object) -> None:
        """An open question is answered: by the default of the switch here, by whatever comes in a live run."""
        if not LIVE:
            assert value == defaults()[switch]
        self.confirmed[switch] = f"{_today()}: `{json.dumps(value)}`"

    def afterwards(self, who: str, method: str, path: str, body: Any = None) -> None:
        """What tidies up behind the story, last first; whether it works is no part of the story."""
        self._afterwards.append((who, method, path, body))

    async def close(self) -> None:
        """Tidy up, and write down what a real tenant has confirmed."""
        for step in reversed(self._afterwards if LIVE else []):
            await self.ask(*step)
        for client in (*self._people.values(), self.login):
            await client.aclose()
        if LIVE:
            _record(self.confirmed)

    def _operation(self, method: str, url: httpx.URL) -> None:
        found = _router().find(method, split_path(_below_version(url).lstrip("/")))
        assert isinstance(found, Match)
        self.confirmed[f"{method} {found.operation.paths[0]}"] = _today()


def simulated(tenant: Tenant) -> Contract:
    """The simulator in this process."""

    async def opened(who: str) -> httpx.AsyncClient:
        if who == "nobody":
            return tenant.with_token("made-up")
        return await (tenant.app() if who == "app" else tenant.person(who, SCOPES))

    login = httpx.AsyncClient(transport=httpx.ASGITransport(tenant.sim), base_url="https://m365sim.test")
    return Contract(_open=opened, login=login, webhook="https://hook.example/notify")


def live() -> Contract:
    """A real tenant, or whatever the environment names as one."""
    login = httpx.AsyncClient(base_url=_login(), verify=_trust(), trust_env=False, timeout=60)
    return Contract(_open=_live_client, login=login, webhook=os.environ.get("GRAPH_LIVE_WEBHOOK", ""))


async def chat_of(contract: Contract, *who: str, topic: str | None = None) -> str:
    """A chat that the first one opens; 1:1 chats exist once."""
    members = [
        {
            "@odata.type": "#microsoft.graph.aadUserConversationMember",
            "roles": ["owner"],
            "user@odata.bind": f"https://graph.microsoft.com/v1.0/users('{await contract.id_of(person)}')",
        }
        for person in who
    ]
    body: dict[str, Any] = {"chatType": "oneOnOne" if len(who) == 2 else "group", "members": members}
    if topic:
        body["topic"] = topic
    made = await contract.call(who[0], "POST", "/chats", (200, 201), body)
    return str(made["id"])


async def say(contract: Contract, who: str, chat: str, text: str, **more: Any) -> dict[str, Any]:
    """Say something, and take it back when the story is over."""
    body: dict[str, Any] = {"body": {"content": text}} | more
    sent: dict[str, Any] = await contract.call(who, "POST", f"/chats/{chat}/messages", 201, body)
    me = await contract.id_of(who)
    contract.afterwards(who, "POST", f"/users/{me}/chats/{chat}/messages/{sent['id']}/softDelete")
    return sent


async def _live_client(who: str) -> httpx.AsyncClient:
    token = "made-up" if who == "nobody" else await _live_token(who)
    base = os.environ.get("GRAPH_LIVE_GRAPH", "https://graph.microsoft.com/v1.0")
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=base, headers=headers, verify=_trust(), trust_env=False, timeout=60)


async def _live_token(who: str) -> str:
    """A ready token, or one for a password (of test users without a second factor), or the app's own."""
    given = os.environ.get(f"GRAPH_LIVE_{who.upper()}_TOKEN")
    if given:
        return given
    form = {"client_id": _needed("CLIENT_ID"), "client_secret": os.environ.get("GRAPH_LIVE_CLIENT_SECRET", "")}
    if who == "app":
        form |= {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}
        form["client_secret"] = _needed("CLIENT_SECRET")
    else:
        name, password = _needed(who.upper()), _needed(f"{who.upper()}_PASSWORD")
        form |= {"grant_type": "password", "username": name, "password": password, "scope": SCOPES}
    return await _bought(tuple(sorted((name, value) for name, value in form.items() if value)))


_tokens: dict[tuple[tuple[str, str], ...], str] = {}


async def _bought(form: tuple[tuple[str, str], ...]) -> str:
    if form not in _tokens:
        login = _login()
        async with httpx.AsyncClient(verify=_trust(), trust_env=False) as client:
            answer = await client.post(f"{login}/{_needed('TENANT')}/oauth2/v2.0/token", data=dict(form))
        assert answer.status_code == 200, answer.text
        _tokens[form] = answer.json()["access_token"]
    return _tokens[form]


def _needed(name: str) -> str:
    value = os.environ.get(f"GRAPH_LIVE_{name}")
    if not value:
        pytest.skip(f"GRAPH_LIVE_{name} is not set")
    return value


def _login() -> str:
    return os.environ.get("GRAPH_LIVE_LOGIN", "https://login.microsoftonline.com")


def _trust() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=os.environ.get("GRAPH_LIVE_CA"))


@cache
def _router() -> Router:
    return Router(coverage.all_operations())


def _below_version(url: httpx.URL) -> str:
    return url.raw_path.decode().partition("?")[0].removeprefix("/v1.0")


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"


def _record(confirmed: dict[str, str]) -> None:
    """Into the coverage; where GRAPH_LIVE_RECORD points, for a rehearsal."""
    folder = os.environ.get("GRAPH_LIVE_RECORD")
    record = Path(folder) / "verified.json" if folder else coverage.VERIFIED
    known = json.loads(record.read_text()) if record.exists() else {}
    known |= confirmed
    record.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    document = Path(folder) / "graph-coverage.md" if folder else Path("docs/graph-coverage.md")
    document.write_text(coverage.markdown(known))
