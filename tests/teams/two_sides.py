"""One conversation seen from two sides: what an agent does here, and what people do in Teams, in any order.

One product and one tenant serve all runs; each run has a Teams user of its own, and so a chat of its own.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import tempfile
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from deskbridge.api.desk import Desk
from deskbridge.app import create_app
from deskbridge.settings import ProcessRole, Settings
from support.agents import Agent, Feed
from support.apply import World
from support.builders import make_account, make_user
from support.clock import Clock
from support.replica import fetched, follow
from support.servers import Sim, serving
from teams.office import ANNE, Office
from teams.told import quoted_here, quoted_there, told_here, told_there

SCOPES = ["User.Read", "Chat.ReadWrite", "ChatMessage.Send", "Presence.Read.All"]
OTHERS = 12
"""Teams users made at a time."""


class Stage:
    """The product and the tenant; nothing runs by itself, and time passes when it is told."""

    def __init__(self, info: dict[str, Any]) -> None:
        self.sim = Sim(info)
        self.clock = Clock()
        self._open = contextlib.AsyncExitStack()
        self._folder = self._open.enter_context(tempfile.TemporaryDirectory(prefix="sides"))
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._port = self._socket.getsockname()[1]
        self._names = (f"other{number}x" for number in itertools.count())
        self._waiting: list[str] = []

    async def open(self) -> None:
        """Anne is connected, and the directory is known."""
        app = {"name": "Deskbridge", "app_roles": ["User.Read.All"], "redirect_uris": [], "admin_scopes": SCOPES}
        tenant = {"apps": [app], "people": [{"alias": "anne", "name": "Anne Baker"}]}
        info = self.sim.info = await self.sim.post("/reset", {"scenario": tenant})
        await self.meet_time()
        url = f"http://localhost:{self._port}"
        self._settings = Settings.load(
            data_dir=Path(self._folder),
            public_url=url,
            webhook_url=url.replace("localhost", "127.0.0.1"),
            microsoft_client_id=info["client_id"],
            microsoft_client_secret=SecretStr(info["client_secret"]),
            microsoft_login_url=info["authority_https_url"].rpartition("/")[0],
            microsoft_graph_url=info["graph_url"],
            microsoft_ca_file=Path(info["ca_file"]),
        )
        uris = {"redirect_uris": [f"{url}/api/v1/teams/callback"]}
        await self.sim.post(f"/apps/{info['client_id']}/redirect-uris", uris)
        desk = await self._start()
        account = await make_account(desk, teams_chat=True, tenant_id=info["tenant_id"])
        user = await make_user(desk, account, "Anne Baker")
        anne = Agent(url)
        self._open.push_async_callback(anne.http.aclose)
        await anne.sign_in("anne")
        # No admin takes part in these stories.
        self.office = Office(desk, self.sim, self.clock, account, (user, anne), dana=anne)
        await self.office.connect()

    async def _start(self) -> Desk:
        app = create_app(self._settings, ProcessRole.WEB, self.clock)
        self._running = contextlib.AsyncExitStack()
        await self._running.enter_async_context(serving(app, self._socket))
        desk: Desk = app.state.desk
        return desk

    async def restart(self) -> None:
        """The product ends and begins again; what was only in its memory is gone."""
        await self._running.aclose()
        self._socket = socket.create_server(("127.0.0.1", self._port))
        self.office.desk = await self._start()
        await self.office.desk.connector.catch_up()

    async def meet_time(self) -> None:
        """The product's clock shows what Microsoft's shows."""
        self.clock.now = datetime.fromtimestamp((await self.sim.get("/clock"))["epoch_seconds"], UTC)

    async def somebody_new(self) -> str:
        """A Teams user nobody has written with."""
        if not self._waiting:
            for name in itertools.islice(self._names, OTHERS):
                upn = f"{name}@contoso.example"
                await self.sim.post("/users", {"upn": upn, "display_name": f"{name.title()} Person"})
                self._waiting.append(upn)
            await self.office.desk.connector.importer.run_once(self.office.account.id)
        return self._waiting.pop()

    async def close(self) -> None:
        """The end of all runs."""
        await self._running.aclose()
        await self.sim.client.aclose()
        await self._open.aclose()


class Tab:
    """A browser tab: a snapshot kept true by events alone; asleep it hears nothing."""

    def __init__(self, agent: Agent, world: World) -> None:
        self._agent = agent
        self.world = world
        self._life = contextlib.AsyncExitStack()
        self._feed: Feed | None = None

    async def wake(self) -> None:
        """Connect with the version that is held, and hear what was missed."""
        if self._feed is None:
            feed = self._feed = await self._life.enter_async_context(self._agent.live(self.world["version"]))
            await feed.until(lambda frame: frame["type"] in {"welcome", "resync"})

    async def sleep(self) -> None:
        """The laptop is closed: what was on its way to it may be lost."""
        if self._feed is not None:
            self.world = follow(self.world, self._feed)
            self._feed = None
            await self._life.aclose()

    async def see(self) -> World:
        """Everything up to now, through a new connection from what is held."""
        await self.sleep()
        await self.wake()
        await self.sleep()
        return self.world


class Sides:
    """One run: Anne here, Anne in Teams, and the other one in Teams."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.office = stage.office
        self.tabs: list[Tab] = []
        self.other = ""
        self.conversation = ""
        self.chat = ""
        self.written: list[str] = []
        self.said_in_teams: set[str] = set()
        self.is_late = False
        self.positions: dict[str, int] = {}

    async def begin(self) -> None:
        """The other one has said something private; then Anne writes first."""
        await self.stage.sim.client.delete("/faults")
        await self.stage.meet_time()
        self.other = await self.stage.somebody_new()
        said = await self.stage.sim.post(f"/users/{self.other}/messages", {"to": ANNE, "text": "private"})
        self.chat = said["chat_id"]
        person = await self.office.anne.find(self.other)
        self.conversation = (await self.office.anne.start(person["id"], "teams"))["id"]
        await self.open_tab()

    async def open_tab(self) -> None:
        """Another tab of Anne's, with a fresh snapshot."""
        self.tabs.append(Tab(self.office.anne, await self._fresh()))
        await self.tabs[-1].wake()

    async def _fresh(self) -> World:
        return await fetched(self.office.anne, [self.conversation])

    async def here(self) -> list[Any]:
        """The messages that Anne sees, none of which ever moves."""
        found = await self.office.anne.messages(self.conversation)
        for each in found:
            assert self.positions.setdefault(each["id"], each["position"]) == each["position"], each
        assert len({each["position"] for each in found}) == len(found)
        return [each for each in found if each["kind"] == "message"]

    async def there(self) -> list[Any]:
        """What is in the chat since Anne wrote first."""
        return [each for each in await self.everything_there() if "private" not in each["kept_content"]]

    async def everything_there(self) -> list[Any]:
        """What is in the chat, what is private too."""
        return list((await self.stage.sim.get(f"/chats/{self.chat}"))["messages"])

    async def write(self, text: str, *, twice: bool, answers: str | None) -> None:
        """Anne writes; a browser that got no answer sends the same again."""
        client_id = str(uuid.uuid4())
        ids = {
            (await self.office.anne.send(self.conversation, text, client_id, reply_to=answers))["id"]
            for _ in range(1 + twice)
        }
        self.written += ids
        assert len(ids) == 1

    async def act(self, method: str, message_id: str, action: str = "", **body: Any) -> None:
        """Anne does something to a message."""
        path = f"/conversations/{self.conversation}/messages/{message_id}{action and '/'}{action}"
        await self.office.anne.call(method, path, json=body or None)

    async def teams(self, who: str, method: str, rest: str, **body: Any) -> None:
        """Somebody does something in Teams itself."""
        answer = await self.stage.sim.client.request(method, f"/users/{who}/chats/{self.chat}{rest}", json=body or None)
        assert answer.is_success, answer.text
        if method == "POST" and rest in {"/messages", "/quote"}:
            self.said_in_teams.add(answer.json()["message_id"])

    async def let_pass(self, seconds: float) -> None:
        """Time goes by; nobody sleeps through a renewal."""
        while seconds > 0:
            await self.office.pass_time(min(seconds, 600))
            seconds -= 600

    async def settle(self) -> None:
        """Nothing goes wrong any more, and time goes by until all that Deskbridge does by itself is done."""
        await self.stage.sim.client.delete("/faults")
        for seconds in (*[1.5] * 8, 6, 30, 100, 200, 1500, *[1.5] * 4):
            await self.let_pass(seconds)
        for _ in range(40):
            here = await self.here()
            if not any(_waits(each) for each in here):
                return
            await self.office.pass_time(1.5)
        raise AssertionError([each for each in here if _waits(each)])

    async def compare(self) -> None:
        """Both sides have the same messages in the same order, and every tab shows them."""
        everything = await self.here()
        own = [(each["id"], each["text"]) for each in everything if each["id"] in self.written]
        assert [each for each, _ in own] == self.written, (own, self.written)
        here = [each for each in everything if not _never_left(each)]
        there = await self.there()
        assert sorted(map(told_here, here)) == sorted(map(told_there, there))
        for is_own in (True, False):
            ours = [told_here(each) for each in here if (each["id"] in self.written) is is_own]
            theirs = [told_there(each) for each in there if self._is_from_here(each) is is_own]
            if is_own and self.is_late:
                # Deleted before it left, and brought back: it stands where it was written, and arrived later.
                ours.sort()
                theirs.sort()
            assert ours == theirs
        assert [quoted_here(each) for each in here if each["id"] not in self.written] == [
            quoted_there(each, there) for each in there if not self._is_from_here(each)
        ]
        for tab in self.tabs:
            assert self._mine(await tab.see()) == self._mine(await self._fresh())

    def _is_from_here(self, message: Any) -> bool:
        return message["sender"] == "Anne Baker" and message["id"] not in self.said_in_teams

    def _mine(self, world: World) -> tuple[Any, Any]:
        found = [each for each in world["conversations"] if each["id"] == self.conversation]
        return found, world["messages"][self.conversation]

    async def end(self) -> None:
        """Close what is open, and see that Microsoft has nothing to complain of."""
        for tab in self.tabs:
            await tab.sleep()
        conduct = await self.stage.sim.get("/conduct")
        assert not conduct["violations"], conduct["violations"]


def _waits(message: Any) -> bool:
    is_gone = message["deleted_at"] is not None
    return bool(message["changes"]) or any(each["state"] != "sent" and not is_gone for each in message["deliveries"])


def _never_left(message: Any) -> bool:
    return message["deleted_at"] is not None and any(each["state"] != "sent" for each in message["deliveries"])
