"""Somebody at a browser, acting through HTTP and the WebSocket as the workspace does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urljoin

import httpx
import websockets
from websockets import Origin

from support.servers import NO_TLS


class Agent:
    """A signed-in user with a cookie jar of their own."""

    def __init__(self, base: str, trust: ssl.SSLContext = NO_TLS) -> None:
        self.base = base
        self.http = httpx.AsyncClient(base_url=base, timeout=30, verify=trust)

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """A call that is meant to succeed."""
        answer = await self.http.request(method, f"/api/v1{path}", **options)
        assert answer.is_success, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def refused(self, method: str, path: str, **options: Any) -> tuple[int, str]:
        """A call that is meant to be refused: its status and code; there is always a sentence."""
        answer = await self.http.request(method, f"/api/v1{path}", **options)
        assert answer.is_error, (method, path, answer.status_code, answer.text)
        problem = answer.json()
        assert problem["message"].endswith((".", "…", ":")) or " " in problem["message"]
        return answer.status_code, problem["code"]

    async def sign_in(self, username: str, password: str = "correct horse") -> Any:
        """Start a session."""
        return await self.call("POST", "/session", json={"username": username, "password": password})

    async def find(self, search: str) -> Any:
        """The one Person whom the search finds."""
        page = await self.call("GET", "/people", params={"q": search})
        assert page["total"] == 1, page
        return page["people"][0]

    async def start(self, person_id: str, route: str = "main") -> Any:
        """Press the button beside the name, or that of an Identity."""
        return await self.call("POST", "/conversations", json={"person_id": person_id, "route": route})

    async def send(self, conversation_id: str, text: str, client_id: str | None = None, **more: Any) -> Any:
        """Write and press Send."""
        body = {"client_id": client_id or str(uuid.uuid4()), "text": text, **more}
        return await self.call("POST", f"/conversations/{conversation_id}/messages", json=body)

    async def messages(self, conversation_id: str) -> list[Any]:
        """The newest page."""
        page = await self.call("GET", f"/conversations/{conversation_id}/messages", params={"limit": 200})
        return list(page["messages"])

    async def snapshot(self) -> Any:
        """What the workspace starts from."""
        return await self.call("GET", "/workspace")

    @contextlib.asynccontextmanager
    async def live(self, version: str | None = None) -> AsyncIterator[Feed]:
        """The WebSocket, after hello and welcome."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        url = urljoin(self.base, "/api/v1/realtime").replace("http", "ws", 1)
        since = version or (await self.snapshot())["version"]
        async with websockets.connect(
            url, origin=Origin(self.base), additional_headers={"Cookie": cookie}, max_queue=None
        ) as socket:
            feed = Feed(socket)
            await feed.say({"type": "hello", "version": since})
            yield feed

    async def connect_teams(self, username: str, password: str = "Teams-demo-1") -> httpx.Response:
        """Authenticate now, then Microsoft's sign-in page, up to the page that says how it went."""
        url = (await self.call("POST", "/teams/authenticate"))["authorization_url"]
        return await sign_in_at_microsoft(self.http, url, username, password)


class Feed:
    """Frames as they come."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.seen: list[Any] = []
        self._come: list[Any] = []

    async def say(self, frame: Any) -> None:
        """Send a frame."""
        await self.socket.send(json.dumps(frame))

    async def until(self, wanted: Callable[[Any], bool], within: float = 30) -> Any:
        """The first frame that is the wanted one; a time limit only so that a broken product ends the test."""
        async with asyncio.timeout(within):
            while True:
                if not self._come:
                    said = json.loads(await self.socket.recv())
                    self._come = said if isinstance(said, list) else [said]
                frame = self._come.pop(0)
                self.seen.append(frame)
                if wanted(frame):
                    return frame

    async def until_message(self, wanted: Callable[[Any], bool]) -> Any:
        """The first message_changed whose message is the wanted one."""

        def is_it(frame: Any) -> bool:
            event = frame.get("event") or {}
            return event.get("type") == "message_changed" and wanted(event["message"])

        return (await self.until(is_it))["event"]["message"]


async def sign_in_at_microsoft(http: httpx.AsyncClient, url: str, username: str, password: str) -> httpx.Response:
    """Fill in the forms of the sign-in page as a browser would, and follow where they lead."""
    page = await http.get(url, follow_redirects=True)
    for _ in range(4):
        form = find_form(page.text)
        if form is None:
            return page
        action, fields = form
        for name in fields:
            if name in {"login", "loginfmt", "username"}:
                fields[name] = username
            elif name in {"passwd", "password"}:
                fields[name] = password
        page = await http.post(urljoin(str(page.url), action), data=fields, follow_redirects=True)
    return page


def find_form(html: str) -> tuple[str, dict[str, str]] | None:
    """The first form's address and its fields."""
    from html.parser import HTMLParser

    class Forms(HTMLParser):
        action: str | None = None
        done = False

        def __init__(self) -> None:
            super().__init__()
            self.fields: dict[str, str] = {}

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = {name: value or "" for name, value in attrs}
            if tag == "form" and self.action is None:
                self.action = given.get("action", "")
            elif tag == "input" and self.action is not None and not self.done and "name" in given:
                self.fields[given["name"]] = given.get("value", "")

        def handle_endtag(self, tag: str) -> None:
            if tag == "form":
                self.done = True

    parser = Forms()
    parser.feed(html)
    return None if parser.action is None else (parser.action, parser.fields)
